"""Take a list of events one by one: a bad neighbour does not lose the good ones.

What cannot be read or written is answered by its place in the list; see docs/hooks.md.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, TypeVar

from fastapi import Request
from pydantic import AfterValidator, AwareDatetime

from careline.kit.errors import CarelineError, Invalid

Event = TypeVar("Event")

AT_MOST = 1_000  # events in one request
CLOCKS_DIFFER = timedelta(minutes=5)  # so far in the future may a sender's time lie
# Beyond these a time is a mistake of the sender's, and reckoning with it may leave the calendar.
_EARLIEST, _LATEST = datetime(1990, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)


def _within_reason(at: datetime) -> datetime:
    if not _EARLIEST <= at < _LATEST:
        raise ValueError("a time between 1990 and 2100 is meant here")
    return at


Moment = Annotated[AwareDatetime, AfterValidator(_within_reason)]


@dataclass
class Report:
    accepted: int = 0
    repeated: int = 0
    refused: list[dict[str, Any]] = field(default_factory=list)

    def count(self, repeated: bool) -> None:
        if repeated:
            self.repeated += 1
        else:
            self.accepted += 1

    def refuse(self, index: int, known_as: str | None, error: CarelineError) -> None:
        self.refused.append({"index": index, "id": known_as, **error.as_json()})

    def as_json(self) -> dict[str, Any]:
        self.refused.sort(key=lambda one: one["index"])
        return {"accepted": self.accepted, "repeated": self.repeated, "refused": self.refused}


async def raw_body(request: Request) -> bytes:
    return await request.body()


def read_list(body: bytes) -> list[Any]:
    """One event or a list of them; raises Invalid if it is neither."""
    try:
        given = json.loads(body)
    except (ValueError, RecursionError):
        raise Invalid("The body is not JSON.") from None
    events = given if isinstance(given, list) else [given]
    if len(events) > AT_MOST:
        raise Invalid(f"At most {AT_MOST} in one request; send the rest in another.")
    return events


def parse_all(
    given: Sequence[Any], parse: Callable[[Any], Event], report: Report
) -> list[tuple[int, Event]]:
    """The events that can be read, with their place; the others are refused in the report."""
    events = []
    for index, one in enumerate(given):
        try:
            refuse_unstorable(one)
            events.append((index, parse(one)))
        except CarelineError as error:
            report.refuse(index, _id_of(one), error)
    return events


def _id_of(given: Any) -> str | None:
    known_as = given.get("id", given.get("source_id")) if isinstance(given, dict) else None
    return known_as if isinstance(known_as, str) and _is_storable(known_as) else None


def refuse_future(at: datetime, now: datetime) -> None:
    if at > now + CLOCKS_DIFFER:
        raise Invalid("This lies in the future; send it when it has happened.", field="at")


def refuse_unstorable(given: Any) -> None:
    """Raises Invalid for what no database takes: NUL, or half of a surrogate pair."""
    if isinstance(given, str):
        if not _is_storable(given):
            raise Invalid("The text holds characters that cannot be stored.")
    elif isinstance(given, dict):
        for name, value in given.items():
            refuse_unstorable(name)
            refuse_unstorable(value)
    elif isinstance(given, list):
        for value in given:
            refuse_unstorable(value)


def _is_storable(text: str) -> bool:
    return "\x00" not in text and not any("\ud800" <= c <= "\udfff" for c in text)
