"""The live page, and the same page of a past cycle: status, lanes, decisions, jumping to a time.
What is drawn is in `timeline`, the strip of many cycles in `past`.
"""
