"""Whether two things are about the same matter, as what they name tells. Pure.

Numbers are compared as they are written: a shop may tell 1001 and the bot "1001".
"""

from collections.abc import Mapping
from typing import Any

About = Mapping[str, Any]

_NAMES = ("case", "order", "suggestion", "product")


def nothing_differs(one: About, other: About) -> bool:
    """Nothing that both name differs; what only one of them names tells nothing."""
    return all(_same(one, other, name) for name in _NAMES if _both(one, other, name))


def is_same_matter(one: About, since: About) -> bool:
    """The same as above; and a later case is the same matter as an earlier one when it opens
    that again, or is about the same thing of the same order.
    """
    if not _both(one, since, "case") or _same(one, since, "case"):
        return nothing_differs(one, since)
    if str(since.get("reopens", "")) == str(one["case"]):
        return True
    if not _both(one, since, "order"):
        return False
    lines_differ = _both(one, since, "line") and not _same(one, since, "line")
    return _same(one, since, "order") and not lines_differ


def _both(one: About, other: About, name: str) -> bool:
    return bool(one.get(name)) and bool(other.get(name))


def _same(one: About, other: About, name: str) -> bool:
    return str(one[name]) == str(other[name])
