"""What a person sees who set something wrong, or nothing at all: the commands run as they would."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core import checks
from pytest_django import Settings

from slotwatch.checks import settings_errors
from tests.house.tree import ROOT


def run(
    *arguments: str, data_directory: Path, **variables: str
) -> subprocess.CompletedProcess[str]:
    """Python with the arguments, in an environment that holds only these variables."""
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={
            "PATH": os.environ["PATH"],
            "SLOTWATCH_DATA_DIR": str(data_directory),
            **variables,
        },
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_defaults_pass_the_deployment_check(tmp_path: Path) -> None:
    result = run(
        "manage.py", "check", "--deploy", "--fail-level", "WARNING", data_directory=tmp_path
    )

    assert result.returncode == 0, result.stderr


def test_every_wrong_variable_is_named_at_once(tmp_path: Path) -> None:
    result = run(
        "manage.py",
        "check",
        data_directory=tmp_path,
        SLOTWATCH_DEBUG="maybe",
        SLOTWATCH_HTTPS="perhaps",
        SLOTWATCH_LOG_LEVEL="loud",
        DATABASE_URL="mysql://db/watch",
        SLOTWATCH_OPERATOR_USERNAME="ann",
    )

    assert result.returncode == 1
    assert "Traceback" not in result.stderr
    for line in (
        "(slotwatch.E001) SLOTWATCH_DEBUG is 'maybe'.",
        "(slotwatch.E002) SLOTWATCH_HTTPS is 'perhaps'.",
        "HINT: Write one of on, proxy, off.",
        "(slotwatch.E002) SLOTWATCH_LOG_LEVEL is 'loud'.",
        "(slotwatch.E005) DATABASE_URL has the scheme 'mysql'.",
        "(slotwatch.E006) SLOTWATCH_OPERATOR_PASSWORD is not set",
    ):
        assert line in result.stderr


def test_a_wrong_data_directory_is_one_line_and_no_traceback(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    result = run("manage.py", "check", data_directory=tmp_path / "file")

    assert result.returncode == 1
    assert "Traceback" not in result.stderr
    assert "(slotwatch.E003) SLOTWATCH_DATA_DIR" in result.stderr


def test_migrating_an_unusable_database_is_no_traceback(tmp_path: Path) -> None:
    result = run("manage.py", "migrate", data_directory=tmp_path, DATABASE_URL="mysql://db/watch")

    assert result.returncode == 1
    assert "Traceback" not in result.stderr
    assert "slotwatch.E005" in result.stderr


@pytest.mark.parametrize("command", ["worker", "prune", "serve"])
def test_every_command_checks_the_settings_before_it_works(tmp_path: Path, command: str) -> None:
    result = run("manage.py", command, data_directory=tmp_path, SLOTWATCH_DEBUG="maybe")

    assert result.returncode == 1
    assert "SLOTWATCH_DEBUG is 'maybe'." in result.stderr
    assert "Write on or off." in result.stderr
    assert "Traceback" not in result.stderr


def test_a_command_that_serves_no_page_loads_none(tmp_path: Path) -> None:
    script = """
import sys
from django.core.management import execute_from_command_line
try:
    execute_from_command_line(["manage.py", "service", "archive", "nobody"])
finally:
    print(sorted(name for name in sys.modules if name.startswith("dashboard.")))
"""

    result = run("-c", script, data_directory=tmp_path, DJANGO_SETTINGS_MODULE="slotwatch.settings")

    assert "no such table" in result.stderr  # it came as far as that
    assert result.stdout.strip() == "['dashboard.apps']"


def test_a_server_does_not_start_on_wrong_settings(tmp_path: Path) -> None:
    result = run("-m", "slotwatch.wsgi", data_directory=tmp_path, SLOTWATCH_DEBUG="maybe")

    assert result.returncode == 1
    assert result.stderr.strip() == "SLOTWATCH_DEBUG is 'maybe'. Write on or off."


def test_a_server_starts_on_the_defaults(tmp_path: Path) -> None:
    assert run("-m", "slotwatch.wsgi", data_directory=tmp_path).returncode == 0


@pytest.mark.parametrize(
    ("username", "password", "expected"),
    [
        ("", "", []),
        ("ann", "a-long-sentence-of-hers", []),
        ("ann", "", ["slotwatch.E006"]),
        ("", "a-long-sentence-of-hers", ["slotwatch.E006"]),
        ("ann", "password", ["slotwatch.E007"]),
    ],
)
def test_the_first_account_needs_a_name_and_a_fair_password(
    username: str, password: str, expected: list[str], settings: Settings
) -> None:
    settings.SLOTWATCH_OPERATOR_USERNAME = username
    settings.SLOTWATCH_OPERATOR_PASSWORD = password

    assert [error.id for error in settings_errors()] == expected


def test_the_check_never_shows_a_password(settings: Settings) -> None:
    settings.SLOTWATCH_OPERATOR_USERNAME = "ann"
    settings.SLOTWATCH_OPERATOR_PASSWORD = "hunter2"

    (error,) = settings_errors()

    assert "hunter2" not in f"{error.msg} {error.hint}"


def test_the_checks_are_registered(settings: Settings) -> None:
    settings.SLOTWATCH_OPERATOR_USERNAME = "ann"
    settings.SLOTWATCH_OPERATOR_PASSWORD = ""

    assert "slotwatch.E006" in [message.id for message in checks.run_checks()]
