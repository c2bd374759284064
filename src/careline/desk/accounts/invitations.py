"""Links by which somebody sets their own password: for the newly hired, and after a reset.

A link names the password that it replaces, so it works once: with the new one it is spent.
"""

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
from sqlalchemy.orm import Session

from careline.journey.models import Staff
from careline.kit.errors import Invalid

LIFETIME = timedelta(days=3)
_AUDIENCE = "careline-invitation"


class InvitationSpent(Invalid):
    """The link was used, is too old, or never was one; an admin can make another."""

    code = "invitation_spent"


def token_for(secret: str, who: Staff, now: datetime) -> str:
    claims = {
        "aud": _AUDIENCE,
        "sub": who.id,
        "was": _mark(who),
        "exp": int((now + LIFETIME).timestamp()),
    }
    return jwt.encode(claims, secret, algorithm="HS256")


def whose(session: Session, secret: str, token: str, now: datetime) -> Staff:
    """Raises InvitationSpent."""
    options: Any = {"require": ["exp", "sub", "aud", "was"], "verify_exp": False}
    try:
        claims = jwt.decode(
            token, secret, algorithms=["HS256"], audience=_AUDIENCE, options=options
        )
        expires = datetime.fromtimestamp(claims["exp"], UTC)
    except (jwt.InvalidTokenError, UnicodeError):
        raise _spent() from None
    who = session.get(Staff, str(claims["sub"]))
    if who is None or not who.active or now >= expires or claims["was"] != _mark(who):
        raise _spent()
    return who


def _mark(who: Staff) -> str:
    """Tells one password from the next, and nothing about either."""
    return hashlib.sha256(f"{who.id}:{who.password_hash}".encode()).hexdigest()[:32]


def _spent() -> InvitationSpent:
    return InvitationSpent("This link was used or is too old. Ask an admin for a new one.")
