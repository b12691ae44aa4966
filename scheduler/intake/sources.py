"""Which app a service is watched from: remembered at the first look, and held to from then on."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from scheduler import door
from scheduler.db.service_lock import service_lock
from scheduler.errors import Conflict
from scheduler.models import Service, Source

KIND_AT_MOST = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceAddress:
    """One app of one kind of fleet; ``store`` is where it keeps its state, without passwords."""

    kind: str
    app_id: str
    store: str

    def __post_init__(self) -> None:
        """As it is kept, so that what was kept and what is read are the same.

        Raises:
            Unacceptable: one of them is no text, or the kind is no name.
        """
        # Frozen: the one way to keep what the door made of a value.
        object.__setattr__(self, "kind", door.name("kind", self.kind, at_most=KIND_AT_MOST))
        object.__setattr__(self, "app_id", _kept("app_id", self.app_id))
        object.__setattr__(self, "store", _kept("store", self.store))

    def __str__(self) -> str:
        return f"the {self.kind} app {self.app_id!r} in {self.store}"


class AnotherSource(Conflict):
    """The service is watched from another app; what was recorded would be of two fleets."""

    def __init__(self, slug: str, known: SourceAddress, other: SourceAddress) -> None:
        super().__init__(f"Service {slug!r} is of {known}, and this is {other}.")
        self.known = known


def source_of(service: Service) -> SourceAddress | None:
    """What the service is watched from; None where no collector ever watched it."""
    row = Source.objects.filter(service=service).first()
    return None if row is None else _address(row)


def require_source(service: Service, address: SourceAddress, *, at: datetime) -> None:
    """Remember what the service is watched from, if nothing is remembered yet.

    Raises:
        AnotherSource: it is watched from something else.
    """
    known = source_of(service)
    if known is None:
        # Two collectors may have found nothing at the same time: in turn, one of them is second.
        with service_lock(service, at) as (held, instant):
            # The first one counts: the other one is told so below.
            row, _ = Source.objects.get_or_create(
                service=held, defaults={**asdict(address), "since": instant}
            )
        known = _address(row)
    if known != address:
        raise AnotherSource(service.slug, known, address)


def replace_source(service: Service, address: SourceAddress, *, at: datetime) -> SourceAddress:
    """Watch the service from this app from now on; returns what it was watched from before."""
    with service_lock(service, at) as (held, instant):
        before = source_of(held)
        if before != address:
            # What was said of the app before is not true of this one.
            Source.objects.update_or_create(
                service=held, defaults={**asdict(address), "since": instant, "notices": []}
            )
            held.touch()
    return before or address


def tell_notices(service: Service, notices: Sequence[str], *, at: datetime) -> None:
    """Have the pages say what the collector has to say now, and nothing that it said before.

    Raises:
        Unacceptable: these are no texts.
    """
    if isinstance(notices, str) or not isinstance(notices, Sequence):
        raise door.Unacceptable(f"notices must be a list of texts, not {door.quoted(notices)}")
    said = [_kept("notice", each) for each in notices]
    row = Source.objects.filter(service=service).first()
    # Said at every look: neither a lock nor new pages where it is what was said before.
    if row is None or row.notices == said:
        return
    with service_lock(service, at) as (held, _):
        Source.objects.filter(service=held).update(notices=said)
        held.touch()


def _kept(what: str, said: object) -> str:
    """A text that the app holds, whatever is in it: nobody can be asked to mend it."""
    return door.shortened(door.text_of(what, said))


def _address(row: Source) -> SourceAddress:
    return SourceAddress(kind=row.kind, app_id=row.app_id, store=row.store)
