"""Time zones as shops and customers name them: one place that reads them, and never fails."""

from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

THE_SHOPS = "Europe/London"  # of customers whose own zone nobody has told, or not in earnest


def is_zone(name: str) -> bool:
    return _known(name) is not None


def zone_of(name: str) -> ZoneInfo:
    """The zone of that name; the shop's for what is none."""
    return _known(name) or ZoneInfo(THE_SHOPS)


@lru_cache(maxsize=1_000)
def _known(name: str) -> ZoneInfo | None:
    """`US` and `Brazil` are folders of the zone database, and opening one is an OSError."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
