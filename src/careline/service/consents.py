"""What customers agreed to or refused: "no more" and "again", with the proof, on every channel.

A refusal for all channels ("*") wins over any yes; taken back, whatever stood before holds again.
"""

import re
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from careline.journey import touchpoints
from careline.journey.models import Consent, Customer
from careline.journey.words import Actor, Purpose
from careline.kit.ids import new_id

ALL_CHANNELS = "*"
UNASKED = tuple(Purpose)  # "no more" means all that we say unasked; safety notices go on
_GIVEN, _REFUSED = "given", "refused"
_BEFORE = re.compile(r"; before: (given|refused|nothing)$")


def refuse(
    session: Session,
    now: datetime,
    customer_id: str,
    *,
    channel: str,
    how: str,
    source_id: str,
    purposes: Iterable[Purpose] = UNASKED,
) -> None:
    """They want nothing unasked any more. `how` is the proof: what they did, and where."""
    for purpose in purposes:
        consent = _of(session, customer_id, purpose)
        if consent is None:
            consent = Consent(
                id=new_id("cns"),
                customer_id=customer_id,
                channel=ALL_CHANNELS,
                purpose=purpose.value,
                created_at=now,
            )
            session.add(consent)
            before = "nothing"
        else:
            before = _before(consent) if consent.state == _REFUSED else consent.state
        consent.state, consent.given_at, consent.updated_at = _REFUSED, now, now
        consent.how = f"{how}; before: {before}"
    _note(session, now, customer_id, channel, "consent.refused", how, source_id)


def take_back(
    session: Session, now: datetime, customer_id: str, *, channel: str, how: str, source_id: str
) -> bool:
    """They may be written to again, as before they refused; False if they had not refused."""
    refused = session.scalars(
        select(Consent).where(
            Consent.customer_id == customer_id,
            Consent.channel == ALL_CHANNELS,
            Consent.state == _REFUSED,
        )
    ).all()
    for consent in refused:
        if _before(consent) == _GIVEN:
            consent.state, consent.given_at, consent.updated_at = _GIVEN, now, now
            consent.how = how
        else:
            session.delete(consent)
    if refused:
        _note(session, now, customer_id, channel, "consent.given", how, source_id)
    return bool(refused)


def has_refused(session: Session, customer_id: str) -> bool:
    """Something, on all channels."""
    return (
        session.scalar(
            select(Consent.id)
            .where(
                Consent.customer_id == customer_id,
                Consent.channel == ALL_CHANNELS,
                Consent.state == _REFUSED,
            )
            .limit(1)
        )
        is not None
    )


def _of(session: Session, customer_id: str, purpose: Purpose) -> Consent | None:
    return session.scalar(
        select(Consent)
        .where(
            Consent.customer_id == customer_id,
            Consent.channel == ALL_CHANNELS,
            Consent.purpose == purpose.value,
        )
        .with_for_update()
    )


def _before(consent: Consent) -> str:
    found = _BEFORE.search(consent.how)
    return found[1] if found else "nothing"


def _note(
    session: Session,
    now: datetime,
    customer_id: str,
    channel: str,
    kind: str,
    how: str,
    source_id: str,
) -> None:
    customer = session.get_one(Customer, customer_id)
    touchpoints.record(
        session,
        now,
        customer_id=customer_id,
        kind=kind,
        stage=customer.stage,
        actor=Actor.CUSTOMER,
        channel=channel,
        summary="Wants nothing unasked any more" if kind == "consent.refused" else
        "May be written to again",
        about={"how": how},
        source_id=f"{kind}:{source_id}",
    )  # fmt: skip
