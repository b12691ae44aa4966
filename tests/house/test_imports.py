"""Arrows go one way: dashboard → accounts → scheduler → scheduler.core; and so they do between the
rooms of an app. And pynenc stays in its collector.
"""

import ast
import re
import sys
from collections.abc import Iterator

import pytest

from tests.house.tree import ROOT, files

# The rooms of an app: each may import those before it, and no other. CONTRIBUTING.md has them in
# the same order, with what lives in each.
ROOMS = {
    "scheduler": (
        *(
            "core",
            "errors",
            "words",
            "models",
            "door",
            "policies",
            "known_services",
            "db",
            "retention",
            "intake",
        ),
        *("services", "history", "cycles", "fleet", "incidents", "blocks", "attempts", "overview"),
        *("pruning", "upkeep", "collectors", "simulation", "management"),
    ),
    "dashboard": (
        *("text", "plot", "web", "rows", "timeline", "past", "history", "runners", "attempt"),
        *("cycle", "blocked", "exports", "overview", "settings", "glossary"),
        *("templatetags", "urls"),
    ),
}
# Django asks for them by these names.
OUTSIDE = {"apps", "migrations"}


def imported(source: str, package: str) -> Iterator[str]:
    """The dotted names that a module of `package` imports."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parents = package.split(".")[: len(package.split(".")) - node.level + 1]
            base = ".".join([*parents, node.module or ""] if node.level else [node.module or ""])
            yield from (f"{base.rstrip('.')}.{alias.name}" for alias in node.names)


def inside(name: str, package: str) -> bool:
    return name == package or name.startswith(f"{package}.")


def is_forbidden(importer: str, name: str) -> bool:
    """Whether a module of the package `importer` must not import `name`."""
    top = name.partition(".")[0]
    if inside(importer, "scheduler.core"):
        return not inside(name, "scheduler.core") and top not in sys.stdlib_module_names
    if inside(importer, "scheduler.words"):
        pure = any(inside(name, each) for each in ("scheduler.core", "scheduler.words"))
        return not pure and top not in sys.stdlib_module_names
    if top == "pynenc":
        return not inside(importer, "scheduler.collectors")
    if inside(importer, "scheduler"):
        return top in ("accounts", "dashboard", "slotwatch", "tests", "bench")
    if inside(importer, "accounts"):
        return top in ("dashboard", "slotwatch", "tests", "bench")
    if inside(importer, "dashboard"):
        return top in ("slotwatch", "tests", "bench")
    return top in ("tests", "bench")


@pytest.mark.parametrize(
    ("importer", "source", "forbidden"),
    [
        ("scheduler.core", "import django", True),
        ("scheduler.core", "from scheduler import models", True),
        ("scheduler.core", "from ..models import Service", True),
        ("scheduler.core", "from .types import AtomicServiceId", False),
        ("scheduler.core", "from datetime import UTC", False),
        ("scheduler.words", "from scheduler.core.incidents import Incident", False),
        ("scheduler.words", "from scheduler.models import Service", True),
        ("scheduler.words", "from django.utils.html import escape", True),
        ("scheduler", "import dashboard.plot", True),
        ("scheduler", "from django.conf import settings", False),
        ("scheduler", "from pynenc import Pynenc", True),
        ("scheduler.collectors", "from pynenc import Pynenc", False),
        ("scheduler", "from accounts.models import User", True),
        ("accounts", "from dashboard.web.errors import error_page", True),
        ("accounts", "from scheduler.models import Service", False),
        ("dashboard.cycle", "from accounts.models import User", False),
        ("dashboard.cycle", "from scheduler.cycles.loading import load_cycle", False),
        ("dashboard.cycle", "from slotwatch import settings", True),
    ],
)
def test_the_rule_tells_a_wrong_arrow(importer: str, source: str, *, forbidden: bool) -> None:
    (name,) = imported(source, importer)

    assert is_forbidden(importer, name) is forbidden


@pytest.mark.parametrize("package", ["scheduler", "accounts", "dashboard", "slotwatch"])
def test_every_import_follows_an_arrow(package: str) -> None:
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in files(".py", under=ROOT / package)
        for importer in [".".join(path.parent.relative_to(ROOT).parts)]
        for name in imported(path.read_text(), importer)
        if is_forbidden(importer, name)
    ]

    assert wrong == []


def room(name: str, app: str) -> str:
    """The room of a module, or of what it has; empty for what is none of the app's."""
    top, _, rest = name.partition(".")
    return rest.partition(".")[0] if top == app else ""


@pytest.mark.parametrize("app", ROOMS)
def test_a_room_imports_only_those_before_it(app: str) -> None:
    order = {name: place for place, name in enumerate(ROOMS[app])}
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in files(".py", under=ROOT / app)
        for module in [".".join(path.relative_to(ROOT).with_suffix("").parts)]
        if (own := room(module, app)) not in {"", "__init__", *OUTSIDE}
        for name in imported(path.read_text(), module.rpartition(".")[0])
        if (other := room(name, app)) and order[other] > order[own]
    ]

    assert wrong == []


@pytest.mark.parametrize("app", ROOMS)
def test_every_room_is_on_the_map(app: str) -> None:
    there = {
        path.stem
        for path in (ROOT / app).iterdir()
        if (path.suffix == ".py" or (path / "__init__.py").exists())
    }
    told = re.findall(rf"^\| `{app}/(\w+)", (ROOT / "CONTRIBUTING.md").read_text(), re.MULTILINE)

    assert there - OUTSIDE - {"__init__"} == set(ROOMS[app])
    assert tuple(told) == ROOMS[app]


def test_what_is_refused_is_of_a_kind_that_is_told_in_one_place() -> None:
    """Mistakes of ours are RuntimeErrors; the core and the simulation have their own."""
    own = {"core", "simulation", "errors"}
    loose = [
        f"{path.relative_to(ROOT)}: {node.name}"
        for path in files(".py", under=ROOT / "scheduler")
        if room(".".join(path.relative_to(ROOT).with_suffix("").parts), "scheduler") not in own
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ClassDef)
        for base in node.bases
        if isinstance(base, ast.Name) and base.id in {"Exception", "ValueError", "LookupError"}
    ]

    assert loose == []


def test_the_dashboard_asks_no_table_by_itself() -> None:
    asking = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in files(".py", under=ROOT / "dashboard")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and node.attr == "objects"
    ]

    assert asking == []
