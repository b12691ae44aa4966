"""Slotwatch beside pynenc's own monitor: `python -m bench.peer`."""
