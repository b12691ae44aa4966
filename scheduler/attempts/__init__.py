"""One attempt in depth: its decision, its cycle, what ran around it, whom it blocked. Lists of
attempts are in `history`.
"""
