"""A long history for trying Slotwatch out and for its benchmarks: `manage.py seed_history`.

`stories` says what befalls a fleet in a chapter of its life, `chapters` plays each once through the
simulation, `plan` lays chapters one after the other until a service has its executions, `rows`
turns them into rows with instants, runners and run ids of their own, and `seed` writes them.
"""
