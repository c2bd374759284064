"""What a turn raises is seen in the log; the sweep comes back to its conversation."""

from sqlalchemy.exc import OperationalError

from careline.kit.logging import get_logger

log = get_logger("conversation")


def log_fault(error: BaseException | None) -> None:
    if isinstance(error, OperationalError):
        log.warning("turn.database_busy", why=str(error.orig))
    elif error is not None:
        log.error("turn.fault", exc_info=error)
