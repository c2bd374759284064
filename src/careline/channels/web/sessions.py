"""Chat tokens: random, shown once, only their hash is kept; each opens one conversation."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from careline.journey.models import ChatSession
from careline.kit.errors import Unauthorised


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


def issue(session: Session, now: datetime, conversation_id: str, lifetime: timedelta) -> str:
    token = secrets.token_urlsafe(32)
    session.add(
        ChatSession(
            token_hash=_hash(token),
            conversation_id=conversation_id,
            expires_at=now + lifetime,
            created_at=now,
            updated_at=now,
        )
    )
    return token


def read(session: Session, now: datetime, authorization: str | None) -> Chat:
    """The chat that the Authorization header opens.

    Raises TokenInvalid, TokenExpired.
    """
    scheme, _, token = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise TokenInvalid("Give the session's token: Authorization: Bearer <token>.")
    known = session.get(ChatSession, _hash(token.strip()))
    if known is None:
        raise TokenInvalid("This token is not one of ours; start a new session.")
    if known.expires_at <= now:
        raise TokenExpired("This session has expired; start a new one.")
    return Chat(known.conversation_id, known.token_hash)


def _hash(token: str) -> str:
    # Tokens are 256 random bits, so a plain hash is enough; surrogates may come in a header.
    return hashlib.sha256(token.encode(errors="surrogatepass")).hexdigest()
