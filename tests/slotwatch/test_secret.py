import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from slotwatch.environment import Environment
from slotwatch.secret import secret_key, stored_key


def test_a_key_that_is_given_is_used_and_nothing_is_stored(tmp_path: Path) -> None:
    given = "k" * 50

    assert secret_key(Environment(variables={"SLOTWATCH_SECRET_KEY": given}), tmp_path) == given
    assert list(tmp_path.iterdir()) == []


def test_a_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    first = secret_key(Environment(variables={}), tmp_path)

    assert secret_key(Environment(variables={}), tmp_path) == first
    assert len(first) >= 50
    (file,) = tmp_path.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_starters_at_the_same_time_agree_on_one_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(16) as pool:
        keys = set(pool.map(stored_key, [tmp_path / "secret_key"] * 64))

    assert len(keys) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["secret_key"]


def test_a_directory_that_keeps_nothing_is_reported(tmp_path: Path) -> None:
    environment = Environment(variables={})

    key = secret_key(environment, tmp_path / "missing")

    assert len(key) >= 50
    (problem,) = environment.problems
    assert problem.variable == "SLOTWATCH_SECRET_KEY"
    assert "No such file or directory" in problem.found
