"""What set-up downloads is pinned and hashed, and no registry is named."""

import json
import re

import plotly.offline
import pytest

from tests.house.tree import ROOT

REQUIREMENTS = ROOT / "requirements"
HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name.partition("[")[0]).lower()


def pins(set_name: str) -> dict[str, str]:
    """The versions that were asked for, by name."""
    lines = (REQUIREMENTS / f"{set_name}.in").read_text().splitlines()
    wanted = [line for line in lines if line and not line.startswith(("#", "-r "))]
    return {normal(name): version for name, _, version in (line.partition("==") for line in wanted)}


def locked(set_name: str) -> dict[str, str]:
    """The locked text of each requirement (version, marker, hashes), by name."""
    text = (REQUIREMENTS / f"{set_name}.txt").read_text().replace("\\\n", " ")
    entries = [line for line in text.splitlines() if line and not line.startswith("#")]
    return {normal(name): rest for name, _, rest in (entry.partition("==") for entry in entries)}


@pytest.mark.parametrize("set_name", ["base", "fleet", "dev", "peer"])
def test_every_locked_requirement_has_a_version_and_hashes(set_name: str) -> None:
    loose = [name for name, rest in locked(set_name).items() if not HASH.search(rest)]

    assert loose == []


@pytest.mark.parametrize("set_name", ["base", "fleet", "dev", "peer"])
def test_the_lock_holds_what_was_asked_for(set_name: str) -> None:
    versions = {name: rest.split()[0] for name, rest in locked(set_name).items()}

    assert pins(set_name).items() <= versions.items()


def test_dev_holds_all_of_fleet_and_fleet_all_of_base() -> None:
    assert locked("base").items() <= locked("fleet").items() <= locked("dev").items()


@pytest.mark.parametrize(
    "name",
    [f"{set_name}.{end}" for set_name in ("base", "fleet", "dev", "peer") for end in ("in", "txt")],
)
def test_no_requirement_file_names_a_host(name: str) -> None:
    text = (REQUIREMENTS / name).read_text()

    assert re.findall(r"https?:|index-url|find-links|trusted-host", text) == []


def test_the_peer_has_what_it_shares_with_dev_in_the_same_version() -> None:
    dev, peer = locked("dev"), locked("peer")

    assert "pynenc" in dev.keys() & peer.keys()
    assert {dev[each].split()[0] == peer[each].split()[0] for each in dev.keys() & peer} == {True}


def test_npm_packages_have_integrity_and_no_address() -> None:
    packages = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    del packages[""]

    assert packages
    assert all("integrity" in package for package in packages.values())
    assert not any("resolved" in package for package in packages.values())


def test_the_browsers_plotly_is_the_one_that_plotly_py_draws_for() -> None:
    wanted = json.loads((ROOT / "package.json").read_text())["dependencies"]

    assert wanted["plotly.js-basic-dist-min"] == plotly.offline.get_plotlyjs_version()
