"""How fast the pure core is beside the package pynenc 0.4.0: `python -m bench.core`.

Both are measured in one process, turn by turn, and compared by ratio, so that the machine and its
other load cancel out. Ends with status 1 when a bound is missed. Nothing is read or written.
"""

import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from pynenc.orchestrator import atomic_service as package

from scheduler.core import types
from scheduler.core.claim import decide_atomic_service_claim
from scheduler.core.plan import CyclePlan, plan_cycle
from scheduler.core.policy import SchedulingPolicy
from scheduler.core.reconstruction import reconstruct
from scheduler.core.rows import PolicyRevision, PresenceSpan

ROUNDS = 41
FLEETS = (1, 10, 100, 1_000)
PLANNED = 10_000
SAMPLE = 200
DECISION_RATIO_AT_MOST = 1.0
PLAN_SPEEDUP_AT_LEAST = 300.0

CYCLE = datetime(2026, 3, 14, 12, 0, tzinfo=UTC)
POLICY = SchedulingPolicy(spread_margin_minutes=0.0001)


def best_of(rounds: int, calls: dict[str, Callable[[], object]]) -> dict[str, float]:
    """The least seconds that each call took, one after the other in every round."""
    best = dict.fromkeys(calls, float("inf"))
    for _ in range(rounds):
        for name, call in calls.items():
            start = time.perf_counter()
            call()
            best[name] = min(best[name], time.perf_counter() - start)
    return best


def our_fleet(count: int) -> list[types.ActiveRunnerInfo]:
    return [types.ActiveRunnerInfo(f"runner-{i:05}", CYCLE, CYCLE, True) for i in range(count)]


def their_fleet(count: int) -> list[package.ActiveRunnerInfo]:
    return [package.ActiveRunnerInfo(*each) for each in our_fleet(count)]


def askers(count: int) -> list[str]:
    """Who asks: the first, middle and last runner, and one who is not there."""
    return [f"runner-{position:05}" for position in (0, count // 2, count - 1)] + ["stranger"]


def decisions(count: int) -> tuple[float, float]:
    """Seconds for one decision, ours and the package's, on average over four askers and times."""
    ours, theirs = our_fleet(count), their_fleet(count)
    cases = [
        (asker, CYCLE.timestamp() + share * POLICY.interval_seconds)
        for asker in askers(count)
        for share in (0.0, 0.4999, 0.9999 - 0.5 / count)
    ]
    repeats = max(1, 200 // count)

    def run_ours() -> None:
        for asker, now in cases * repeats:
            decide_atomic_service_claim(
                runner_id=asker,
                active_runners=ours,
                current_time=now,
                **POLICY.decision_arguments(),
            )

    def run_theirs() -> None:
        for asker, now in cases * repeats:
            package.decide_atomic_service_claim(
                runner_id=asker,
                active_runners=theirs,
                current_time=now,
                **POLICY.decision_arguments(),
            )

    best = best_of(ROUNDS, {"ours": run_ours, "theirs": run_theirs})
    return best["ours"] / repeats / len(cases), best["theirs"] / repeats / len(cases)


def plan_of(fleet: list[types.ActiveRunnerInfo]) -> CyclePlan:
    """A plan with every window and its startable part laid, not only promised."""
    plan = plan_cycle(runners=fleet, at=CYCLE, policy=POLICY)
    if len(plan.slots) != len(fleet):
        raise AssertionError("the bench's plan has no windows")
    return plan


def planning() -> tuple[float, float]:
    """Seconds for our plan, and for one package call per runner, from a sample over the fleet."""
    ours, theirs = our_fleet(PLANNED), their_fleet(PLANNED)
    now = CYCLE.timestamp()
    # Positions evenly apart and centred, so that the mean scan is that of all of them.
    step = PLANNED // SAMPLE
    sampled = [theirs[position].runner_id for position in range(step // 2, PLANNED, step)]

    def run_theirs() -> None:
        for asker in sampled:
            package.decide_atomic_service_claim(
                runner_id=asker,
                active_runners=theirs,
                current_time=now,
                **POLICY.decision_arguments(),
            )

    best = best_of(ROUNDS, {"ours": lambda: plan_of(ours), "theirs": run_theirs})
    return best["ours"], best["theirs"] * PLANNED / SAMPLE


def reconstruction(count: int) -> float:
    """Seconds to reconstruct a cycle of `count` runners without a change."""
    day = timedelta(days=1)
    presences = [
        PresenceSpan(
            runner_id=each.runner_id,
            creation_time=CYCLE - day,
            started_at=CYCLE - day,
            last_heartbeat_at=CYCLE,
            expires_at=CYCLE + day,
            eligible=True,
        )
        for each in our_fleet(count)
    ]
    policies = [PolicyRevision(effective_from=CYCLE - day, policy=POLICY)]
    now = CYCLE + timedelta(seconds=100)

    def run() -> None:
        reconstruct(
            cycle_start=CYCLE, policies=policies, presences=presences, executions=[], now=now
        )

    return best_of(15, {"ours": run})["ours"]


def main() -> int:
    missed = False
    print(f"{'one decision':<28}{'ours':>12}{'pynenc 0.4.0':>14}{'ratio':>8}  bound")
    for count in FLEETS:
        ours, theirs = decisions(count)
        ratio = ours / theirs
        missed |= ratio > DECISION_RATIO_AT_MOST
        print(
            f"{f'{count:,} runners':<28}{ours * 1e6:>9.2f} µs{theirs * 1e6:>11.2f} µs{ratio:>8.2f}"
            f"  ≤ {DECISION_RATIO_AT_MOST:.1f}"
        )
    ours, theirs = planning()
    speedup = theirs / ours
    missed |= speedup < PLAN_SPEEDUP_AT_LEAST
    print(
        f"{f'the plan of {PLANNED:,} runners':<28}{ours * 1e3:>9.2f} ms{theirs * 1e3:>11,.0f} ms"
        f"{speedup:>7.0f}×  ≥ {PLAN_SPEEDUP_AT_LEAST:.0f}×"
    )
    print(
        f"  ours: every window and its startable part laid; theirs: one call a runner, scaled up"
        f" from {SAMPLE} calls spread over the fleet"
    )
    print(f"a cycle of 1,000 runners reconstructed: {reconstruction(1_000) * 1e3:.1f} ms")
    if missed:
        print("A bound was missed.", file=sys.stderr)
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
