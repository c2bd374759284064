"""POST /hooks/shop: the shop's signed events become touchpoints; see docs/hooks.md.

The signature covers the time and the raw body, so that neither can be changed and an old
request cannot be sent again later. The same event id twice is one event.
"""

import hashlib
import hmac
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import batched
from typing import Any

from fastapi import APIRouter, Depends, Request
from sqlalchemy import select
from sqlalchemy.orm import Session

from careline.channels.intake import (
    Report,
    parse_all,
    raw_body,
    read_list,
    refuse_future,
)
from careline.channels.reading.people import as_known
from careline.channels.shop_events import (
    MEANINGS,
    EventType,
    ShopEvent,
    about,
    parse_event,
    summary,
)
from careline.journey import repository, touchpoints
from careline.journey.models import Promise, Touchpoint
from careline.journey.repository import KnownToShop
from careline.journey.touchpoints import Appended
from careline.journey.words import Channel
from careline.kit.clock import Clock
from careline.kit.database import Database
from careline.kit.errors import CarelineError, Unauthorised
from careline.service import consents, linking, promises
from careline.shops.protocol import Shop

SIGNATURE = "X-Careline-Signature"
TIMESTAMP = "X-Careline-Timestamp"
TOLERANCE = timedelta(minutes=5)
SOURCE = "shop"
AT_A_TIME = 50  # events in one unit of work
_KEEPS = {  # what people promise that these events keep
    EventType.ORDER_REFUNDED: promises.MONEY,
    EventType.ORDER_SHIPPED: frozenset({promises.PARCEL_SENT}),
    EventType.ORDER_DELIVERED: promises.GOODS,
}


class SignatureInvalid(Unauthorised):
    """The request is not signed with our shared secret, or not for this body and time."""

    code = "signature_invalid"


class SignatureExpired(Unauthorised):
    """The request was signed too long ago, or the sender's clock is wrong; sign it again."""

    code = "signature_expired"


def sign(secret: str, body: bytes, at: datetime) -> dict[str, str]:
    """The two headers that a request needs."""
    timestamp = str(int(at.timestamp()))
    return {TIMESTAMP: timestamp, SIGNATURE: _signature(secret, timestamp, body)}


def verify(secret: str, body: bytes, timestamp: str, signature: str, now: datetime) -> None:
    """Raises SignatureInvalid, SignatureExpired."""
    expected = _signature(secret, timestamp, body)
    if not hmac.compare_digest(expected.encode(), signature.strip().encode(errors="replace")):
        raise SignatureInvalid(f"{SIGNATURE} does not fit the body and {TIMESTAMP}.")
    try:
        at = datetime.fromtimestamp(int(timestamp), UTC)
    except (ValueError, OverflowError, OSError):
        raise SignatureInvalid(f"{TIMESTAMP} is the time in whole Unix seconds.") from None
    if abs(now - at) > TOLERANCE:
        raise SignatureExpired(
            f"Signed at {at:%Y-%m-%d %H:%M:%S} UTC, more than 5 minutes from our time."
        )


def _signature(secret: str, timestamp: str, body: bytes) -> str:
    signed = timestamp.encode(errors="replace") + b"." + body
    return "sha256=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


def router(database: Database, clock: Clock, shop: Shop, hook_secret: str) -> APIRouter:
    hooks = ShopHooks(database, clock, shop)
    routes = APIRouter(tags=["shop"])
    body_of = Depends(raw_body)

    @routes.post("/hooks/shop", summary="The shop's signed events, one or a list of 1,000")
    def shop_events(request: Request, body: bytes = body_of) -> dict[str, Any]:
        headers = request.headers
        timestamp, signature = headers.get(TIMESTAMP, ""), headers.get(SIGNATURE, "")
        verify(hook_secret, body, timestamp, signature, clock.now())
        return hooks.take(read_list(body))

    return routes


class ShopHooks:
    def __init__(self, database: Database, clock: Clock, shop: Shop) -> None:
        self._database = database
        self._clock = clock
        self._shop = shop

    def take(self, given: Sequence[Any]) -> dict[str, Any]:
        now, report = self._clock.now(), Report()

        def parse(one: Any) -> ShopEvent:
            event = parse_event(one)
            for at in (event.at, *(consent.at for consent in event.data.consents)):
                refuse_future(at, now)
            return event

        events = parse_all(given, parse, report)
        customers = self._customers([event for _, event in events])
        # Some at a time: the record's write lock is everybody's, and what a crash leaves undone
        # the shop sends again.
        for few in batched(events, AT_A_TIME):
            self._write(now, few, customers, report)
        return report.as_json()

    def _write(
        self,
        now: datetime,
        events: Sequence[tuple[int, ShopEvent]],
        customers: dict[str, KnownToShop],
        report: Report,
    ) -> None:
        changed: set[str] = set()
        with self._database.begin() as session:
            for index, event in events:
                known = customers.get(event.customer.ref, event.known)
                try:
                    with session.begin_nested():
                        appended = _take(session, now, event, known)
                except CarelineError as error:
                    report.refuse(index, event.id, error)
                    continue
                report.count(appended.repeated)
                if not appended.repeated:
                    changed.add(appended.touchpoint.customer_id)
            for customer_id in sorted(changed):
                touchpoints.restage(session, now, customer_id)

    def _customers(self, events: Sequence[ShopEvent]) -> dict[str, KnownToShop]:
        """For those whom neither we nor the event can name, ask the shop, before we write."""
        refs = {event.customer.ref for event in events}
        named = {event.customer.ref for event in events if event.customer.name}
        with self._database.read() as session:
            here = repository.customer_ids(session, refs)
        asked = {ref: self._shop.customer(ref) for ref in sorted(refs - named - set(here))}
        return {ref: as_known(found) for ref, found in asked.items() if found is not None}


def _take(session: Session, now: datetime, event: ShopEvent, known: KnownToShop) -> Appended:
    repeated = touchpoints.find(session, SOURCE, event.id)
    if repeated is not None:
        return Appended(repeated, repeated=True)
    customer = repository.ensure_customer(session, now, known, comes_back=event.starts_anew)
    if event.type in (EventType.CUSTOMER_CREATED, EventType.CUSTOMER_UPDATED):
        repository.update_customer(session, now, customer, event.known)
        linking.join_by_email(
            session, now, customer, event.known.email, how="identity", proof=f"shop:{event.id}"
        )
        repository.add_email(session, now, customer, event.known.email, named_at=event.at)
    appended = touchpoints.append(
        session,
        now,
        customer_id=customer.id,
        kind=event.type,
        stage=_stage(event, customer.stage),
        actor=MEANINGS[event.type].actor,
        channel=Channel.SHOP,
        summary=summary(event),
        at=event.at,
        about=about(event),
        source=SOURCE,
        source_id=event.id,
    )
    for consent in event.data.consents:
        consents.note_word(session, now, customer.id, consent.word, channel=Channel.SHOP)
    came = {Touchpoint.__tablename__: {appended.touchpoint.id}}
    linking.came_by(session, now, customer.id, known.ref, came)
    if event.type in _KEEPS:
        _keep_promises(session, now, customer.id, event)
    return appended


def _stage(event: ShopEvent, current: str) -> str:
    # A change of details belongs to wherever the customer is just now.
    return current if event.type == EventType.CUSTOMER_UPDATED else MEANINGS[event.type].stage


def _keep_promises(session: Session, now: datetime, customer_id: str, event: ShopEvent) -> None:
    """A promise of money or a parcel names the refund or the order that keeps it."""
    refers_to = [ref for ref in (event.data.reference, event.data.order) if ref]
    if event.type == EventType.ORDER_REFUNDED:
        refers_to = [ref for ref in (event.data.reference,) if ref]
    elif event.type == EventType.ORDER_SHIPPED:
        refers_to = []
    kept = select(Promise).where(
        Promise.customer_id == customer_id,
        Promise.state == "open",
        Promise.reference.in_(refers_to),
    )
    for promise in session.scalars(kept):
        promise.state, promise.updated_at = "kept", now
    promises.keep_said(
        session, now, customer_id, _KEEPS[event.type], order=event.data.order, at=event.at
    )
