"""Take a list of events one by one: a bad neighbour does not lose the good ones.

One unit of work for the list, a savepoint for each event, and the stage of each customer
derived once at the end.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from fastapi import Request
from sqlalchemy.orm import Session

from careline.journey.touchpoints import Appended, restage
from careline.kit.errors import CarelineError, Invalid

AT_MOST = 1_000  # events in one request
CLOCKS_DIFFER = timedelta(minutes=5)  # so far in the future may a sender's time lie

Take = Callable[[Session, Any], Appended]


@dataclass
class Report:
    accepted: int = 0
    repeated: int = 0
    refused: list[dict[str, Any]] = field(default_factory=list)

    def refuse(self, index: int, given: Any, error: CarelineError) -> None:
        known_as = given.get("id", given.get("source_id")) if isinstance(given, dict) else None
        self.refused.append(
            {
                "index": index,
                "id": known_as if isinstance(known_as, str) else None,
                **error.as_json(),
            }
        )

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


def take_all(
    session: Session, now: datetime, events: Sequence[tuple[int, Any]], take: Take, report: Report
) -> None:
    """`events` come with their place in the request; what is refused is left in the report."""
    changed: set[str] = set()
    for index, event in events:
        try:
            with session.begin_nested():
                appended = take(session, event)
        except CarelineError as error:
            report.refuse(index, _plain(event), error)
            continue
        if appended.repeated:
            report.repeated += 1
        else:
            report.accepted += 1
            changed.add(appended.touchpoint.customer_id)
    for customer_id in sorted(changed):
        restage(session, now, customer_id)


def refuse_future(at: datetime, now: datetime) -> None:
    if at > now + CLOCKS_DIFFER:
        raise Invalid("This lies in the future; send it when it has happened.", field="at")


def storable(given: Any) -> None:
    """Raises Invalid for what no database takes: NUL, or half of a surrogate pair."""
    if isinstance(given, str):
        if "\x00" in given or any("\ud800" <= c <= "\udfff" for c in given):
            raise Invalid("The text holds characters that cannot be stored.")
    elif isinstance(given, dict):
        for name, value in given.items():
            storable(name)
            storable(value)
    elif isinstance(given, list):
        for value in given:
            storable(value)


def _plain(event: Any) -> Any:
    return event.model_dump() if hasattr(event, "model_dump") else event
