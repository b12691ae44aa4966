"""What Slotwatch keeps is for its own user alone: sessions, password hashes, the secret key."""

import os
import stat
from contextlib import suppress
from pathlib import Path

DIRECTORY_MODE = 0o700
FILE_MODE = 0o600
# A directory that holds one of them is Slotwatch's own, whoever made it and how.
_OWN_FILES = ("secret_key", "slotwatch.sqlite3")
_BESIDE = ("", "-wal", "-shm", "-lock")


def keep_private() -> None:
    """Have this process make files that nobody else may read. For our own processes alone."""
    os.umask(0o777 & ~DIRECTORY_MODE)


def is_shared(path: Path) -> bool:
    """Whether all users of the machine keep files in it, as in /tmp: it must stay open to them."""
    with suppress(OSError):
        # The sticky bit, as of /tmp.
        return bool(path.stat().st_mode & stat.S_ISVTX)
    return False


def private_directory(path: Path) -> None:
    """Make it, or close it where it is Slotwatch's own already. Raises OSError.

    A directory that somebody else made for other things keeps its mode.
    """
    try:
        path.mkdir(mode=DIRECTORY_MODE, parents=True)
    except FileExistsError:
        if not path.is_dir():
            raise
    if any((path / name).exists() for name in _OWN_FILES):
        _close(path, DIRECTORY_MODE)
        for name in _OWN_FILES:
            for beside in _BESIDE:
                _close(path / f"{name}{beside}", FILE_MODE)


def _close(path: Path, mode: int) -> None:
    """Take from others what they may; what is another user's is left as it is."""
    with suppress(OSError):
        found = path.stat()
        if found.st_uid == os.geteuid() and stat.S_IMODE(found.st_mode) & ~mode:
            path.chmod(mode)
