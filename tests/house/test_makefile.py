"""The doors that people and CI use are there, and say what they do."""

import os
import subprocess

import pytest

from tests.house.tree import ROOT

TARGETS = [
    "help",
    "serve",
    "demo",
    "test",
    "test-calendar",
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
    "bench-insert",
    "bench-seed",
    "bench-export",
    "bench-slow",
    "bench-walk",
]


@pytest.mark.parametrize("target", TARGETS)
def test_help_lists_the_target(target: str) -> None:
    text = subprocess.run(
        ["make", "--silent", "help"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout

    assert f"  make {target} " in text


def test_ci_can_be_run() -> None:
    assert os.access(ROOT / ".ci/run", os.X_OK)
