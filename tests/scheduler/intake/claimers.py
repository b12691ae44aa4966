"""One process of the concurrency test: many threads of one runner claim and finish.

Run as `python -m tests.scheduler.intake.claimers SLUG RUNNER THREADS [hold]`. It works until its
standard input ends and then writes how often it was answered `started`, `blocked` and `waits`. With
`hold`, a start is kept and never finished: whoever started this process kills it on its line
`holds`.
"""

import json
import sys
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import django
from django.db import connection

from slotwatch.databases import POSTGRESQL_POOL

# More threads than connections: on a busy machine some wait longer than a request would.
POSTGRESQL_POOL["timeout"] = 60
django.setup()

from scheduler.intake.claims import claim, finish  # noqa: E402
from scheduler.intake.heartbeats import Beat  # noqa: E402
from scheduler.services import get_service  # noqa: E402


def say(*words: object) -> None:
    sys.stdout.write(" ".join(str(word) for word in words) + "\n")
    sys.stdout.flush()


def ask(slug: str, runner_id: str, number: int, over: threading.Event, hold: bool) -> Counter[str]:
    service = get_service(slug)
    asked = 0
    answers: Counter[str] = Counter()
    while not over.is_set():
        asked += 1
        # Every tenth question of every fourth thread comes from a runner that joins for it, and
        # every fifteenth says that this runner is not eligible: the slots move all the time.
        joiner = number % 4 == 0 and asked % 10 == 0
        name = f"{runner_id}-{number}-{asked}" if joiner else runner_id
        eligible = not (number % 4 == 1 and asked % 15 == 0)
        result = claim(service, Beat(runner_id=name, eligible=eligible))
        connection.close()  # as the end of a request does
        if result.execution is None:
            answers["waits" if result.blocked is None else "blocked"] += 1
            continue
        answers["started"] += 1
        if hold:
            say("holds", result.execution.run_id)
            threading.Event().wait()
        finish(service, result.execution.run_id)
        connection.close()
    return answers


def main() -> None:
    slug, runner_id, threads, *hold = sys.argv[1:]
    over = threading.Event()
    with ThreadPoolExecutor(int(threads)) as pool:
        work = [
            pool.submit(ask, slug, runner_id, number, over, bool(hold))
            for number in range(int(threads))
        ]
        sys.stdin.read()
        over.set()
    # An error in any thread ends the process with it.
    answers = sum((one.result() for one in work), Counter())
    say(json.dumps(answers))


if __name__ == "__main__":
    main()
