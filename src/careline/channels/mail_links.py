"""The links that our e-mails carry: go on in the chat as the same person, and no more of these.

The first opens a conversation, so it is random, kept as a hash, good for a week, and belongs to
the browser that used it first. The second only ever takes something away, so it is signed and
good for ever: an old e-mail must still be able to stop the next.
"""

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import jwt
from sqlalchemy.orm import Session

from careline.conversation import messages
from careline.journey.joined import kept_for
from careline.journey.models import Conversation, MailLink, Message, Touch
from careline.kit.errors import CarelineError, NotFound
from careline.kit.ids import new_id
from careline.kit.rows import insert_many

GOOD_FOR = timedelta(days=7)
VERIFIED_BY = "email_link"
_STOPS = "careline-stop"  # the audience of links that stop


class LinkUnknown(NotFound):
    """It is none of ours, or its customer was erased."""

    code = "link_unknown"


class LinkExpired(CarelineError):
    """It was good for a week; the chat on the shop's page is always there."""

    code = "link_expired"
    status = 410


class LinkElsewhere(CarelineError):
    """Another browser opened it first; who it was sent to can go on there, or in the shop."""

    code = "link_used_elsewhere"
    status = 403


@dataclass(frozen=True)
class Stops:
    customer_id: str
    touch_id: str


@dataclass(frozen=True)
class GoesOn:
    """What a link that goes on in the chat leads to."""

    customer_id: str
    conversation_id: str
    touch_id: str


def go_on_links(
    session: Session, now: datetime, wanted: Sequence[GoesOn], *, base_url: str
) -> list[str]:
    tokens = [secrets.token_urlsafe(24) for _ in wanted]
    rows = [_link_row(now, *pair) for pair in zip(wanted, tokens, strict=True)]
    insert_many(session, MailLink, rows)
    return [f"{base_url}/c/{token}" for token in tokens]


def _link_row(now: datetime, leads_to: GoesOn, token: str) -> dict[str, Any]:
    return {
        "id": new_id("mln"),
        "token_hash": _hash(token),
        "customer_id": leads_to.customer_id,
        "conversation_id": leads_to.conversation_id,
        "touch_id": leads_to.touch_id,
        "expires_at": now + GOOD_FOR,
        "created_at": now,
        "updated_at": now,
    }


def find(session: Session, now: datetime, token: str, *, lock: bool = False) -> MailLink:
    """Raises LinkUnknown, LinkExpired."""
    link = session.query(MailLink).filter(MailLink.token_hash == _hash(token))
    found = (link.with_for_update() if lock else link).one_or_none()
    if found is None:
        raise LinkUnknown("This link is none of ours, or it has been taken away.")
    if found.expires_at <= now:
        raise LinkExpired("This link was good for a week, and that is over.")
    return found


def is_opened_by(link: MailLink, browser: str) -> bool:
    """Whether this browser opened it before; False while nobody did. Raises LinkElsewhere."""
    if link.browser_hash is None:
        return False
    if not hmac.compare_digest(link.browser_hash, _hash(browser)):
        raise LinkElsewhere("This link has been opened in another browser.")
    return True


def open_with(session: Session, now: datetime, token: str, browser: str) -> tuple[MailLink, str]:
    """The link, and what this browser has to show the next time.

    Whoever reads the mailbox has shown as much as by a code: the conversation is verified.
    Raises LinkUnknown, LinkExpired, LinkElsewhere.
    """
    link = find(session, now, token, lock=True)
    conversation = conversation_of(session, link)
    if not is_opened_by(link, browser):
        browser = secrets.token_urlsafe(24)
        link.browser_hash, link.used_at, link.updated_at = _hash(browser), now, now
    conversation.verified_by = conversation.verified_by or VERIFIED_BY
    conversation.updated_at = now
    return link, browser


def opened(session: Session, now: datetime, link_id: str) -> MailLink:
    """One that a browser has opened, and that is still good. Raises LinkUnknown, LinkExpired."""
    link = session.get(MailLink, link_id)
    if link is None or link.used_at is None:
        raise LinkUnknown("This link is none of ours, or it has been taken away.")
    if link.expires_at <= now:
        raise LinkExpired("This link was good for a week, and that is over.")
    return link


def conversation_of(session: Session, link: MailLink) -> Conversation:
    """Where the link leads, for writing: after a merge the one that goes on. Raises LinkUnknown."""
    conversation = messages.lock(session, link.conversation_id)
    while conversation.merged_into:
        conversation = messages.lock(session, conversation.merged_into)
    if conversation.customer_id != kept_for(session, link.customer_id):
        raise LinkUnknown("This conversation is no longer this customer's.")
    return conversation


def answers_of(session: Session, link: MailLink) -> list[dict[str, str]]:
    """The buttons under the words that the e-mail brought."""
    touch = session.get(Touch, link.touch_id) if link.touch_id else None
    said = session.get(Message, touch.message_id) if touch and touch.message_id else None
    return list(said.buttons or []) if said else []


def stop_link(secret: str, customer_id: str, touch_id: str, *, base_url: str) -> str:
    token = jwt.encode(
        {"aud": _STOPS, "sub": customer_id, "tch": touch_id}, secret, algorithm="HS256"
    )
    return f"{base_url}/unsubscribe/{token}"


def read_stop(secret: str, token: str) -> Stops:
    """Raises LinkUnknown."""
    try:
        claims = jwt.decode(token, secret, algorithms=["HS256"], audience=_STOPS)
        return Stops(str(claims["sub"]), str(claims.get("tch", "")))
    except (jwt.InvalidTokenError, KeyError, ValueError):
        raise LinkUnknown("This link is none of ours.") from None


def _hash(token: str) -> str:
    # Random and long, so a plain hash is enough; surrogates may come in an address.
    return hashlib.sha256(token.encode(errors="surrogatepass")).hexdigest()
