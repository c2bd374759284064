"""What a turn raises is seen in the log; the sweep comes back to its conversation."""

import asyncio
from concurrent.futures import Future

from sqlalchemy.exc import OperationalError

from careline.kit.logging import get_logger

log = get_logger("conversation")


def log_fault(done: "Future[None] | asyncio.Future[None]") -> None:
    """For a future's `add_done_callback`."""
    if done.cancelled():
        return
    error = done.exception()
    if isinstance(error, OperationalError):
        log.warning("turn.database_busy", why=str(error.orig))
    elif error is not None:
        log.error("turn.fault", exc_info=error)
