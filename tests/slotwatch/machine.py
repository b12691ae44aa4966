"""A machine made up for the set-up scripts: what is on it is what a test puts there."""

import subprocess
from collections.abc import Callable
from pathlib import Path

type Run = Callable[..., subprocess.CompletedProcess[str]]


def executable(path: Path, text: str = "#!/bin/sh\nexit 0\n") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return path
