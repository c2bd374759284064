"""What is done in the background: turns that are due again, e-mails, cut-off settlements, and
what time brings to conversations with people.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.exc import OperationalError

from careline import jobs
from careline.bootstrap import Container
from careline.channels import notices
from careline.channels.email.outbox import send_due
from careline.conversation import promising
from careline.conversation.closing import CLOSED_AT_ONCE, close_silent
from careline.conversation.staff import alerts, watching
from careline.journey.message_words import forget_erased
from careline.kit.logging import get_logger
from careline.service import recovery
from careline.touches.dispatch import Counts

log = get_logger("worker")

TURNS_EVERY = timedelta(seconds=1)
TOUCHES_EVERY = timedelta(seconds=1)
EMAILS_EVERY = timedelta(seconds=1)
DESK_EVERY = timedelta(seconds=5)
NOTICES_EVERY = timedelta(seconds=5)
UPKEEP_EVERY = timedelta(seconds=30)
LOG_EVERY = timedelta(milliseconds=200)  # a busy shop writes a long one in a second or two


@dataclass(frozen=True)
class Pass:
    """What one pass did."""

    turns: int
    emails: int
    settlements: int
    closed: int
    desk: int  # returned to the queue, woken, missed levels noted, broken promises told, alerts
    planned: int  # touchpoints that playbooks looked at
    touches: Counts


def tick(container: Container) -> Pass:
    """One pass of everything that is due at the container's time, done before it returns."""
    turns = 0
    for conversation_id in container.turns.due():
        while container.turns.run_next(conversation_id):
            turns += 1
        turns += 1
    container.turns.reassure_late()
    watched = watch_desk(container) + keep_promises(container)
    planned, touches = container.touches.plan(), container.touches.send_due()
    send_notices(container)
    return Pass(
        turns=turns,
        desk=watched,
        settlements=recovery.recover(container.services)
        + recovery.pay_for_received_returns(container.services),
        emails=send_emails(container),
        closed=_close_silent(container),
        planned=planned,
        touches=touches,
    )


def watch_desk(container: Container) -> int:
    """Deadlines, snoozes and those who wait too long; how many conversations that changed."""
    database, policies = container.database, container.policies
    now = container.clock.now()
    with database.begin() as session:
        returned = watching.return_from_silent_staff(session, now, policies)
        woken = watching.end_snoozes(session, now)
        missed = watching.note_missed_levels(session, now)
        told = alerts.alert(session, now, policies, _outside(container))
    for conversation_id in (*returned, *woken):
        container.hub.nudge(conversation_id)
    return len(returned) + len(woken) + missed + told


def send_emails(container: Container) -> int:
    """What is due by e-mail; how many left."""
    look = container.touches.look_before_it_leaves
    return send_due(container.database, container.mailer, container.clock, look)


def send_notices(container: Container) -> int:
    """Signed calls to whom it may concern, who may be slow to answer; how many were taken."""
    secret = container.settings.alert_secret.get_secret_value()
    return notices.send_due(container.database, container.clock, secret)


def keep_promises(container: Container) -> int:
    """Promises whose day has passed; how many customers were told."""
    told = promising.look_after(container.services, container.touches.leave_for_news)
    for conversation_id in told:
        container.hub.nudge(conversation_id)
    return len(told)


def _outside(container: Container) -> alerts.Outside:
    settings = container.settings
    return alerts.Outside(settings.alert_email, settings.alert_webhook, settings.base_url)


class Background:
    """The same, again and again, on threads of the app; stopped with it."""

    def __init__(self, container: Container) -> None:
        self._container = container
        self._stop = threading.Event()
        self._threads = [
            self._every(TURNS_EVERY, "turns", self._turns),
            self._every(DESK_EVERY, "desk", self._desk),
            self._every(NOTICES_EVERY, "notices", self._notices),
            self._every(UPKEEP_EVERY, "upkeep", self._upkeep),
            self._every(LOG_EVERY, "log", self._shorten_log),
        ]
        # What workers do where there are any; see jobs.
        self._handing_out = _handing_out(container)
        if self._handing_out is None:
            self._threads += [
                self._every(EMAILS_EVERY, "emails", self._emails),
                self._every(TOUCHES_EVERY, "planning", self._plan),
                self._every(TOUCHES_EVERY, "touches", self._touches),
            ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()
        if self._handing_out:
            self._handing_out.start()

    def stop(self) -> None:
        self._stop.set()
        if self._handing_out:
            self._handing_out.stop()
        for thread in self._threads:
            thread.join(timeout=5)

    def _turns(self) -> None:
        self._container.lanes.submit_due()
        self._container.turns.reassure_late()

    def _emails(self) -> None:
        send_emails(self._container)

    def _plan(self) -> None:
        self._container.touches.plan()

    def _touches(self) -> None:
        self._container.touches.send_due()

    def _desk(self) -> None:
        watch_desk(self._container)

    def _notices(self) -> None:
        send_notices(self._container)

    def _shorten_log(self) -> None:
        self._container.database.shorten_log()

    def _upkeep(self) -> None:
        keep_promises(self._container)
        done = recovery.recover(self._container.services)
        if done:
            log.info("settlements.recovered", count=done)
        recovery.pay_for_received_returns(self._container.services)
        _close_silent(self._container)
        self._container.touches.sweep()
        if forget_erased(self._container.database):
            log.info("words.forgotten")

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


def _handing_out(container: Container) -> jobs.HandingOut | None:
    settings = container.settings
    if not settings.queue_url.get_secret_value():
        return None
    jobs.check(settings)
    return jobs.HandingOut(container, jobs.celery_app(settings))


def _close_silent(container: Container) -> int:
    """In small units of work, so that nobody waits long for the database."""
    closed = 0
    while True:
        with container.database.begin() as session:
            count = close_silent(session, container.clock.now())
        closed += count
        if count < CLOSED_AT_ONCE:
            return closed
