"""Fixtures for the set-up scripts, which run with made-up interpreters and tools."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.house.tree import ROOT
from tests.slotwatch.machine import Run, executable

SH = shutil.which("sh") or "/bin/sh"
TOOLS = ("cat", "cksum", "cp", "dirname", "id", "mkdir", "mktemp", "rm", "sh", "tail", "touch")
# An interpreter that notes what it is told, "makes" a venv by copying itself into it, and fails
# to install while there is a file `refuse`, which goes away with the attempt.
INTERPRETER = """#!/bin/sh
echo "$*" >>calls
case "$*" in
"-m venv "*) mkdir -p "$3/bin" && cp "$0" "$3/bin/python" ;;
"-m pip install "*) if [ -e refuse ]; then rm refuse; exit 1; fi ;;
esac
"""


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    """A PATH directory with a few plain tools and nothing else."""
    directory = tmp_path / "tools"
    directory.mkdir()
    for name in TOOLS:
        (directory / name).symlink_to(shutil.which(name) or name)
    return directory


@pytest.fixture
def run(tools: Path, tmp_path: Path) -> Run:
    """Run one of the scripts as it lies in `project` (default: here), with only these tools."""

    def start(
        script: str, *arguments: str, project: Path = ROOT, **variables: str
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [SH, f"scripts/{script}", *arguments],
            cwd=project,
            env={"PATH": str(tools), "HOME": str(tmp_path / "home"), **variables},
            capture_output=True,
            text=True,
            check=False,
        )

    return start


@pytest.fixture
def project(tmp_path: Path, tools: Path) -> Path:
    """A copy of the scripts with small requirement files, and an interpreter that takes notes."""
    copy = tmp_path / "project"
    shutil.copytree(ROOT / "scripts", copy / "scripts")
    (copy / "requirements").mkdir()
    for name in ("base", "dev"):
        (copy / f"requirements/{name}.txt").write_text(f"{name}==1\n")
    for name in ("package.json", "package-lock.json"):
        shutil.copy(ROOT / name, copy)
    executable(tools / "python3", INTERPRETER)
    return copy
