"""Run a coroutine to its end, wherever the test runs.

A browser's test leaves its own event loop running in the thread of all tests.
"""

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

T = TypeVar("T")


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    with ThreadPoolExecutor(1) as other:
        return other.submit(asyncio.run, coroutine).result()
