"""Reading what a page says."""

import json
import re
from typing import Any

from django.test import Client


def text_of(html: str) -> str:
    """What is to be read on a page, with single spaces: hints only show when they are asked for."""
    readable = re.sub(r"<(script|svg|style)\b.*?</\1>", " ", html, flags=re.DOTALL)
    readable = re.sub(r'<div class="hint" .*?</div>', " ", readable, flags=re.DOTALL)
    readable = re.sub(r"</?bdi>", "", readable)
    return " ".join(re.sub(r"<[^>]+>", " ", readable).split())


def figure_of(html: str) -> dict[str, Any]:
    found = re.search(r'<script id="figure" type="application/json">(.*?)</script>', html)
    assert found is not None
    figure: dict[str, Any] = json.loads(found[1])
    return figure


def known_of(html: str) -> str:
    found = re.search(r'name="known"\s+value="([^"]*)"', html)
    assert found is not None
    return found[1]


def get(client: Client, path: str, **more: Any) -> str:
    response = client.get(path, **more)
    assert response.status_code == 200
    return response.content.decode()
