"""The tables: one concept a file. Rules that two rows share are in the database as constraints."""

from scheduler.core.types import Origin
from scheduler.models.acknowledgement import Acknowledgement
from scheduler.models.cycle_summary import CycleSummary
from scheduler.models.derived_block import DerivedBlock
from scheduler.models.execution import Execution
from scheduler.models.heartbeat import Heartbeat
from scheduler.models.late_change import LateChange
from scheduler.models.policy import Policy
from scheduler.models.presence import Presence
from scheduler.models.runner import Runner
from scheduler.models.service import UPKEEP_SLUG, Service, ServiceMode
from scheduler.models.source import Source
from scheduler.models.watch import Watch

__all__ = [
    "UPKEEP_SLUG",
    "Acknowledgement",
    "CycleSummary",
    "DerivedBlock",
    "Execution",
    "Heartbeat",
    "LateChange",
    "Origin",
    "Policy",
    "Presence",
    "Runner",
    "Service",
    "ServiceMode",
    "Source",
    "Watch",
]
