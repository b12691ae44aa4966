"""How far the clock is moved: a file that every process of a run follows, told by its
environment."""

import ctypes
import os
import struct
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

SHIFT_FILE = "TEST_CLOCK_SHIFT_FILE"
# Where a run notes which tests read a clock; none is noted without it.
NOTED_IN = "TEST_CLOCK_READERS"
# The instant at which every test begins, in Unix seconds; without it, the clock just goes on.
BEGINS_AT = "TEST_CLOCK_BEGINS_AT"
# A long of C.
_SECONDS = struct.Struct("l")


def make_library(directory: Path) -> Path:
    """Compile the moved clock into this directory. CalledProcessError where there is no C."""
    # PostgreSQL runs as a user of its own, and has to find it.
    directory.chmod(0o755)
    library = directory / "moved_clock.so"
    source = Path(__file__).with_name("moved_clock.c")
    subprocess.run(["cc", "-O2", "-shared", "-fPIC", "-o", library, source], check=True)
    return library


def moved(
    environment: Mapping[str, str], library: Path, shift_file: Path, zone: str
) -> dict[str, str]:
    """The environment in which a process and its children see the wall clock moved by what the
    file holds."""
    return {
        **environment,
        SHIFT_FILE: str(shift_file),
        "LD_PRELOAD": str(library),
        "TZ": zone,
    }


def unmoved(environment: Mapping[str, str]) -> dict[str, str | float | bool]:
    """The same environment for a process that must see the real clock."""
    return {name: value for name, value in environment.items() if name != "LD_PRELOAD"}


def shift_seconds() -> int:
    """How far the clock of this process is moved; 0 in a usual run."""
    file = os.environ.get(SHIFT_FILE)
    if file is None:
        return 0
    seconds: int
    (seconds,) = _SECONDS.unpack(Path(file).read_bytes())
    return seconds


def set_shift(file: Path, seconds: int) -> None:
    """Move the clocks that follow this file."""
    # In place: what is mapped into memory is the file that there is.
    with file.open("r+b" if file.exists() else "wb") as kept:
        kept.write(_SECONDS.pack(seconds))
    file.chmod(0o644)


def follow(file: Path) -> None:
    """From now on, the clock of this process and of its future children is this file's."""
    os.environ[SHIFT_FILE] = str(file)
    if ctypes.CDLL(None).follow_shift(str(file).encode()) != 0:
        raise OSError(f"The clock can't follow {file}.")


def set_clock(unix_seconds: int) -> None:
    """It is so late now, for all who follow this process's file."""
    real = time.time() - shift_seconds()
    set_shift(Path(os.environ[SHIFT_FILE]), unix_seconds - int(real))
