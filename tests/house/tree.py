"""The repository's own files, for the tests that read them. No test is here."""

from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
# What set-up and running make; none of it is committed.
MADE = {".git", ".venv", ".vendor", "node_modules", "var", "__pycache__"}


def files(*suffixes: str, under: Path = ROOT) -> Iterator[Path]:
    """Every file below `under` with one of the suffixes (all, when none is given)."""
    for path in under.iterdir():
        if path.name in MADE or path.name.endswith("_cache") or path.name == ".hypothesis":
            continue
        if path.is_dir():
            yield from files(*suffixes, under=path)
        elif not suffixes or path.suffix in suffixes:
            yield path
