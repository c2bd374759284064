"""Processes that send the e-mails that are due, and die now and then with one in hand.

    python -m tests.channels.email.doomed DATABASE SMTP SEED CHANCE

Each e-mail has two moments at which its process may end at once (SIGKILL): taken in hand and not
yet handed over, and accepted by the mail server but not yet written down. Used by a test and by
`python -m bench.touches`.
"""

import os
import random
import re
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select

from careline.channels.email.mailers import SmtpMailer
from careline.channels.email.outbox import send_due
from careline.channels.email.touch_mail import EmailOutlet
from careline.journey.models import Email, Touch
from careline.journey.words import Delivery, TouchState
from careline.kit.clock import FixedClock
from careline.kit.database import Database
from careline.kit.logging import configure_logging
from careline.touches import outcomes
from careline.touches.leaving import Leaving
from careline.touches.running import CUT_OFF_AFTER
from careline.touches.web_outlet import WebOutlet
from tests.touches.sending import MONDAY, Floor, playbook, policies

DAILY = playbook("daily", channels=["email"], too_late_after={"days": 2})
_WRITTEN_BY = MONDAY + timedelta(minutes=10)
_PATIENCE_SECONDS = 300
_KEY = re.compile(r"Message-ID:\s+<\S*\.touch\.(tch_[0-9a-z]+)@")


def write_mails(floor: Floor, number: int) -> None:
    """So many customers who are not in the chat, each with an e-mail of a touch in the outbox."""
    floor.outlets = (WebOutlet(), EmailOutlet("https://shop.example", "s" * 32, "Shop"))
    floor.playbooks = {DAILY.name: DAILY}
    for _ in range(number):
        floor.touch(floor.customer(in_chat=False), DAILY)
    while number:  # the channel's rate is so many a second
        number -= floor.dispatcher().run_due().sent
        floor.clock.advance(timedelta(seconds=1))


def send_with_deaths(
    database: Database, smtp_url: str, *, workers: int, chance: float, seed: int
) -> int:
    """Send all that waits, by so many processes at once, each replaced when it dies; how many
    died."""
    url = database.url.render_as_string(hide_password=False)
    slots = [
        subprocess.Popen(
            [sys.executable, "-m", __spec__.name, url, smtp_url, f"{seed}:{number}", str(chance)],
            stdout=subprocess.PIPE,
        )
        for number in range(workers)
    ]
    try:
        return sum(int(slot.communicate(timeout=_PATIENCE_SECONDS)[0]) for slot in slots)
    finally:
        for slot in slots:
            slot.kill()
            slot.wait()


@dataclass(frozen=True)
class Account:
    """What the mail server was given, beside what the record says of it."""

    doubled: int  # given to the server more than once
    lost: int  # "sent" in the record, and never given to the server; or left waiting
    sent: int
    unknown_taken: int  # a process died with it: the server has it
    unknown_not_taken: int  # a process died with it: the server does not
    untold: int  # unknown, and its touch does not say so

    @property
    def unknown(self) -> int:
        return self.unknown_taken + self.unknown_not_taken


def account(database: Database, kept: Iterable[str]) -> Account:
    """After the sweep that tells the touches of those cut off."""
    later = _WRITTEN_BY + CUT_OFF_AFTER * 2
    with database.begin() as session:
        outcomes.note_cut_off(session, later, later - CUT_OFF_AFTER)
    given = Counter(_touch_of(mail) for mail in kept)
    with database.read() as session:
        rows = session.execute(
            select(Email.touch_id, Email.delivery, Touch.state).join(
                Touch, Touch.id == Email.touch_id
            )
        ).all()
    unknown = [(touch, state) for touch, delivery, state in rows if delivery == Delivery.UNKNOWN]
    sent = [touch for touch, delivery, _ in rows if delivery == Delivery.SENT]
    taken = sum(touch in given for touch, _ in unknown)
    return Account(
        doubled=sum(times - 1 for times in given.values()),
        lost=sum(touch not in given for touch in sent) + len(rows) - len(sent) - len(unknown),
        sent=len(sent),
        unknown_taken=taken,
        unknown_not_taken=len(unknown) - taken,
        untold=sum(state != TouchState.UNKNOWN for _, state in unknown),
    )


def _touch_of(mail: str) -> str:
    found = _KEY.search(mail)
    assert found, mail
    return found[1]


def main(url: str, smtp_url: str, seed: str, chance: str) -> int:
    """One process after the other, until nothing waits; how many of them died."""
    died = 0
    while _any_waits(url):
        child = os.fork()  # nothing is open yet, and starting Python anew takes seconds
        if not child:
            _send(url, smtp_url, random.Random(f"{seed}:{died}"), float(chance))
            os._exit(0)
        ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        if ended not in (0, -signal.SIGKILL):
            raise RuntimeError(f"a sending process ended with {ended}")
        died += ended != 0
    return died


def _any_waits(url: str) -> bool:
    database = Database(url)
    with database.read() as session:
        found = session.scalar(select(Email.id).where(Email.delivery == Delivery.PENDING).limit(1))
    database.close()
    return found is not None


def _send(url: str, smtp_url: str, dice: random.Random, chance: float) -> None:
    def perhaps_die(_: str) -> None:
        if dice.random() < chance:
            os.kill(os.getpid(), signal.SIGKILL)

    database = Database(url)
    look = Leaving({DAILY.name: DAILY}, policies().contact).look
    mailer = SmtpMailer(smtp_url, "care@shop.example")
    while send_due(database, mailer, FixedClock(_WRITTEN_BY), look, at_step=perhaps_die):
        pass
    database.close()


if __name__ == "__main__":
    configure_logging(level="ERROR")
    print(main(*sys.argv[1:]))  # noqa: T201 - what the caller reads
