"""Lines of the log that stay short, whatever was sent to make them long."""

import logging

MESSAGE_LENGTH = 2_000
# A recursion's traceback, made by one odd address, was 72 kB.
TRACEBACK_LENGTH = 10_000


class BoundedFormatter(logging.Formatter):
    """Python's own, with the middle of what is too long left out."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  # logging's name
        return shortened(super().formatMessage(record), MESSAGE_LENGTH)

    def formatException(self, ei: object) -> str:  # noqa: N802
        return shortened(super().formatException(ei), TRACEBACK_LENGTH)  # type: ignore[arg-type]


def shortened(text: str, length: int) -> str:
    """The text, or its two ends: a traceback's first and last lines tell the most."""
    if len(text) <= length:
        return text
    half = length // 2
    return f"{text[:half]} … {len(text) - 2 * half:,} characters … {text[-half:]}"
