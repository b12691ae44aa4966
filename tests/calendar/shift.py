"""How far the clock is moved: told to every process of a run through its environment."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

VARIABLE = "TEST_CLOCK_SHIFT_SECONDS"
# Where a run notes which tests read a clock; none is noted without it.
NOTED_IN = "TEST_CLOCK_READERS"


def make_library(directory: Path) -> Path:
    """Compile the moved clock into this directory. CalledProcessError where there is no C."""
    # PostgreSQL runs as a user of its own, and has to find it.
    directory.chmod(0o755)
    library = directory / "moved_clock.so"
    source = Path(__file__).with_name("moved_clock.c")
    subprocess.run(["cc", "-O2", "-shared", "-fPIC", "-o", library, source], check=True)
    return library


def moved(environment: Mapping[str, str], library: Path, seconds: int, zone: str) -> dict[str, str]:
    """The environment in which a process and its children see the wall clock `seconds` ahead."""
    return {**environment, VARIABLE: str(seconds), "LD_PRELOAD": str(library), "TZ": zone}


def unmoved(environment: Mapping[str, str]) -> dict[str, str | float | bool]:
    """The same environment for a process that must see the real clock."""
    return {name: value for name, value in environment.items() if name != "LD_PRELOAD"}


def shift_seconds() -> int:
    """How far the clock of this run is moved; 0 in a usual one."""
    return int(os.environ.get(VARIABLE, "0"))
