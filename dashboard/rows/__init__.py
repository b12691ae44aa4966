"""Rows and sentences that pages of several subjects show: attempts as a log, windows judged,
decisions, incidents.
"""
