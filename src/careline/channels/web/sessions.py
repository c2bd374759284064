"""Chat tokens: random, shown once, only their hash is kept; each opens one conversation."""

import contextlib
import hashlib
import secrets
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from careline.journey.models import ChatSession
from careline.kit.clock import Clock
from careline.kit.database import Database
from careline.kit.errors import Unauthorised
from careline.kit.rows import insert_now


class TokenInvalid(Unauthorised):
    """No token, or one that we never gave out; start a new session."""

    code = "token_invalid"


class TokenExpired(Unauthorised):
    """The session is too old; start a new one."""

    code = "token_expired"


@dataclass(frozen=True)
class Chat:
    """Who is asking: the holder of a token, which opens this one conversation."""

    conversation_id: str
    token_hash: str
    expires_at: datetime


KNOWN_FOR = timedelta(minutes=1)  # after that a token is looked up again: it may be erased
REMEMBERED = 10_000


class Sessions:
    """Reads tokens, and remembers for a moment those that it has seen."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._known: OrderedDict[str, tuple[Chat, datetime]] = OrderedDict()

    def known(self, authorization: str | None) -> Chat | None:
        """The chat that the header opens, if it was read just now; nothing is waited for."""
        chat, until = self._known.get(_hash(_token_in(authorization)), (None, None))
        now = self._clock.now()
        if chat is None or until is None or until <= now:
            return None
        _refuse_expired(chat, now)
        return chat

    def read(self, authorization: str | None) -> Chat:
        """From the record. Raises TokenInvalid, TokenExpired."""
        now = self._clock.now()
        with self._database.read() as session:
            return self._remember(read(session, now, authorization), now)

    def note(self, conversation_id: str, token: str, expires_at: datetime) -> None:
        """Remember a token that was just given out."""
        self._remember(Chat(conversation_id, _hash(token), expires_at), self._clock.now())

    def _remember(self, chat: Chat, now: datetime) -> Chat:
        self._known[chat.token_hash] = (chat, now + KNOWN_FOR)
        if len(self._known) > REMEMBERED:
            with contextlib.suppress(KeyError):  # another thread made room at the same moment
                self._known.popitem(last=False)
        return chat


def issue(session: Session, now: datetime, conversation_id: str, lifetime: timedelta) -> str:
    token = secrets.token_urlsafe(32)
    insert_now(
        session,
        ChatSession,
        token_hash=_hash(token),
        conversation_id=conversation_id,
        expires_at=now + lifetime,
        created_at=now,
        updated_at=now,
    )
    return token


def read(session: Session, now: datetime, authorization: str | None) -> Chat:
    """The chat that the Authorization header opens.

    Raises TokenInvalid, TokenExpired.
    """
    known = session.get(ChatSession, _hash(_token_in(authorization)))
    if known is None:
        raise TokenInvalid("This token is not one of ours; start a new session.")
    chat = Chat(known.conversation_id, known.token_hash, known.expires_at)
    _refuse_expired(chat, now)
    return chat


def _token_in(authorization: str | None) -> str:
    scheme, _, token = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise TokenInvalid("Give the session's token: Authorization: Bearer <token>.")
    return token.strip()


def _refuse_expired(chat: Chat, now: datetime) -> None:
    if chat.expires_at <= now:
        raise TokenExpired("This session has expired; start a new one.")


def _hash(token: str) -> str:
    # Tokens are 256 random bits, so a plain hash is enough; surrogates may come in a header.
    return hashlib.sha256(token.encode(errors="surrogatepass")).hexdigest()
