"""A loop for what is asynchronous, also where the browser's tests have left one in this thread."""

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any


def run[T](work: Coroutine[Any, Any, T]) -> T:
    """The result of the work, or what it raises."""
    with ThreadPoolExecutor(1) as own_thread:
        return own_thread.submit(asyncio.run, work).result()
