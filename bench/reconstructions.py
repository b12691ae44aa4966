"""How many cycles the server's process has reconstructed since it was first asked that.

Whoever calls the core's function is counted: what is built once for many viewers is seen here,
whatever keeps it.
"""

import sys
from types import CodeType

from django.http import HttpRequest, HttpResponse

from scheduler.core.reconstruction import reconstruct

_TOOL = sys.monitoring.PROFILER_ID
_MADE: list[None] = []


def reconstructions(request: HttpRequest) -> HttpResponse:
    """/reconstructions/: the number; with the first answer, 0, counting begins."""
    if sys.monitoring.get_tool(_TOOL) is None:
        begun = sys.monitoring.events.PY_START
        sys.monitoring.use_tool_id(_TOOL, "bench")
        sys.monitoring.register_callback(_TOOL, begun, _note)
        sys.monitoring.set_local_events(_TOOL, reconstruct.__code__, begun)
    return HttpResponse(str(len(_MADE)))


def _note(code: CodeType, offset: int) -> None:
    # To append is one step in every thread; to add one to a number is not.
    _MADE.append(None)
