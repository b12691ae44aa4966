"""The units of deploy/, as systemd reads them, and the commands that they start."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.tree import ROOT

UNITS = sorted((ROOT / "deploy/systemd").glob("*.service"))
SYSTEMS_OWN = Path("/lib/systemd/system")


@pytest.fixture
def host(tmp_path: Path) -> Path:
    """The root of a host on which Slotwatch is installed as the docs say."""
    python = tmp_path / "opt/slotwatch/.venv/bin/python"
    python.parent.mkdir(parents=True)
    shutil.copy("/bin/true", python)
    units = tmp_path / "usr/lib/systemd/system"
    units.mkdir(parents=True)
    for own in (*SYSTEMS_OWN.glob("*.target"), *SYSTEMS_OWN.glob("*.slice")):
        shutil.copy(own, units)
    return tmp_path


def verify(host: Path, *units: Path) -> subprocess.CompletedProcess[str]:
    etc = host / "etc/systemd/system"
    etc.mkdir(parents=True)
    for unit in units:
        shutil.copy(unit, etc)
    return subprocess.run(
        ["systemd-analyze", f"--root={host}", "verify", *(unit.name for unit in units)],
        capture_output=True,
        text=True,
        check=False,
    )


def test_systemd_has_nothing_to_say_about_the_units(host: Path) -> None:
    result = verify(host, *UNITS)

    assert (result.returncode, result.stderr) == (0, "")


def test_systemd_would_say_what_it_does_not_know(host: Path, tmp_path: Path) -> None:
    wrong = tmp_path / UNITS[0].name
    wrong.write_text(UNITS[0].read_text().replace("PrivateTmp=", "PrivatTmp="))

    assert "Unknown key" in verify(host, wrong).stderr


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_each_starts_what_the_docs_start(unit: Path) -> None:
    docs = (ROOT / "docs/operations.md").read_text()

    (command,) = re.findall(r"^ExecStart=/opt/slotwatch/(.*)$", unit.read_text(), re.MULTILINE)

    assert command in docs


def test_the_environment_file_has_settings_that_exist(tmp_path: Path) -> None:
    lines = (ROOT / "deploy/slotwatch.env").read_text().replace("\n#", "\n").splitlines()
    variables = dict(line.split("=", 1) for line in lines if re.match(r"[A-Z_]+=", line))
    docs = (ROOT / "docs/operations.md").read_text()

    assert [name for name in variables if f"`{name}`" not in docs and name != "PYTHONPATH"] == []
    result = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **variables, "SLOTWATCH_DATA_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
