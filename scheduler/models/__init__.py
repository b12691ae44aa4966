"""The tables: one concept a file. Rules that two rows share are in the database as constraints."""

from scheduler.models.execution import Execution, Origin
from scheduler.models.heartbeat import Heartbeat
from scheduler.models.policy import Policy
from scheduler.models.presence import Presence
from scheduler.models.runner import Runner
from scheduler.models.service import Service, ServiceMode
from scheduler.models.watch import Watch

__all__ = [
    "Execution",
    "Heartbeat",
    "Origin",
    "Policy",
    "Presence",
    "Runner",
    "Service",
    "ServiceMode",
    "Watch",
]
