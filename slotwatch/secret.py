"""The secret key: given by the environment, or made once and kept in the data directory."""

import os
import secrets
from pathlib import Path

from slotwatch.environment import Environment

VARIABLE = "SLOTWATCH_SECRET_KEY"
FILE_NAME = "secret_key"
# What Django's own deployment check asks of a key.
MIN_LENGTH = 50


def secret_key(environment: Environment, data_directory: Path) -> str:
    """The key to sign sessions with; the same one for every process that shares the directory."""
    given = environment.text(VARIABLE)
    if given:
        if len(given) < MIN_LENGTH:
            environment.wrong(
                "E004",
                VARIABLE,
                found=f"is {len(given)} characters long",
                instead=f"Write at least {MIN_LENGTH} random characters, or leave it unset: "
                "a key is then made and kept in the data directory.",
            )
        return given
    try:
        return stored_key(data_directory / FILE_NAME)
    except OSError as error:
        environment.wrong(
            "E004",
            VARIABLE,
            found=f"is not set, and {data_directory / FILE_NAME} can't be used ({error.strerror})",
            instead="Write a key of your own, or set SLOTWATCH_DATA_DIR to a directory "
            "that this user may write to.",
        )
        # For this process alone, which ends on the problem that was noted
        # (`require_usable_settings`).
        return secrets.token_urlsafe(MIN_LENGTH)


def stored_key(path: Path) -> str:
    """The key in the file, which is made first where there is none. Raises `OSError`.

    The key is written to a file of its own and then linked to its name: of processes that start at
    the same time one link succeeds, and all of them read a whole key.
    """
    if not path.exists():
        draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "w", encoding="ascii") as file:
                file.write(secrets.token_urlsafe(MIN_LENGTH))
                # On the disk before it has its name: no power cut leaves half a key behind.
                file.flush()
                os.fsync(file.fileno())
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink(missing_ok=True)
    return path.read_text(encoding="ascii").strip()
