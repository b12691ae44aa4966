import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from scheduler.collectors.pynenc.app import default_slug, load_app
from scheduler.errors import Refused
from tests.conftest import ROOT
from tests.fleet.conftest import Shop

GOOD = """
from pynenc import PynencBuilder

app = PynencBuilder().app_id("fleet of ours").sqlite("{directory}/x.sqlite3").build()
spare = PynencBuilder().app_id("memory").memory().build()
number = 7
"""


type Write = Callable[[str, str], None]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Write]:
    """Writes modules into the current directory; they are forgotten afterwards."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    known = set(sys.modules)

    def to(name: str, source: str) -> None:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(source.replace("{directory}", str(tmp_path)))

    yield to
    for name in set(sys.modules) - known:
        if name.partition(".")[0] in ("stall", "market"):
            del sys.modules[name]


def refusal(path: str) -> str:
    with pytest.raises(Refused) as caught:
        load_app(path)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_an_app_in_the_current_directory_is_found(write: Write) -> None:
    write("stall.py", GOOD)

    assert load_app("stall.app").app_id == "fleet of ours"


def test_an_app_in_a_package_is_found(write: Write) -> None:
    write("market/stall.py", GOOD)

    assert load_app("market.stall.app").app_id == "fleet of ours"


@pytest.mark.parametrize("path", ["", "app", "stall:app", "stall.app.", "stall/tasks.py"])
def test_what_is_no_path_is_told_what_one_is(write: Write, path: str) -> None:
    assert "is not a MODULE.ATTRIBUTE" in refusal(path)
    assert "shop.tasks.app" in refusal(path)


def test_a_missing_module_is_named(write: Write) -> None:
    assert "There is no module 'stal' here" in refusal("stal.tasks.app")


def test_a_missing_module_in_a_package_is_named(write: Write) -> None:
    write("market/stall.py", GOOD)

    assert "There is no module 'market.stal' here" in refusal("market.stal.app")


def test_a_module_that_misses_one_of_its_own_is_told_apart(write: Write) -> None:
    write("stall.py", "import nowhere_to_be_found")

    assert "stall can't be imported: ModuleNotFoundError: No module named" in refusal("stall.app")


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("raise RuntimeError('two\\nlines')", "RuntimeError: two lines"),
        ("def (", "SyntaxError: "),
        ("raise SystemExit(3)", "SystemExit: 3"),
        ("assert False", "AssertionError"),
    ],
)
def test_a_module_that_fails_is_told_in_one_line(write: Write, source: str, why: str) -> None:
    write("stall.py", source)

    assert f"stall can't be imported: {why}" in refusal("stall.app")


def test_a_wrong_attribute_is_told_which_are_right(write: Write) -> None:
    write("stall.py", GOOD)

    assert refusal("stall.ap") == (
        "stall.ap does not exist. Did you mean stall.app or stall.spare?"
    )


def test_an_attribute_that_is_no_app_is_told_what_it_is(write: Write) -> None:
    write("stall.py", GOOD)

    assert "stall.number is of type int, no pynenc app" in refusal("stall.number")


def test_a_module_without_an_app_is_told_so(write: Write) -> None:
    write("stall.py", "number = 7")

    assert "Write the path of a pynenc app" in refusal("stall.number")


def test_an_app_that_lives_in_memory_cannot_be_watched(write: Write) -> None:
    write("stall.py", GOOD)

    assert "MemOrchestrator" in refusal("stall.spare")


def test_a_setting_that_cannot_be_read_is_named(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("stall.py", GOOD)
    monkeypatch.setenv("PYNENC__RUNNER_CONSIDERED_DEAD_AFTER_MINUTES", "soon")

    assert "setting orchestrator_cls can't be read" in refusal("stall.app")


def test_without_pynenc_it_says_what_to_install(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("stall.py", GOOD)
    monkeypatch.setitem(sys.modules, "pynenc", None)

    assert "pynenc is not installed beside Slotwatch" in refusal("stall.app")


def test_without_pynenc_a_module_that_does_not_need_it_says_so_too(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("stall.py", "app = 7")
    monkeypatch.setitem(sys.modules, "pynenc", None)

    assert "pynenc is not installed beside Slotwatch" in refusal("stall.app")


def test_slotwatch_itself_runs_without_pynenc() -> None:
    source = """
import sys
sys.modules["pynenc"] = None
import django
django.setup()
from scheduler.management.commands import watch_pynenc
"""
    done = subprocess.run([sys.executable, "-c", source], cwd=ROOT, capture_output=True)

    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize(
    ("app_id", "slug"), [("shop", "shop"), ("Shop Tasks.v2", "shop-tasksv2"), ("my_app", "my_app")]
)
def test_the_slug_is_made_of_the_app_id(tmp_path: Path, app_id: str, slug: str) -> None:
    shop = Shop(tmp_path, app_id=app_id)

    assert default_slug(shop.app) == slug


def test_an_app_id_that_makes_no_slug_asks_for_one(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="--service"):
        default_slug(Shop(tmp_path, app_id="店").app)
