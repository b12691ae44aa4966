"""The pynenc app to watch: found by its path, with the policy and the name it goes by.

pynenc is looked for only when an app is: Slotwatch itself runs without it. What the app's store
holds is read in `pynenc_reads`.
"""

import importlib
import sys
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol

from django.utils.text import slugify

from scheduler.core.policy import InvalidPolicy, SchedulingPolicy
from scheduler.db.outages import one_line
from scheduler.errors import Refused
from scheduler.words.findings import invalid_words

_EXAMPLE = "shop.tasks.app"
# What the policy is made of.
SETTINGS = (
    "atomic_service_interval_minutes",
    "atomic_service_spread_margin_minutes",
    "atomic_service_check_interval_minutes",
    "atomic_service_membership_stabilization_minutes",
    "atomic_service_max_start_slot_fraction",
    "runner_considered_dead_after_minutes",
)


class PynencApp(Protocol):
    """As much of a `pynenc.Pynenc` as is read here. Its values come from plugins we don't know."""

    @property
    def app_id(self) -> str: ...
    @property
    def config_values(self) -> dict[str, Any] | None: ...
    @property
    def config_filepath(self) -> str | None: ...
    @property
    def conf(self) -> Any: ...
    @property
    def orchestrator(self) -> Any: ...


def load_app(path: str) -> PynencApp:
    """The app at ``MODULE.ATTRIBUTE``, imported with the current directory on the path.

    Raises:
        Refused: it can't be imported, is no pynenc app, or can't be seen from another process.
    """
    module_name, _, attribute = path.rpartition(".")
    if not all(part.isidentifier() for part in path.split(".")) or not module_name:
        raise Refused(
            f"{path!r} is not a MODULE.ATTRIBUTE: write the app's path, such as {_EXAMPLE}."
        )
    module = _import(module_name)
    found: Any = getattr(module, attribute, None)
    app_class = _app_class()
    if not isinstance(found, app_class):
        kind = type(found).__name__
        what = "does not exist" if found is None else f"is of type {kind}, no pynenc app"
        raise Refused(f"{path} {what}.{_apps_in(module, app_class)}")
    app: PynencApp = found
    if setting(app, "orchestrator_cls") == "MemOrchestrator":
        raise Refused(
            f"{path} keeps its state in the memory of each process (MemOrchestrator), where no "
            "other process can see it. Give the app a store of its own, such as SQLite."
        )
    return app


def default_slug(app: PynencApp) -> str:
    """The slug of the app's service when none is given: its id as a slug.

    Raises:
        Refused: nothing of the id can be in a slug.
    """
    slug = slugify(app.app_id)
    if not slug:
        raise Refused(f"The app's id {app.app_id!r} makes no slug: name one with --service.")
    return slug


def policy_of(app: PynencApp) -> SchedulingPolicy:
    """The app's own scheduling policy.

    Raises:
        Refused: its settings make no valid policy; says which and why.
    """
    # The same products that the package computes, so that the two decide alike to the last bit.
    stabilization = float(setting(app, "atomic_service_membership_stabilization_minutes")) * 60.0
    try:
        return SchedulingPolicy(
            service_interval_minutes=setting(app, "atomic_service_interval_minutes"),
            spread_margin_minutes=setting(app, "atomic_service_spread_margin_minutes"),
            check_interval_seconds=setting(app, "atomic_service_check_interval_minutes") * 60,
            membership_stabilization_seconds=stabilization,
            max_start_slot_fraction=setting(app, "atomic_service_max_start_slot_fraction"),
            dead_after_seconds=setting(app, "runner_considered_dead_after_minutes") * 60,
        )
    except InvalidPolicy as error:
        raise Refused(f"The app's settings make no valid policy. {invalid_words(error)}") from error


def _import(module_name: str) -> ModuleType:
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.insert(0, here)
    try:
        return importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        if error.name == "pynenc":
            raise _not_installed() from error
        # The app's module or a package above it; else something that it imports is missing.
        if error.name and f"{module_name}.".startswith(f"{error.name}."):
            raise Refused(
                f"There is no module {error.name!r} here. Start in the directory that the app's "
                "runners start in, or put it on PYTHONPATH."
            ) from error
        raise Refused(f"{module_name} can't be imported: {one_line(error)}.") from error
    except (Exception, SystemExit) as error:  # a module of somebody else's can raise anything
        raise Refused(f"{module_name} can't be imported: {one_line(error)}.") from error


def _app_class() -> Any:
    try:
        from pynenc import Pynenc
    except ModuleNotFoundError as error:
        raise _not_installed() from error
    return Pynenc


def _not_installed() -> Refused:
    return Refused(
        "pynenc is not installed beside Slotwatch: install the app and its requirements into the "
        f"environment of {sys.executable}."
    )


def _apps_in(module: ModuleType, app_class: Any) -> str:
    names = sorted(name for name, value in vars(module).items() if isinstance(value, app_class))
    if not names:
        return f" Write the path of a pynenc app, such as {_EXAMPLE}."
    return f" Did you mean {' or '.join(f'{module.__name__}.{name}' for name in names)}?"


def setting(app: PynencApp, name: str) -> Any:
    """One setting of the app.

    Raises:
        Refused: it can't be read.
    """
    try:
        return getattr(app.conf, name)
    except Exception as error:  # settings are parsed when they are read, by the app's own library
        raise Refused(f"The app's setting {name} can't be read: {one_line(error)}.") from error
