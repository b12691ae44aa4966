"""The styles and scripts, before and after they are collected."""

import os
import subprocess
import sys
from pathlib import Path

from tests.house.tree import ROOT

FILE = "vendor/plotly-basic.min.js"
ASK = f"""
import django
django.setup()
from django.templatetags.static import static
from django.test import Client
url = static({FILE!r})
print(url, Client().get(url).headers["Cache-Control"])
for wish in ("gzip", "gzip;q=0", "*;q=0", "br;q=0, gzip;q=0.0"):
    file = Client().get(url, headers={{"Accept-Encoding": wish}})
    print(wish, "is", file.headers.get("Content-Encoding", "plain"))
"""


def python(*arguments: str, data_directory: Path) -> str:
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={
            "PATH": os.environ["PATH"],
            "DJANGO_SETTINGS_MODULE": "slotwatch.settings",
            "SLOTWATCH_DATA_DIR": str(data_directory),
            "SLOTWATCH_ALLOWED_HOSTS": "testserver",
            "SLOTWATCH_HTTPS": "off",
        },
        capture_output=True,
        text=True,
        check=True,
    ).stdout


def test_files_are_served_without_being_collected(tmp_path: Path) -> None:
    answer = python("-W", "error", "-c", ASK, data_directory=tmp_path)

    assert answer.startswith(f"/static/{FILE} max-age=0, public\n")


def test_collected_files_are_hashed_and_kept_for_ever(tmp_path: Path) -> None:
    python("manage.py", "collectstatic", "--no-input", data_directory=tmp_path)

    first, *wishes = python("-c", ASK, data_directory=tmp_path).splitlines()
    url, cache_control = first.split(" ", 1)

    assert url.startswith("/static/vendor/plotly-basic.min.")
    assert url != f"/static/{FILE}"
    assert "immutable" in cache_control
    assert wishes == [
        "gzip is gzip",
        "gzip;q=0 is plain",
        "*;q=0 is plain",
        "br;q=0, gzip;q=0.0 is plain",
    ]
