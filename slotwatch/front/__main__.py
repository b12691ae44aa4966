"""`python -m slotwatch.front OPTIONS`: the web server, with granian's own options besides ours.

Such as `--host 127.0.0.1 --port 8000 --workers 2`. It becomes granian: signals and exit status are
that one's.
"""

import os
import sys

import django

from slotwatch.front.command import server_command


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "slotwatch.settings")
    django.setup()
    from slotwatch.checks import require_usable_settings

    # Here already: granian would start a process again and again that refuses to begin.
    require_usable_settings()
    os.execv(sys.executable, server_command(*sys.argv[1:]))  # noqa: S606 - what it is for


if __name__ == "__main__":
    main()
