"""A one-time code in a message: recognised and tried at the edge, so that it is never kept."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from careline.conversation.masking import code_in
from careline.service import verify

ENTER_CODE = "/enter_code"  # what the assistant hears instead of the digits


def try_code_in(
    session: Session, now: datetime, conversation_id: str, text: str, *, secret: str
) -> dict[str, Any] | None:
    """What became of the code in the text, for the assistant; None when it holds none."""
    digits = code_in(text)
    if digits is None:
        return None
    result = verify.try_code(session, now, conversation_id, digits, secret=secret)
    return {"state": str(result.state), "tries_left": result.tries_left}
