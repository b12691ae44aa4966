"""The form that leads to the cycle of any time, on the pages of cycles."""

from dataclasses import dataclass, replace

from django.urls import reverse

from dashboard.cycle.lane_choice import LaneChoice
from dashboard.text.typed_times import FORMS


@dataclass(frozen=True, slots=True, kw_only=True)
class JumpForm:
    """``hidden`` are the parameters that are kept; ``typed`` is what was no time, and ``problem``
    says why."""

    url: str
    forms: str
    hidden: tuple[tuple[str, str], ...]
    typed: str
    problem: str


def jump_form(slug: str, choice: LaneChoice, *, typed: str = "", problem: str = "") -> JumpForm:
    """The form of a service; the choice of lanes comes along, from its first page on."""
    return JumpForm(
        url=reverse("dashboard:jump", args=(slug,)),
        forms=" · ".join(example for example, _ in FORMS),
        hidden=tuple(replace(choice, page=1).parameters()),
        typed=typed,
        problem=problem,
    )
