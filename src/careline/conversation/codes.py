"""A one-time code in a message: recognised and tried at the edge, so that it is never kept."""

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from careline.conversation.masking import code_in
from careline.journey.models import OneTimeCode
from careline.service import verify

ENTER_CODE = "/enter_code"  # what the assistant hears instead of the digits


def awaited(session: Session, conversation_id: str) -> bool:
    """Whether this conversation was sent a code that has not done its work; also one spent."""
    state = session.scalar(
        select(OneTimeCode.state)
        .where(OneTimeCode.conversation_id == conversation_id)
        .order_by(OneTimeCode.created_at.desc())
        .limit(1)
    )
    return state in ("sent", "spent")


def try_code_in(
    session: Session, now: datetime, conversation_id: str, text: str, *, secret: str
) -> dict[str, Any] | None:
    """What became of the code in the text, for the assistant; None when it holds none."""
    digits = code_in(text)
    if digits is None:
        return None
    result = verify.try_code(session, now, conversation_id, digits, secret=secret)
    return {"state": str(result.state), "tries_left": result.tries_left}
