"""Who may read what Slotwatch keeps: its own user alone, as `manage.py` and the server leave it."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from slotwatch.private import private_directory
from tests.house.tree import ROOT

TAKES_A_TURN = """
import django
django.setup()
from django.db import connection
from scheduler.services import create_service, get_service
from scheduler.intake.heartbeats import Beat, beat
beat(create_service("mine"), Beat(runner_id="a"))
import os, sys
print(*sorted(f"{each.name} {each.stat().st_mode & 0o777:o}" for each in os.scandir(sys.argv[1])))
"""


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def python(*arguments: str, directory: Path) -> str:
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={
            "PATH": os.environ["PATH"],
            "DJANGO_SETTINGS_MODULE": "slotwatch.settings",
            "SLOTWATCH_DATA_DIR": str(directory),
        },
        capture_output=True,
        text=True,
        check=True,
        umask=0o022,
    ).stdout


def test_everything_in_a_new_data_directory_is_private(tmp_path: Path) -> None:
    directory = tmp_path / "data"
    python("manage.py", "migrate", "--verbosity", "0", directory=directory)

    # While it is in use: the log and its index lie beside the database.
    found = python("-c", TAKES_A_TURN, str(directory), directory=directory).split()

    files = dict(zip(found[::2], found[1::2], strict=True))
    assert files.pop("static") == "700"
    assert set(files.values()) == {"600"}
    assert {"secret_key", "slotwatch.sqlite3-lock", "slotwatch.sqlite3-wal"} <= files.keys()
    assert mode_of(directory) == 0o700


@pytest.mark.parametrize("own", ["secret_key", "slotwatch.sqlite3"])
def test_a_directory_of_before_is_closed(tmp_path: Path, own: str) -> None:
    tmp_path.chmod(0o755)
    for name in (own, f"{own}-wal", f"{own}-lock", "of-somebody-else"):
        (tmp_path / name).touch(0o644)

    private_directory(tmp_path)

    assert mode_of(tmp_path) == 0o700
    assert [mode_of(tmp_path / f"{own}{beside}") for beside in ("", "-wal", "-lock")] == [0o600] * 3
    assert mode_of(tmp_path / "of-somebody-else") == 0o644


def test_a_directory_of_somebody_else_keeps_its_mode(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)

    private_directory(tmp_path)

    assert mode_of(tmp_path) == 0o755


def test_a_mode_that_is_narrower_is_left(tmp_path: Path) -> None:
    (tmp_path / "secret_key").touch(0o400)

    private_directory(tmp_path)

    assert mode_of(tmp_path / "secret_key") == 0o400
