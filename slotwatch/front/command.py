"""The command line of the web server, in one place: slow clients can't stop what it starts.

`python -m slotwatch.front` runs it; tests and benchmarks do without that detour.
"""

import sys

# Connections of one process. What is beyond waits with the system until one of them ends.
CONNECTIONS = 512
# A client that has not said what it wants by then is hung up on, and so is an idle connection.
HEADER_MILLISECONDS = 15_000
# What has not ended by then, after it was asked to stop, is killed.
KILL_SECONDS = 3
APPLICATION = "slotwatch.asgi:application"
_GRANIAN = (
    *(sys.executable, "-m", "granian"),
    *("--interface", "asgi", "--http", "1", "--no-ws", "--loop", "uvloop"),
    *("--backpressure", str(CONNECTIONS)),
    *("--http1-header-read-timeout", str(HEADER_MILLISECONDS)),
    *("--respawn-failed-workers", "--workers-kill-timeout", str(KILL_SECONDS)),
    *("--log-level", "warning"),
)


def server_command(*options: str, application: str = APPLICATION) -> list[str]:
    """Granian with these options of its own besides, such as `--port 8000`; the last one counts."""
    return [*_GRANIAN, *options, application]
