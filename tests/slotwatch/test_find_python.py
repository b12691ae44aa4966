import sys
from pathlib import Path

from tests.slotwatch.machine import Run, executable


def test_a_python_on_path_is_found(run: Run, tools: Path) -> None:
    python = executable(tools / "python3")

    assert run("find-python.sh").stdout == f"{python}\n"


def test_a_newer_name_is_taken_where_python3_is_too_old(run: Run, tools: Path) -> None:
    executable(tools / "python3", "#!/bin/sh\nexit 1\n")
    newer = executable(tools / "python3.13")

    assert run("find-python.sh").stdout == f"{newer}\n"


def test_a_python_that_only_pyenv_knows_is_found(run: Run, tools: Path, tmp_path: Path) -> None:
    executable(tools / "python3", "#!/bin/sh\nexit 1\n")
    # A shim for a version that isn't switched on.
    executable(tools / "python3.12", "#!/bin/sh\necho 'command not found' >&2\nexit 127\n")
    executable(tmp_path / "home/.pyenv/versions/3.11.7/bin/python3")
    python = executable(tmp_path / "home/.pyenv/versions/3.12.1/bin/python3")

    result = run("find-python.sh")

    assert (result.stdout, result.stderr) == (f"{python}\n", "")


def test_pyenvs_root_may_be_elsewhere(run: Run, tmp_path: Path) -> None:
    python = executable(tmp_path / "pyenv/versions/3.13.0/bin/python3")

    assert run("find-python.sh", PYENV_ROOT=str(tmp_path / "pyenv")).stdout == f"{python}\n"


def test_uv_is_asked_last(run: Run, tools: Path, tmp_path: Path) -> None:
    python = executable(tmp_path / "uv/python3.14")
    executable(tools / "uv", f"#!/bin/sh\necho {python}\n")

    assert run("find-python.sh").stdout == f"{python}\n"


def test_one_may_be_named(run: Run, tools: Path, tmp_path: Path) -> None:
    executable(tools / "python3")
    python = executable(tmp_path / "mine")

    assert run("find-python.sh", SLOTWATCH_PYTHON=str(python)).stdout == f"{python}\n"


def test_a_named_one_that_does_not_do_is_said_and_not_replaced(run: Run, tools: Path) -> None:
    executable(tools / "python3")

    result = run("find-python.sh", SLOTWATCH_PYTHON="/nowhere/python")

    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr.startswith("SLOTWATCH_PYTHON is /nowhere/python")


def test_without_any_python_it_says_what_to_install(run: Run) -> None:
    result = run("find-python.sh")

    assert (result.returncode, result.stdout) == (1, "")
    assert "Install one (Debian, Ubuntu: python3 and python3-venv;" in result.stderr


def test_the_real_interpreter_is_usable(run: Run) -> None:
    assert run("find-python.sh", SLOTWATCH_PYTHON=sys.executable).stdout == f"{sys.executable}\n"
