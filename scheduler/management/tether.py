"""`python -m scheduler.management.tether COMMAND…`: the command, until standard input ends.

Who starts it keeps the other end of the pipe, and the pipe ends with that process, however it ends:
so nothing of it is left behind, also where it was killed. Starts in a process group of its own.
"""

import os
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from types import FrameType

# How long the command has to end by itself before it is killed, with all of its group.
PATIENCE_SECONDS = 4.0
TETHER = (sys.executable, "-m", "scheduler.management.tether")


def main(arguments: list[str]) -> int:
    command = subprocess.Popen(arguments, stdin=subprocess.DEVNULL)  # noqa: S603 - what it is for

    def pass_on(number: int, _frame: FrameType | None) -> None:
        command.send_signal(number)

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, pass_on)
    threading.Thread(target=_end_with_input, args=(command,), daemon=True).start()
    status = command.wait()
    # As a shell says that a signal ended it.
    return status if status >= 0 else 128 - status


def _end_with_input(command: "subprocess.Popen[bytes]") -> None:
    # Not sys.stdin: a thread that waits in it can't be left behind at the end of the process.
    while os.read(0, 1_024):
        pass
    command.terminate()
    with suppress(subprocess.TimeoutExpired):
        command.wait(PATIENCE_SECONDS)
    # What it started and left behind, and this process, too.
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
