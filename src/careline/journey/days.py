"""A timeline cut into days, each event with the stage it fell into; for pages and terminals."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from careline.journey.models import Touchpoint
from careline.journey.stages import StageSpan
from careline.kit.zones import zone_of


@dataclass(frozen=True)
class Entry:
    touchpoint: Touchpoint
    at: datetime  # in the customer's time zone
    span: StageSpan | None  # the stage at that time
    opens: bool  # the first entry shown of its stage, from above


@dataclass(frozen=True)
class Day:
    date: date
    entries: tuple[Entry, ...]


def by_day(
    touchpoints: Sequence[Touchpoint], spans: Sequence[StageSpan], time_zone: str
) -> list[Day]:
    """In the order given: newest first stays newest first."""
    zone = zone_of(time_zone)
    begins = [span.since for span in spans]
    entries: list[Entry] = []
    for touchpoint in touchpoints:
        place = bisect_right(begins, touchpoint.at) - 1
        span = spans[place] if place >= 0 else None
        opens = not entries or entries[-1].span is not span
        entries.append(Entry(touchpoint, touchpoint.at.astimezone(zone), span, opens))
    return [
        Day(day, tuple(group)) for day, group in groupby(entries, key=lambda one: one.at.date())
    ]
