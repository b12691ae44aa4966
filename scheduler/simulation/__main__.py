"""The demo's fleets as a process: `python -m scheduler.simulation --seed 7 --hours 24`.

Fills the configured database, which has to be empty, and then lives in it until SIGTERM, SIGINT or
the end of standard input (whoever started it is gone). Says `ready` on standard output in between,
and its troubles on standard error. `manage.py demo` starts it; nobody else needs to.
"""

import argparse
import gc
import os
import signal
import sys
from threading import Event, Thread

import django
from django.core.management import call_command
from django.db import connection

READY = "ready"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m scheduler.simulation")
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--hours", type=int, required=True)
    arguments = parser.parse_args()
    stop = Event()
    for one in (signal.SIGINT, signal.SIGTERM):
        signal.signal(one, lambda *_: stop.set())
    Thread(target=_stop_at_end_of_input, args=(stop,), daemon=True).start()
    run(seed=arguments.seed, hours=arguments.hours, stop=stop)


def run(*, seed: int, hours: int, stop: Event) -> None:
    django.setup()
    # They import the models, which have to be loaded first.
    from scheduler.db import clock
    from scheduler.simulation.demo import fill
    from scheduler.simulation.living import live

    if connection.introspection.table_names():
        sys.exit("The database is not empty: the demo fills only one of its own.")
    call_command("migrate", verbosity=0)
    # Many objects that all stay: looking for garbage among them costs a sixth of the time.
    gc.disable()
    fleets = fill(seed=seed, hours=hours, now=clock.now())
    gc.enable()
    sys.stdout.write(f"{READY}\n")
    sys.stdout.flush()
    live(fleets, clock=clock.now, stop=stop, say=_say)


def _stop_at_end_of_input(stop: Event) -> None:
    # Not sys.stdin: a thread that waits in it can't be left behind at the end of the process.
    while os.read(0, 1_024):
        pass
    stop.set()


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    main()
