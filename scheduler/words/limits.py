"""The limits of a run in words."""

from scheduler.core.judging.run_limits import RunLimit

# What a run goes on past.
LIMIT_WORDS: dict[RunLimit, str] = {
    RunLimit.PAST_SLOT: "past its slot",
    RunLimit.PAST_CYCLE: "past the end of its cycle",
    RunLimit.PAST_HEARTBEAT: "past its runner's heartbeat",
}
