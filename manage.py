#!/usr/bin/env python
"""Runs the project's management commands. `manage.py help` lists them."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "slotwatch.settings")
    from django.core.management import execute_from_command_line

    from slotwatch.private import keep_private

    keep_private()
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
