"""The chart of a cycle: ribbon, lanes, slots, runs, verdicts, and its legend."""
