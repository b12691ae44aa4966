"""What comes in: claims, heartbeats, reports, each written within one turn of its service. What a
value may be is the `door`'s.
"""
