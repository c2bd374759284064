"""Promises that were not kept: the customer hears it from us first, and a colleague has it.

Nobody asked for that word, so the gate is asked whether it may be said, and when.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from babel.dates import format_date
from sqlalchemy import ColumnElement, or_, select, true, tuple_
from sqlalchemy.orm import Session

from careline.conversation import clocks, lines, messages
from careline.conversation.handover import hand_over, words_with_hours
from careline.conversation.staff.notes import note_by_us
from careline.journey import touchpoints
from careline.journey.models import Case, Conversation, Customer, Email, Promise
from careline.journey.repository import email_of
from careline.journey.words import Actor, HandoverReason, Mode, Stage
from careline.kit.ids import new_id
from careline.kit.logging import get_logger
from careline.kit.zones import zone_of
from careline.service.promise_keeping import Found, look
from careline.service.services import Services
from careline.shops.protocol import ShopUnavailable

log = get_logger("conversation")
BATCH = 100
LOOK_AGAIN_AFTER = timedelta(hours=1)  # while it is the customer's turn
TRY_AGAIN_AFTER = timedelta(minutes=5)  # when the order system did not answer


@dataclass(frozen=True)
class Leave:
    """What the gate says to a word that a customer did not ask for: now, later, or not at all."""

    may: bool
    not_before: datetime | None = None  # later, if it may not be said now
    why_not: str = ""


AskLeave = Callable[[Session, str], Leave]  # of a customer


def look_after(services: Services, ask_leave: AskLeave) -> list[str]:
    """Settle the promises whose day has passed; the conversations in which something was said."""
    told = []
    for promise, case in _past(services):
        try:
            found = look(services.shop, promise, case)
        except ShopUnavailable:
            log.warning("promise.unknown", promise=promise.id)
            _look_later(services, promise.id, TRY_AGAIN_AFTER)
            continue
        if found is Found.CUSTOMERS_TURN:
            _look_later(services, promise.id, LOOK_AGAIN_AFTER)
            continue
        with services.database.begin() as session:
            conversation = _settle(session, services, promise.id, found, ask_leave)
        if conversation is not None:
            told.append(conversation)
    return told


def _past(services: Services) -> Iterator[tuple[Promise, Case | None]]:
    """Open ones whose last day is over where the customer is, the earliest first."""
    now = services.clock.now()
    beyond: ColumnElement[bool] = true()
    while True:
        with services.database.read() as session:
            rows = session.execute(
                select(Promise, Case, Customer.time_zone)
                .join(Customer, Customer.id == Promise.customer_id)
                .outerjoin(Case, Case.id == Promise.case_id)
                .where(
                    Promise.state == "open",
                    Promise.due_on < (now + timedelta(days=1)).date(),
                    or_(Promise.look_at.is_(None), Promise.look_at <= now),
                    beyond,
                )
                .order_by(Promise.due_on, Promise.id)
                .limit(BATCH)
            ).all()
        for promise, case, zone in rows:
            if promise.due_on < now.astimezone(zone_of(zone)).date():
                yield promise, case
        if len(rows) < BATCH:
            return
        beyond = tuple_(Promise.due_on, Promise.id) > (rows[-1][0].due_on, rows[-1][0].id)


def _look_later(services: Services, promise_id: str, after: timedelta) -> None:
    """The order system is not asked about it at every pass."""
    with services.database.begin() as session:
        promise = session.get_one(Promise, promise_id)
        promise.look_at = services.clock.now() + after


def _settle(
    session: Session, services: Services, promise_id: str, found: Found, ask_leave: AskLeave
) -> str | None:
    now = services.clock.now()
    promise = session.get_one(Promise, promise_id, with_for_update=True, populate_existing=True)
    if promise.state != "open":  # kept, or told by another process, meanwhile
        return None
    promise.updated_at = now
    if found is Found.CAME:
        promise.state = "kept"
        return None
    leave = ask_leave(session, promise.customer_id)
    if not leave.may and leave.not_before is not None:
        promise.look_at = leave.not_before
        return None
    promise.state = "broken"
    session.flush()
    conversation = _conversation_of(session, promise)
    _note(session, now, promise, conversation, leave)
    if conversation is None:
        return None
    _tell(session, services, now, promise, conversation, leave)
    return conversation.id


def _tell(
    session: Session,
    services: Services,
    now: datetime,
    promise: Promise,
    conversation: Conversation,
    leave: Leave,
) -> None:
    what = lines.promise_words(promise.what)
    due = hand_over(
        session,
        now,
        conversation.id,
        reason=HandoverReason.PROMISE_BROKEN,
        summary=f"Promised by {promise.due_on:%d %B} and not kept: {what}",
        policies=services.policies,
    )
    if conversation.mode == Mode.PERSON:  # who is in charge says it in their own words
        clocks.customer_waits(session, now, conversation, services.policies)
        conversation.updated_at = now
        note_by_us(
            session,
            now,
            conversation,
            f"Promised by {promise.due_on:%d %B} and not kept: {what}. The customer has not been "
            "told: say so, and when it comes.",
            key=f"{promise.id}:broken",
        )
        return
    if not leave.may:
        return
    text = lines.promise_broken(
        what,
        format_date(promise.due_on, "EEEE d MMMM", locale="en_GB"),
        words_with_hours(session, conversation, due, now, services.policies),
        messages.last_position(session, conversation.id),
    )
    messages.say(
        session,
        now,
        conversation,
        key=f"{promise.id}:broken",
        text=text,
        buttons=[lines.BACK_BUTTON],
    )
    mailbox = email_of(session, promise.customer_id)
    if mailbox is not None and mailbox.refused_at is None:  # the chat's page may be closed
        session.add(
            Email(
                id=new_id("eml"),
                key=f"promise:{promise.id}:broken",
                to=mailbox.address,
                subject=f"About {what}",
                text=f"{text}\n\n{services.shop_name}",
                created_at=now,
                updated_at=now,
            )
        )


def _conversation_of(session: Session, promise: Promise) -> Conversation | None:
    """Where it was said; else the customer's latest."""
    case = session.get(Case, promise.case_id) if promise.case_id else None
    said_in = promise.conversation_id or (case.conversation_id if case else None)
    if said_in is not None:
        return session.get(Conversation, said_in)
    return session.scalar(
        select(Conversation)
        .where(Conversation.customer_id == promise.customer_id)
        .order_by(Conversation.created_at.desc(), Conversation.id.desc())
        .limit(1)
    )


def _note(
    session: Session,
    now: datetime,
    promise: Promise,
    conversation: Conversation | None,
    leave: Leave,
) -> None:
    untold = "" if leave.may else f"; the customer was not told: {leave.why_not}"
    touchpoints.record(
        session,
        now,
        customer_id=promise.customer_id,
        conversation_id=conversation.id if conversation else None,
        kind="promise.broken",
        stage=Stage.SERVICE,
        actor=Actor.CARELINE,
        channel=conversation.channel if conversation else "web",
        summary=f"Not kept by {promise.due_on:%d %B}: {lines.promise_words(promise.what)}{untold}",
        about={"promise": promise.id},
        source_id=f"{promise.id}:broken",
    )
