"""What customers agreed to or refused, with the proof: to us ("no more", "again"), to the shop, to
a colleague.

For one purpose and channel the newest word holds, however late it comes to us. A refusal for all
channels ("*") wins over any yes but one that was given to a channel since; taken back, whatever
stood before holds again.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from careline.journey import touchpoints
from careline.journey.models import Consent, Customer
from careline.journey.words import Actor, Channel, Purpose
from careline.kit.errors import Invalid
from careline.kit.ids import new_id

ALL_CHANNELS = "*"
UNASKED = tuple(Purpose)  # "no more" means all that we say unasked; safety notices go on
_GIVEN, _REFUSED = "given", "refused"
_BEFORE = re.compile(r"; before: (given|refused|nothing)$")
# By which we may write unasked; "*" is all of them, also those to come.
CHANNELS = (Channel.WEB, Channel.EMAIL, Channel.WHATSAPP)
_ABOUT = {
    Purpose.SERVICE: "words about their orders",
    Purpose.MARKETING: "offers",
    Purpose.RESEARCH: "questions about their opinion",
}
_BY = {Channel.WEB: "in the chat", Channel.EMAIL: "by e-mail", Channel.WHATSAPP: "by WhatsApp"}


class NoProof(Invalid):
    """A yes needs how it was given, or the words that were agreed to; else it proves nothing."""

    def __init__(self) -> None:
        super().__init__("Say how it was given, or the wording that they agreed to.", field="how")


@dataclass(frozen=True)
class Word:
    """A yes or a no that was said elsewhere, as whoever heard it tells us."""

    purpose: Purpose
    channel: str  # one of CHANNELS, or ALL_CHANNELS
    is_yes: bool
    at: datetime  # when the customer said so
    how: str = ""  # "the box at the checkout", "on the telephone"
    wording: str = ""  # what they agreed to, word for word

    @property
    def state(self) -> str:
        return _GIVEN if self.is_yes else _REFUSED

    @property
    def proof(self) -> str:
        return ": ".join(part for part in (self.how, self.wording and f"“{self.wording}”") if part)

    @property
    def in_words(self) -> str:
        """As the journey tells it."""
        where = "on every channel" if self.channel == ALL_CHANNELS else _BY[Channel(self.channel)]
        verb = "Agreed to" if self.is_yes else "Wants no"
        return f"{verb} {_ABOUT[self.purpose]} {where}"


def note_word(
    session: Session,
    now: datetime,
    customer_id: str,
    word: Word,
    *,
    channel: str,
    actor: str = Actor.CUSTOMER,
) -> bool:
    """Keep what they said, once; False if it was known. An older word is kept and changes nothing.

    `channel` is where it was said. Raises NoProof.
    """
    if word.is_yes and not word.proof:
        raise NoProof
    customer = session.get_one(Customer, customer_id, with_for_update=True)
    consent = _of(session, customer_id, word.purpose, word.channel)
    if consent is None:
        _add(session, now, customer_id, word)
    elif _is_newer(word, consent):
        consent.state, consent.how = word.state, word.proof
        consent.given_at, consent.updated_at = word.at, now
    of = f"{customer_id}:{word.purpose}:{word.channel}:{word.at.isoformat()}"
    kept = touchpoints.append(
        session,
        now,
        customer_id=customer_id,
        kind=f"consent.{word.state}",
        stage=customer.stage,
        actor=actor,
        channel=channel,
        summary=word.in_words,
        at=word.at,
        about={
            "purpose": word.purpose.value, "channel": word.channel,
            "how": word.how, "wording": word.wording,
        },
        source_id=f"consent.{word.state}:{of}",
    )  # fmt: skip
    return not kept.repeated


def _is_newer(word: Word, than: Consent) -> bool:
    """Of two words of one moment the no holds."""
    if word.at == than.given_at:
        return not word.is_yes and than.state == _GIVEN
    return word.at > than.given_at


def _add(session: Session, now: datetime, customer_id: str, word: Word) -> None:
    session.add(
        Consent(
            id=new_id("cns"),
            customer_id=customer_id,
            channel=word.channel,
            purpose=word.purpose.value,
            state=word.state,
            how=word.proof,
            given_at=word.at,
            created_at=now,
            updated_at=now,
        )
    )
    session.flush()


def refuse(
    session: Session,
    now: datetime,
    customer_id: str,
    *,
    channel: str,
    how: str,
    source_id: str,
    purposes: Iterable[Purpose] = UNASKED,
    on: str = ALL_CHANNELS,
) -> None:
    """They want nothing unasked any more. `how` is the proof: what they did, and where; `on` is
    the channel that they want nothing by.
    """
    for purpose in purposes:
        consent = _of(session, customer_id, purpose, on)
        if consent is None:
            consent = Consent(
                id=new_id("cns"),
                customer_id=customer_id,
                channel=on,
                purpose=purpose.value,
                given_at=now,
                created_at=now,
            )
            session.add(consent)
            before = "nothing"
        else:
            before = _before(consent) if consent.state == _REFUSED else consent.state
        # Another's clock may run before ours; what they say now is newer all the same.
        consent.given_at = max(now, consent.given_at)
        consent.state, consent.updated_at = _REFUSED, now
        consent.how = f"{how}; before: {before}"
    _note(session, now, customer_id, channel, "consent.refused", how, source_id)


def take_back(
    session: Session, now: datetime, customer_id: str, *, channel: str, how: str, source_id: str
) -> bool:
    """They may be written to again, as before they refused; False if they had not refused."""
    refused = session.scalars(
        select(Consent).where(Consent.customer_id == customer_id, Consent.state == _REFUSED)
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


def _of(session: Session, customer_id: str, purpose: Purpose, channel: str) -> Consent | None:
    return session.scalar(
        select(Consent)
        .where(
            Consent.customer_id == customer_id,
            Consent.channel == channel,
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
