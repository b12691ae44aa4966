"""The limits of a run in words."""

from scheduler.core.run_limits import PAST_CYCLE, PAST_HEARTBEAT, PAST_SLOT

# What a run goes on past.
LIMIT_WORDS = {
    PAST_SLOT: "past its slot",
    PAST_CYCLE: "past the end of its cycle",
    PAST_HEARTBEAT: "past its runner's heartbeat",
}
