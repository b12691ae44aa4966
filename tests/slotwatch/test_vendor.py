import sys
from pathlib import Path

import pytest

from bench.chromium import PROGRAMS
from tests.slotwatch.machine import Run, executable


@pytest.fixture
def vendored(project: Path) -> Path:
    """Where the browser's libraries go, in a project whose interpreter is the real one."""
    executable(project / ".venv/bin/python", f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    return project / ".vendor/static/vendor"


NPM = """#!/bin/sh
mkdir -p node_modules/plotly.js-basic-dist-min node_modules/idiomorph/dist
echo basic >node_modules/plotly.js-basic-dist-min/plotly-basic.min.js
echo morph >node_modules/idiomorph/dist/idiomorph-ext.min.js
"""


def test_the_browsers_libraries_come_from_npm(
    run: Run, project: Path, tools: Path, vendored: Path
) -> None:
    executable(tools / "npm", NPM)

    result = run("vendor.sh", project=project)

    assert (result.returncode, result.stdout) == (0, "")
    assert (vendored / "plotly-basic.min.js").read_text() == "basic\n"
    assert (vendored / "idiomorph-ext.min.js").read_text() == "morph\n"


@pytest.mark.parametrize("npm", [None, "#!/bin/sh\nexit 1\n"])
def test_without_npm_the_same_names_are_served(
    npm: str | None, run: Run, project: Path, tools: Path, vendored: Path
) -> None:
    if npm:
        executable(tools / "npm", npm)

    result = run("vendor.sh", project=project)

    assert result.returncode == 0
    assert result.stdout.startswith("npm is missing or failed")
    assert (vendored / "plotly-basic.min.js").stat().st_size > 4_000_000
    assert (vendored / "idiomorph-ext.min.js").read_text().startswith("// Left out")


def test_npm_is_used_as_soon_as_it_is_there(
    run: Run, project: Path, tools: Path, vendored: Path
) -> None:
    run("vendor.sh", project=project)
    executable(tools / "npm", NPM)
    run("vendor.sh", project=project)

    assert (vendored / "plotly-basic.min.js").read_text() == "basic\n"


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_chromium_that_is_there_is_left_alone(name: str, run: Run, tools: Path) -> None:
    executable(tools / name)

    result = run("programs.sh", "chromium-headless-shell")

    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


def test_without_chromium_one_line_says_what_to_install(run: Run) -> None:
    result = run("programs.sh", "chromium-headless-shell")

    assert result.returncode == 1
    assert result.stderr.startswith(
        "The tests need programs that are not on PATH: chromium-headless-shell."
    )
    assert result.stderr.count("\n") == 1
