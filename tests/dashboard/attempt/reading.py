"""Reading what the page of an attempt says."""

import re
from html import unescape
from typing import Any

from django.test import Client

from scheduler.models import Execution
from tests.dashboard.web.reading import get, text_of


def page_of(run_id: str) -> str:
    return f"/s/service-1/executions/{run_id}/"


def said(client: Client, run_id: str) -> str:
    return re.sub(r" ([.:,])", r"\1", unescape(text_of(get(client, page_of(run_id)))))


def block_of(**which: Any) -> Execution:
    return Execution.objects.filter(status="blocked", **which).earliest("started_at")
