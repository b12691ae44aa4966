"""The audit of blocked attempts, and how operators acknowledge them. Which blocks are meant is
found in `history`; those of observed fleets are derived in `cycles`.
"""
