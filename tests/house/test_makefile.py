"""The doors that people and CI use are there, and say what they do."""

import os
import re
import subprocess
from importlib.util import find_spec

import pytest

from tests.house.tree import ROOT

TARGETS = [
    "help",
    "serve",
    "demo",
    "test",
    "test-calendar",
    "screenshots",
    "check-hostile",
    "lint",
    "install",
    "install-fleet",
    "install-dev",
    "lock",
    "bench-core",
    "bench-live",
    "bench-claims",
    "bench-timeline",
    "bench-replay",
    "bench-insert",
    "bench-seed",
    "bench-export",
    "bench-slow",
    "bench-growth",
    "bench-tabs",
    "bench-browser",
    "bench-walk",
    "bench-peer",
]


MAKEFILE = (ROOT / "Makefile").read_text()


@pytest.mark.parametrize("target", TARGETS)
def test_help_lists_the_target(target: str) -> None:
    text = subprocess.run(
        ["make", "--silent", "help"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout

    assert f"  make {target} " in text


def test_ci_can_be_run() -> None:
    assert os.access(ROOT / ".ci/run", os.X_OK)


def test_no_target_is_taken_for_a_file() -> None:
    phony = re.search(r"^\.PHONY: (.*)$", MAKEFILE, re.MULTILINE)

    assert phony is not None
    assert set(re.findall(r"^([a-z-]+):", MAKEFILE, re.MULTILINE)) == set(phony[1].split())


def test_every_script_that_a_target_calls_is_there() -> None:
    called = set(re.findall(r"\bscripts/\S+", MAKEFILE))

    assert called
    assert [each for each in sorted(called) if not (ROOT / each).is_file()] == []


def test_every_module_that_a_target_runs_is_there() -> None:
    run = set(re.findall(r"\$\(python\) (?:-u )?-m (\S+)", MAKEFILE))

    assert run
    assert [each for each in sorted(run) if find_spec(each) is None] == []
