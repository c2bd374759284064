"""POST /api/touchpoints: what happened anywhere else (counter, phone, e-mail), with a token."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
)
from sqlalchemy.orm import Session

from careline.channels.intake import (
    Moment,
    Report,
    parse_all,
    raw_body,
    read_list,
    refuse_future,
)
from careline.channels.reading.people import People
from careline.channels.shop_events import as_invalid
from careline.channels.tokens import Guard, Principal
from careline.journey import audit, touchpoints
from careline.journey.erasure import CustomerErased
from careline.journey.models import Touchpoint
from careline.journey.words import Actor, Channel, Emotion, Role, Stage
from careline.kit.clock import Clock
from careline.kit.database import Database
from careline.kit.errors import CarelineError, Invalid, NotFound
from careline.service import linking
from careline.shops.protocol import Shop

# Sources that only Careline itself writes; others could pass their events off as ours.
OURS = frozenset({"careline", "shop", "shop_history"})

EventKey = tuple[str, str]  # source and source id
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]


class TouchpointIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    customer: Text  # our id, the shop's id or an e-mail address
    at: Moment
    kind: Annotated[str, StringConstraints(pattern=r"^[a-z_]+(\.[a-z_]+)*$", max_length=60)]
    stage: Stage
    channel: Channel
    actor: Actor = Actor.CUSTOMER
    summary: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
    emotion: Emotion | None = None
    effort: Annotated[int, Field(ge=0, le=1000)] | None = None
    about: Annotated[dict[str, str | int | bool], Field(max_length=20)] = Field(
        default_factory=dict
    )
    source: Annotated[str, StringConstraints(pattern=r"^[a-z0-9_.-]{1,60}$")]
    source_id: Text


def router(database: Database, clock: Clock, shop: Shop, guard: Guard) -> APIRouter:
    intake = TouchpointIntake(database, clock, shop)
    routes = APIRouter(prefix="/api", tags=["touchpoints"])
    machine = Depends(guard.require(Role.MACHINE, Role.ADMIN))
    body_of = Depends(raw_body)

    @routes.post("/touchpoints", summary="One touchpoint or a list of 1,000")
    def take(principal: Principal = machine, body: bytes = body_of) -> dict[str, Any]:
        return intake.take(principal, read_list(body))

    return routes


class TouchpointIntake:
    def __init__(self, database: Database, clock: Clock, shop: Shop) -> None:
        self._database = database
        self._clock = clock
        self._people = People(database, clock, shop)

    def take(self, principal: Principal, given: Sequence[Any]) -> dict[str, Any]:
        now, report = self._clock.now(), Report()

        def parse(one: Any) -> TouchpointIn:
            event = _parse(one)
            refuse_future(event.at, now)
            return event

        events = parse_all(given, parse, report)
        customers = self._customers({one.customer for _, one in events})
        rows = _rows(now, events, customers, report)
        named = {(one.source, one.source_id): one.customer for _, one in events}
        with self._database.begin() as session:
            written = touchpoints.append_many(session, list(rows.values()))
            _note_addresses(session, now, {key: rows[key] for key in written}, named)
            for customer_id in sorted({rows[key]["customer_id"] for key in written}):
                touchpoints.restage(session, now, customer_id)
            report.accepted = len(written)
            audit.note(
                session,
                now,
                who=principal.who,
                role=principal.role,
                did="touchpoints.written",
                details={"accepted": report.accepted, "refused": len(report.refused)},
            )
        report.repeated = len(given) - report.accepted - len(report.refused)
        return report.as_json()

    def _customers(self, refs: set[str]) -> dict[str, str | CarelineError]:
        """Our id for each name that the sender uses, or why there is none."""
        found: dict[str, str | CarelineError] = {}
        for ref in sorted(refs):
            try:
                found[ref] = self._people.find(ref).customer_id
            except (NotFound, CustomerErased) as error:
                found[ref] = error
        return found


def _rows(
    now: datetime,
    events: Sequence[tuple[int, TouchpointIn]],
    customers: dict[str, str | CarelineError],
    report: Report,
) -> dict[EventKey, dict[str, Any]]:
    """By source and id, so that an event which comes twice in one list is one row."""
    rows: dict[EventKey, dict[str, Any]] = {}
    for index, one in events:
        customer = customers[one.customer]
        if isinstance(customer, CarelineError):
            report.refuse(index, one.source_id, customer)
            continue
        given = one.model_dump(exclude={"customer"})
        rows.setdefault(
            (one.source, one.source_id), touchpoints.row(now, customer_id=customer, **given)
        )
    return rows


def _note_addresses(
    session: Session,
    now: datetime,
    rows: dict[EventKey, dict[str, Any]],
    named: dict[EventKey, str],
) -> None:
    """By which name each customer was meant, should two records of one person be split again."""
    came: dict[tuple[str, str], set[str]] = {}
    for key, row in rows.items():
        came.setdefault((row["customer_id"], named[key]), set()).add(row["id"])
    for (customer_id, name), ids in came.items():
        linking.came_by(session, now, customer_id, name, {Touchpoint.__tablename__: ids})


def _parse(given: Any) -> TouchpointIn:
    try:
        one = TouchpointIn.model_validate(given)
    except ValidationError as error:
        raise as_invalid(error) from None
    if one.source in OURS:
        raise Invalid(f"The source {one.source} is Careline's own; name yours.", field="source")
    return one
