"""Send the e-mails that are due, each at most once: codes first, what nobody asked for last.

An e-mail is marked `unknown` before it is handed to the server, and `sent` after: cut off in
between it stays `unknown` and is not sent again, since nobody can tell whether it left. What the
server surely did not take is tried again, with ever longer waits.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Select, or_, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from careline.channels.email.mailers import (
    Line,
    Mailer,
    NoServer,
    NoSuchMailbox,
    NotAccepted,
    RefusedForGood,
)
from careline.journey.models import Email
from careline.journey.repository import note_no_mailbox
from careline.journey.words import Delivery
from careline.kit.clock import Clock
from careline.kit.database import Database
from careline.kit.logging import get_logger
from careline.touches import leaving, outcomes
from careline.touches.leaving import LastLook

log = get_logger("channels.email")

FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=4)
MOST_TRIES = 13  # a day of trying, with these waits; for what does not say when it is too late
MOST_A_PASS = 500
LOOKED_AT_ONCE = 20  # touches that do not leave, in one unit of work
_CODE = re.compile(r"\b\d{6}\b")

Look = Callable[[Session, datetime, str], LastLook]
AtStep = Callable[[str], None]


@dataclass(frozen=True)
class Taken:
    """An e-mail that this process has in hand, marked as `unknown`."""

    id: str
    to: str
    subject: str
    text: str
    key: str
    html: str
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class _Outcome:
    email_id: str
    delivery: Delivery
    note: str = ""
    no_mailbox: bool = False
    no_server: bool = False


def send_due(
    database: Database,
    mailer: Mailer,
    clock: Clock,
    look: Look,
    *,
    most: int = MOST_A_PASS,
    at_step: AtStep = lambda step: None,
) -> int:
    """Send what is due; gives back how many were sent.

    What became of one is written in the unit of work that takes the next one in hand, at once.
    """
    with database.read() as session:
        if session.scalar(_next(clock.now())) is None:
            return 0
    sent, outcome = 0, None
    with mailer.opened() as line:
        for _ in range(most):
            taken, outcome = _go_on(database, clock, look, outcome, mailer.keeps_text), None
            if taken is None:
                return sent
            at_step("taken")
            outcome = _send(line, taken)
            at_step("handed over")
            sent += outcome.delivery == Delivery.SENT
            if outcome.no_server:
                break
    with database.begin() as session:
        _note(session, clock.now(), outcome, mailer.keeps_text)
    return sent


def _next(now: datetime) -> Select[str]:
    return (
        select(Email.id)
        .where(
            Email.delivery == Delivery.PENDING,
            or_(Email.due_at.is_(None), Email.due_at <= now),
        )
        .order_by(Email.priority, Email.created_at)
        .limit(1)
    )


def _go_on(
    database: Database, clock: Clock, look: Look, before: _Outcome | None, keeps_text: bool
) -> Taken | None:
    """Note what became of the one before, and take the next one in hand; None: there is none."""
    while True:
        with database.begin() as session:
            now = clock.now()
            _note(session, now, before, keeps_text)
            before = None
            for _ in range(LOOKED_AT_ONCE):
                email_id = session.scalar(_next(now).with_for_update(skip_locked=True))
                if email_id is None:
                    return None
                email = session.get_one(Email, email_id, populate_existing=True)
                if _may_leave(session, now, email, look):
                    return _taken(email, now)
                session.flush()


def _may_leave(session: Session, now: datetime, email: Email, look: Look) -> bool:
    """Else it is held, or withdrawn for good; the reason is in its row, a touch's in the touch."""
    if email.touch_id is None:
        if email.too_late_at is None or now <= email.too_late_at:
            return True
        _put(email, now, Delivery.FAILED, "it would come too late")
        return False
    found = _looked(session, now, email.touch_id, look)
    if found.leaves:
        email.to = found.address
        return True
    _put(email, now, Delivery.PENDING if found.until else Delivery.WITHDRAWN, found.why)
    email.due_at = found.until
    return False


def _looked(session: Session, now: datetime, touch_id: str, look: Look) -> LastLook:
    try:
        with session.begin_nested():
            return look(session, now, touch_id)
    except OperationalError:
        raise  # the database, not this touch
    except Exception as error:  # one that cannot be judged must not stop others
        log.error("email.not_judged", touch=touch_id, exc_info=error)
        return LastLook(leaves=False, until=now + LONGEST_WAIT, why=type(error).__name__)


def _taken(email: Email, now: datetime) -> Taken:
    email.tries += 1
    _put(email, now, Delivery.UNKNOWN, "")
    return Taken(
        email.id, email.to, email.subject, email.text, email.key, email.html, email.headers or {}
    )


def _send(line: Line, taken: Taken) -> _Outcome:
    try:
        line.send(
            to=taken.to, subject=taken.subject, text=taken.text, key=taken.key,
            html=taken.html, headers=taken.headers,
        )  # fmt: skip
    except NotAccepted as error:
        gone = isinstance(error, NoServer)
        return _Outcome(taken.id, Delivery.PENDING, str(error), no_server=gone)
    except RefusedForGood as error:
        unknown_there = isinstance(error, NoSuchMailbox)
        return _Outcome(taken.id, Delivery.FAILED, str(error), no_mailbox=unknown_there)
    except OSError as error:  # cut in the middle: it may have left
        return _Outcome(taken.id, Delivery.UNKNOWN, type(error).__name__)
    return _Outcome(taken.id, Delivery.SENT)


def _note(session: Session, now: datetime, outcome: _Outcome | None, keeps_text: bool) -> None:
    if outcome is None:
        return
    email = session.get_one(Email, outcome.email_id, with_for_update=True, populate_existing=True)
    delivery = outcome.delivery
    _put(email, now, delivery, outcome.note)
    if delivery == Delivery.PENDING:
        delivery = _put_off(session, now, email, outcome.note)
    elif email.touch_id is not None:
        outcomes.note_email(session, now, email.touch_id, delivery, outcome.note)
    if outcome.no_mailbox:
        note_no_mailbox(session, now, email.to, outcome.note)
    if delivery == Delivery.SENT and not keeps_text:
        email.text = _CODE.sub("••••••", email.text)
    if delivery != Delivery.SENT:
        log.warning("email.not_sent", email=email.id, delivery=delivery.value, why=outcome.note)


def _put_off(session: Session, now: datetime, email: Email, note: str) -> Delivery:
    """Surely not taken: tried again, the last time when it is just not too late."""
    wait = min(FIRST_WAIT * 2 ** (email.tries - 1), LONGEST_WAIT)
    email.due_at = now + wait
    if email.too_late_at is None:
        is_over = email.tries >= MOST_TRIES
    else:
        is_over = now >= email.too_late_at
        email.due_at = min(email.due_at, email.too_late_at)
    if email.touch_id is not None:
        until = None if is_over else email.due_at
        leaving.not_taken_yet(session, now, email.touch_id, until, note)
    if is_over:
        ends = Delivery.WITHDRAWN if email.touch_id else Delivery.FAILED
        _put(email, now, ends, f"given up, never taken: {note}")
        return ends
    return Delivery.PENDING


def _put(email: Email, now: datetime, delivery: Delivery, note: str) -> None:
    email.delivery, email.delivery_note, email.updated_at = delivery, note[:300], now
