"""What runners are called on the pages: short enough for a lane's label, and never two the same;
and how a run is called beside its link."""

from collections import Counter
from collections.abc import Iterable, Mapping

Address = tuple[str, int | None]

LONGEST = 16
SHORT = 8


def short_names(
    runner_ids: Iterable[str], addresses: Mapping[str, Address] | None = None
) -> dict[str, str]:
    """A name for each runner id: ``host:pid`` where known, the id itself where it is short, else
    its first eight characters; where two would be called the same, both show as much as tells them
    apart.
    """
    known = addresses or {}
    ids = list(dict.fromkeys(runner_ids))
    names = {runner_id: _name(runner_id, known.get(runner_id)) for runner_id in ids}
    seen = Counter(names.values())
    if len(seen) == len(ids):
        return names
    return {
        runner_id: name if seen[name] == 1 else _longer(runner_id, name, ids)
        for runner_id, name in names.items()
    }


def short_run(run_id: str) -> str:
    """The first eight characters; the whole id is in a hover, or a click away."""
    return run_id[:SHORT]


def _name(runner_id: str, address: Address | None) -> str:
    if address is not None and address[0]:
        host, pid = address
        return host if pid is None else f"{host}:{pid}"
    return runner_id if len(runner_id) <= LONGEST else runner_id[:SHORT]


def _longer(runner_id: str, name: str, ids: list[str]) -> str:
    if not runner_id.startswith(name):
        return f"{name} {runner_id[:SHORT]}"
    for length in range(SHORT + 1, len(runner_id)):
        if sum(other.startswith(runner_id[:length]) for other in ids) == 1:
            return runner_id[:length]
    return runner_id
