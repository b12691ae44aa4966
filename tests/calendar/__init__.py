"""The tests on other days: `make test-calendar` runs them under clocks that are set ahead.

Not part of a usual run. A library moves the wall clock of every process that a test starts (Python,
PostgreSQL, servers, runners), a script that of the browser's pages. What waits, waits by the real
monotonic clock.
"""
