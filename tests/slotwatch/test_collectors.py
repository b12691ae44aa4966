import pytest

from scheduler.collectors.configured import EXAMPLE, ConfiguredCollector
from slotwatch.collectors import collectors
from slotwatch.environment import Environment


def read(text: str) -> tuple[tuple[ConfiguredCollector, ...], list[str]]:
    environment = Environment(variables={"SLOTWATCH_COLLECTORS": text})
    found = collectors(environment)
    return found, [
        f"{each.code} {each.variable} {each.found}. {each.instead}" for each in environment.problems
    ]


def test_none_is_configured_by_default() -> None:
    assert read("") == ((), [])


def test_several_are_separated_by_commas() -> None:
    found, problems = read(f"{EXAMPLE}, pynenc:depot = depot.app ,")

    assert found == (
        ConfiguredCollector(kind="pynenc", slug="shop", app="shop.tasks.app"),
        ConfiguredCollector(kind="pynenc", slug="depot", app="depot.app"),
    )
    assert problems == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("shop.tasks.app", "has 'shop.tasks.app', which is not KIND:SLUG=APP"),
        ("pynenc:shop", "has 'pynenc:shop', which is not KIND:SLUG=APP"),
        ("pynenc:a=b.c=d.e", "has 'pynenc:a=b.c=d.e', which is not KIND:SLUG=APP"),
        ("celery:shop=s.app", "has 'celery:shop=s.app', and no collector is of the kind 'celery'"),
        ("pynenc:my shop=s.app", "has 'pynenc:my shop=s.app', and 'my shop' is not a slug"),
        ("pynenc:=s.app", "has 'pynenc:=s.app', and '' is not a slug"),
        ("pynenc:shop=app", "has 'pynenc:shop=app', and 'app' is not a MODULE.ATTRIBUTE"),
        ("pynenc:shop=s/app.py", "has 'pynenc:shop=s/app.py', and 's/app.py' is not a MODULE.ATTR"),
        ("pynenc:a=s.app,pynenc:a=t.app", "has two collectors for the service 'a'"),
    ],
)
def test_what_cannot_be_used_is_reported_with_what_would_be_right(text: str, found: str) -> None:
    configured, (problem,) = read(text)

    assert configured == ()
    assert problem.startswith(f"E008 SLOTWATCH_COLLECTORS {found}")
    assert f"Write KIND:SLUG=APP, with commas between several, such as {EXAMPLE}" in problem
