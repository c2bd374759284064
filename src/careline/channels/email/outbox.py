"""Send the e-mails that are due, each at most once.

An e-mail is marked `unknown` before it is handed to the server, and `sent` after: cut off in
between it stays `unknown` and is not sent again, since nobody can tell whether it left.
"""

import re
from datetime import datetime, timedelta

from sqlalchemy import select

from careline.channels.email.mailers import Mailer, NotAccepted, RefusedForGood
from careline.journey.models import Email
from careline.journey.words import Delivery
from careline.kit.clock import Clock
from careline.kit.database import Database
from careline.kit.logging import get_logger
from careline.touches.outcomes import note_email

log = get_logger("channels.email")

MOST_TRIES = 8
RETRY_AFTER = timedelta(minutes=1)
_CODE = re.compile(r"\b\d{6}\b")


def send_due(database: Database, mailer: Mailer, clock: Clock, limit: int = 50) -> int:
    """Send what is pending; gives back how many were sent."""
    with database.read() as session:
        waiting = session.scalars(
            select(Email.id)
            .where(
                Email.delivery == Delivery.PENDING,
                (Email.tries == 0) | (Email.updated_at <= clock.now() - RETRY_AFTER),
            )
            .order_by(Email.created_at)
            .limit(limit)
        ).all()
    return sum(_send_one(database, mailer, clock, email_id) for email_id in waiting)


def _send_one(database: Database, mailer: Mailer, clock: Clock, email_id: str) -> bool:
    with database.begin() as session:
        email = session.get(Email, email_id, with_for_update=True)
        if email is None or email.delivery != Delivery.PENDING:
            return False  # another process has it
        email.delivery = Delivery.UNKNOWN
        email.tries += 1
        email.updated_at = clock.now()
        to, subject, text, key, tries = email.to, email.subject, email.text, email.key, email.tries
        html, headers = email.html, dict(email.headers or {})
    try:
        mailer.send(to=to, subject=subject, text=text, key=key, html=html, headers=headers)
    except NotAccepted as error:
        later = Delivery.PENDING if tries < MOST_TRIES else Delivery.FAILED
        _note(database, clock.now(), email_id, later, str(error))
        return False
    except RefusedForGood as error:
        _note(database, clock.now(), email_id, Delivery.FAILED, str(error))
        return False
    except OSError as error:  # cut in the middle: it may have left
        _note(database, clock.now(), email_id, Delivery.UNKNOWN, type(error).__name__)
        return False
    _note(database, clock.now(), email_id, Delivery.SENT, "", forget_code=not mailer.keeps_text)
    return True


def _note(
    database: Database,
    now: datetime,
    email_id: str,
    delivery: Delivery,
    note: str,
    *,
    forget_code: bool = False,
) -> None:
    with database.begin() as session:
        email = session.get_one(Email, email_id)
        email.delivery = delivery
        email.delivery_note = note[:300]
        email.updated_at = now
        if email.touch_id is not None:
            note_email(session, now, email.touch_id, delivery, note)
        if forget_code:
            email.text = _CODE.sub("••••••", email.text)
    if delivery != Delivery.SENT:
        log.warning("email.not_sent", email=email_id, delivery=delivery.value, why=note)
