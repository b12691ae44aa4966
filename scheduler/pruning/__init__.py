"""Rows that go: what need not be kept any longer, and services that are deleted, batch by batch
beside everything that goes on. How long something is kept is in `retention`."""
