"""The settings of the benchmarks' server: the project's own, with a view that does nothing."""

from slotwatch.settings import *  # noqa: F403

ROOT_URLCONF = "bench.urls"
