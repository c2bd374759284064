"""Send the signed calls that are due, each until it is taken.

Signed as the shop signs its events to us (docs/hooks.md): X-Careline-Signature over the time and
the body. X-Careline-Delivery stays the same however often one is tried.
"""

import json
from datetime import datetime, timedelta

import httpx
from sqlalchemy import select

from careline.channels.shop_hooks import sign
from careline.journey.models import Notice
from careline.journey.words import Delivery
from careline.kit.clock import Clock
from careline.kit.database import Database
from careline.kit.logging import get_logger

log = get_logger("channels.notices")

DELIVERY = "X-Careline-Delivery"
MOST_TRIES = 10  # over about 17 hours
FIRST_RETRY_AFTER = timedelta(minutes=1)
TIMEOUT_SECONDS = 10
AT_A_TIME = 20


def send_due(database: Database, clock: Clock, secret: str) -> int:
    """How many were taken."""
    now = clock.now()
    with database.read() as session:
        due = session.scalars(
            select(Notice.id)
            .where(
                Notice.delivery == Delivery.PENDING,
                Notice.retry_at.is_(None) | (Notice.retry_at <= now),
            )
            .order_by(Notice.created_at)
            .limit(AT_A_TIME)
        ).all()
    return sum(_send_one(database, clock, secret, notice_id) for notice_id in due)


def _send_one(database: Database, clock: Clock, secret: str, notice_id: str) -> bool:
    now = clock.now()
    with database.begin() as session:
        notice = session.get(Notice, notice_id, with_for_update=True)
        if notice is None or notice.delivery != Delivery.PENDING:
            return False
        if notice.retry_at is not None and notice.retry_at > now:
            return False  # another process is at it
        notice.tries += 1
        notice.retry_at = now + FIRST_RETRY_AFTER * 2 ** (notice.tries - 1)
        notice.updated_at = now
        url, body = notice.url, json.dumps(notice.body).encode()
    why = _refusal(url, body, notice_id, secret, now)
    with database.begin() as session:
        notice = session.get_one(Notice, notice_id)
        notice.updated_at, notice.delivery_note = now, why[:300]
        if not why:
            notice.delivery, notice.retry_at = Delivery.DELIVERED, None
        elif notice.tries >= MOST_TRIES:
            notice.delivery = Delivery.FAILED
    if why:
        log.warning("notice.not_taken", notice=notice_id, why=why)
    return not why


def _refusal(url: str, body: bytes, notice_id: str, secret: str, now: datetime) -> str:
    """Why it was not taken; "" if it was. Sent again it has the same id, so that is safe."""
    headers = {"Content-Type": "application/json", DELIVERY: notice_id, **sign(secret, body, now)}
    try:
        answer = httpx.post(url, content=body, headers=headers, timeout=TIMEOUT_SECONDS)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return type(error).__name__
    return "" if answer.is_success else f"answered {answer.status_code}"
