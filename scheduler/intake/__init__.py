"""What comes in: claims, heartbeats, reports, each written under its service's lock. What a
value may be is the `door`'s.
"""
