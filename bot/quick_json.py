"""JSON at the speed of orjson, and of all that the standard library can write.

What customers type may hold halves of characters (lone surrogates), which orjson refuses.
"""

from __future__ import annotations

import json
from typing import Any

import orjson


def dumps(value: Any) -> str:
    try:
        return orjson.dumps(value).decode()
    except TypeError:
        return json.dumps(value)


def loads(written: str | bytes) -> Any:
    """Raises ValueError if it is no JSON."""
    try:
        return orjson.loads(written)
    except ValueError:
        return json.loads(written)
