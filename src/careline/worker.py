"""What is done in the background: turns that are due again, e-mails, cut-off settlements."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.exc import OperationalError

from careline.bootstrap import Container
from careline.channels.email.outbox import send_due
from careline.conversation.closing import CLOSED_AT_ONCE, close_silent
from careline.kit.logging import get_logger
from careline.service import recovery

log = get_logger("worker")

TURNS_EVERY = timedelta(seconds=1)
EMAILS_EVERY = timedelta(seconds=1)
UPKEEP_EVERY = timedelta(seconds=30)


@dataclass(frozen=True)
class Pass:
    """What one pass did."""

    turns: int
    emails: int
    settlements: int
    closed: int


def tick(container: Container) -> Pass:
    """One pass of everything that is due at the container's time, done before it returns."""
    turns = 0
    for conversation_id in container.turns.due():
        while container.turns.run_next(conversation_id):
            turns += 1
        turns += 1
    container.turns.reassure_late()
    return Pass(
        turns=turns,
        settlements=recovery.recover(container.services)
        + recovery.pay_for_received_returns(container.services),
        emails=send_due(container.database, container.mailer, container.clock),
        closed=_close_silent(container),
    )


class Background:
    """The same, again and again, on threads of the app; stopped with it."""

    def __init__(self, container: Container) -> None:
        self._container = container
        self._stop = threading.Event()
        self._threads = [
            self._every(TURNS_EVERY, "turns", self._turns),
            self._every(EMAILS_EVERY, "emails", self._emails),
            self._every(UPKEEP_EVERY, "upkeep", self._upkeep),
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(timeout=5)

    def _turns(self) -> None:
        self._container.lanes.submit_due()
        self._container.turns.reassure_late()

    def _emails(self) -> None:
        send_due(self._container.database, self._container.mailer, self._container.clock)

    def _upkeep(self) -> None:
        done = recovery.recover(self._container.services)
        if done:
            log.info("settlements.recovered", count=done)
        recovery.pay_for_received_returns(self._container.services)
        _close_silent(self._container)

    def _every(self, interval: timedelta, name: str, work: Callable[[], None]) -> threading.Thread:
        def loop() -> None:
            while not self._stop.is_set():
                try:
                    work()
                except OperationalError as error:
                    log.warning("background.database_busy", job=name, why=str(error.orig))
                except Exception as error:
                    log.error("background.fault", job=name, exc_info=error)
                self._stop.wait(interval.total_seconds())

        return threading.Thread(target=loop, name=f"background-{name}", daemon=True)


def _close_silent(container: Container) -> int:
    """In small units of work, so that nobody waits long for the database."""
    closed = 0
    while True:
        with container.database.begin() as session:
            count = close_silent(session, container.clock.now())
        closed += count
        if count < CLOSED_AT_ONCE:
            return closed
