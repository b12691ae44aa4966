"""The door: what an id, a name, a reason, a number, an instant from outside may be.

Everything that comes in passes here once: claims, beats, reports, services, policies, forms. Each
function returns the value as it is kept, or raises `Unacceptable` with what was wrong and what
would be right; so no database is asked what it can't hold, and no page what it can't show.
"""

from scheduler.door.instants import EARLIEST, happened, instant, planned
from scheduler.door.kinds import Unacceptable, choice, flag, instance, quoted, refusing
from scheduler.door.numbers import number, process_id, real, whole
from scheduler.door.texts import (
    ID_AT_MOST,
    NAME_AT_MOST,
    TEXT_AT_MOST,
    can_be_an_id,
    can_be_looked_up,
    host,
    identifier,
    name,
    note,
    shortened,
    slug,
    split_reason,
    text,
    text_of,
)

# So many items are taken at once: each is asked for by its id, in one statement.
ITEMS_AT_MOST = 5_000

__all__ = [
    "EARLIEST",
    "ID_AT_MOST",
    "ITEMS_AT_MOST",
    "NAME_AT_MOST",
    "TEXT_AT_MOST",
    "Unacceptable",
    "can_be_an_id",
    "can_be_looked_up",
    "choice",
    "flag",
    "happened",
    "host",
    "identifier",
    "instance",
    "instant",
    "name",
    "note",
    "number",
    "planned",
    "process_id",
    "quoted",
    "real",
    "refusing",
    "shortened",
    "slug",
    "split_reason",
    "text",
    "text_of",
    "whole",
]
