from pathlib import Path

import pytest

from slotwatch.databases import SQLITE_OPTIONS, database
from slotwatch.environment import Environment
from slotwatch.secret import secret_key


def read(**variables: str) -> Environment:
    return Environment(variables=variables)


def complaint(environment: Environment) -> str:
    (problem,) = environment.problems
    return f"{problem.code} {problem.variable} {problem.found}. {problem.instead}"


@pytest.mark.parametrize(
    ("value", "expected"),
    [("on", True), (" Yes ", True), ("1", True), ("off", False), ("FALSE", False), ("", True)],
)
def test_a_switch_is_read(value: str, *, expected: bool) -> None:
    environment = read(SWITCH=value)

    assert environment.switch("SWITCH", default=True) is expected
    assert environment.problems == []


def test_a_wrong_switch_keeps_its_default_and_is_reported() -> None:
    environment = read(SWITCH="maybe")

    assert environment.switch("SWITCH", default=False) is False
    assert complaint(environment) == "E001 SWITCH is 'maybe'. Write on or off."


def test_a_choice_is_read_whatever_its_case() -> None:
    assert read(LEVEL="info").choice("LEVEL", ("DEBUG", "INFO"), default="DEBUG") == "INFO"


def test_a_wrong_choice_is_reported_with_the_choices() -> None:
    environment = read(LEVEL="loud")

    assert environment.choice("LEVEL", ("DEBUG", "INFO"), default="INFO") == "INFO"
    assert complaint(environment) == "E002 LEVEL is 'loud'. Write one of DEBUG, INFO."


def test_words_are_separated_by_commas() -> None:
    assert read(HOSTS="a, b,,c ").words("HOSTS") == ["a", "b", "c"]


def test_no_words_give_the_default() -> None:
    assert read(HOSTS=" , ").words("HOSTS", ["localhost"]) == ["localhost"]


def test_a_directory_is_made(tmp_path: Path) -> None:
    wanted = tmp_path / "new" / "data"

    assert read(DATA=str(wanted)).directory("DATA", tmp_path) == wanted
    assert wanted.is_dir()


def test_a_relative_directory_is_reported(tmp_path: Path) -> None:
    environment = read(DATA="data")

    assert environment.directory("DATA", tmp_path) == tmp_path
    assert complaint(environment) == "E003 DATA is 'data'. Write an absolute path."


def test_a_directory_that_all_users_share_is_reported_and_stays_open(tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o1777)
    (shared / "secret_key").touch()
    environment = read(DATA=str(shared))

    assert environment.directory("DATA", tmp_path / "default") == tmp_path / "default"

    assert "all users of this machine share" in environment.problems[0].found
    assert shared.stat().st_mode & 0o7777 == 0o1777


def test_a_directory_that_cannot_be_made_is_reported(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    environment = read(DATA=str(tmp_path / "file"))

    environment.directory("DATA", tmp_path)

    assert complaint(environment).startswith(f"E003 DATA is {tmp_path / 'file'} (File exists).")


def test_a_short_secret_key_is_reported_and_not_shown(tmp_path: Path) -> None:
    environment = read(SLOTWATCH_SECRET_KEY="hunter2")

    secret_key(environment, tmp_path)

    assert "is 7 characters long. Write at least 50 random" in complaint(environment)
    assert "hunter2" not in complaint(environment)


def test_no_database_url_means_sqlite_in_the_data_directory(tmp_path: Path) -> None:
    config = database(read(), tmp_path)

    assert config["ENGINE"] == "django.db.backends.sqlite3"
    assert config["NAME"] == str(tmp_path / "slotwatch.sqlite3")
    assert config["OPTIONS"] == SQLITE_OPTIONS


def test_a_sqlite_url_names_a_file(tmp_path: Path) -> None:
    assert database(read(DATABASE_URL="sqlite:////srv/a.db"), tmp_path)["NAME"] == "/srv/a.db"


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("sqlite:////srv/x%3Fy.sqlite3", "/srv/x?y.sqlite3"),
        ("sqlite:////srv/x%23y.sqlite3", "/srv/x#y.sqlite3"),
        ("sqlite:////srv/a+b.sqlite3", "/srv/a+b.sqlite3"),
        ("sqlite:////srv/100%.sqlite3", "/srv/100%.sqlite3"),
        ("sqlite:////srv/a%20b.sqlite3", "/srv/a b.sqlite3"),
        ("sqlite:////srv/a b.sqlite3", "/srv/a b.sqlite3"),
    ],
)
def test_a_sqlite_url_names_the_very_file(url: str, path: str, tmp_path: Path) -> None:
    assert database(read(DATABASE_URL=url), tmp_path)["NAME"] == path


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("sqlite:////srv/x?y.sqlite3", "has a '?'"),
        ("sqlite:////srv/x.sqlite3?timeout=5", "has a '?'"),
        ("sqlite:////srv/x.sqlite3?", "has a '?'"),
        ("sqlite:////srv/x#y.sqlite3", "has a '#'"),
        ("postgresql://u@h/db#x", "has a '#'"),
        ("sqlite://srv//x.sqlite3", "names a host"),
        ("sqlite:////srv/x%00y", "has a NUL"),
        ("sqlite:////srv/x\ty", "has a control character"),
    ],
)
def test_a_url_that_would_lead_to_another_database_is_refused(
    url: str, words: str, tmp_path: Path
) -> None:
    environment = read(DATABASE_URL=url)

    config = database(environment, tmp_path)

    assert config["ENGINE"] == "django.db.backends.dummy"
    assert words in environment.problems[0].found


@pytest.mark.parametrize("scheme", ["postgres", "postgresql"])
def test_a_postgresql_url_is_taken_apart(scheme: str, tmp_path: Path) -> None:
    url = f"{scheme}://ann:p%40ss@db.example:6432/watch?sslmode=require"
    config = database(read(DATABASE_URL=url), tmp_path)

    assert config["ENGINE"] == "django.db.backends.postgresql"
    assert [config[key] for key in ("USER", "PASSWORD", "HOST", "PORT", "NAME")] == [
        "ann",
        "p@ss",
        "db.example",
        6432,
        "watch",
    ]
    assert config["OPTIONS"]["sslmode"] == "require"
    assert config["OPTIONS"]["pool"]["max_size"] == 20


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("mysql://ann:secret@db/watch", "has the scheme 'mysql'"),
        ("watch.sqlite3", "has the scheme ''"),
        ("postgresql://ann:secret@db", "names no database"),
        ("postgresql://ann:secret@db:port/watch", "is no URL"),
        ("postgresql://ann:secret@[db/watch", "is no URL"),
        ("sqlite:///watch.sqlite3", "names the relative path 'watch.sqlite3'"),
        ("sqlite://:memory:", "names the relative path ':memory:'"),
        ("sqlite://", "names the relative path ':memory:'"),
    ],
)
def test_a_url_that_cannot_be_used_is_reported_without_its_password(
    url: str, found: str, tmp_path: Path
) -> None:
    environment = read(DATABASE_URL=url)

    assert database(environment, tmp_path) == {"ENGINE": "django.db.backends.dummy"}
    assert complaint(environment).startswith(f"E005 DATABASE_URL {found}")
    assert "Write postgresql://USER:PASSWORD@HOST:PORT/NAME or" in complaint(environment)
    assert "secret" not in complaint(environment)
