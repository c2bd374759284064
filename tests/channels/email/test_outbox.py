"""An e-mail leaves at most once, and its code is forgotten once it has left by SMTP."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session

from careline.channels.email import outbox
from careline.channels.email.mailers import (
    DemoMailer,
    Mailer,
    NoSuchMailbox,
    NotAccepted,
    RefusedForGood,
    SmtpMailer,
)
from careline.journey.models import Email
from careline.kit.clock import FixedClock
from careline.kit.database import Database
from careline.touches.leaving import LastLook
from tests.channels.email.smtp import smtp_server
from tests.house import FRIDAY


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(FRIDAY)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path / 'record.db'}")
    database.create_all()
    with database.begin() as session:
        session.add(
            Email(
                id="eml_1",
                key="code:otc_1",
                to="amelia@shop.example",
                subject="Your code",
                text="Your code is 123456.",
                created_at=FRIDAY,
                updated_at=FRIDAY,
            )
        )
    yield database
    database.close()


def stored(database: Database, email_id: str = "eml_1") -> Email:
    with database.read() as session:
        return session.get_one(Email, email_id)


def add(database: Database, email_id: str, *, to: str, key: str) -> None:
    with database.begin() as session:
        session.add(
            Email(
                id=email_id, key=key, to=to, subject="x", text="x",
                created_at=FRIDAY, updated_at=FRIDAY,
            )
        )  # fmt: skip


@dataclass
class FakeMailer:
    fault: Exception | BaseException | None = None
    keeps_text: bool = False
    sent: list[str] = field(default_factory=list)

    @contextmanager
    def opened(self) -> Iterator["FakeMailer"]:
        yield self

    def send(self, *, to: str, subject: str, text: str, key: str, **_: object) -> None:
        if self.fault is not None:
            raise self.fault
        self.sent.append(text)


def no_touches(session: Session, now: datetime, touch_id: str) -> LastLook:
    raise AssertionError("none of these is a touch's")


def send_due(database: Database, mailer: Mailer, clock: FixedClock) -> int:
    return outbox.send_due(database, mailer, clock, no_touches)


def test_the_demo_keeps_the_text_for_its_outbox(database: Database, clock: FixedClock) -> None:
    assert send_due(database, DemoMailer(), clock) == 1
    assert send_due(database, DemoMailer(), clock) == 0
    assert (stored(database).delivery, stored(database).text) == ("sent", "Your code is 123456.")


def test_a_code_that_left_is_forgotten(database: Database, clock: FixedClock) -> None:
    mailer = FakeMailer()
    send_due(database, mailer, clock)
    assert mailer.sent == ["Your code is 123456."]
    assert stored(database).text == "Your code is ••••••."


def test_not_accepted_is_tried_again_later(database: Database, clock: FixedClock) -> None:
    mailer = FakeMailer(NotAccepted("busy"))
    send_due(database, mailer, clock)
    mailer.fault = None
    assert send_due(database, mailer, clock) == 0
    clock.advance(timedelta(minutes=2))
    assert send_due(database, mailer, clock) == 1


def test_refused_for_good_is_not_tried_again(database: Database, clock: FixedClock) -> None:
    mailer = FakeMailer(RefusedForGood("no such box"))
    send_due(database, mailer, clock)
    clock.advance(timedelta(days=1))
    mailer.fault = None
    assert send_due(database, mailer, clock) == 0
    assert stored(database).delivery == "failed"


def test_cut_off_in_the_middle_it_is_unknown_and_not_sent_again(
    database: Database, clock: FixedClock
) -> None:
    mailer = FakeMailer(SystemExit(9))
    with pytest.raises(SystemExit):
        send_due(database, mailer, clock)
    mailer.fault = None
    clock.advance(timedelta(days=1))
    assert send_due(database, mailer, clock) == 0
    assert stored(database).delivery == "unknown"


EMAIL: dict[str, Any] = {
    "to": "a@b.example",
    "subject": "Hé",
    "text": "Your code is 123456.",
    "key": "code:1",
}


def send(url: str, **email: Any) -> None:
    with SmtpMailer(url, "care@shop.example").opened() as line:
        line.send(**(EMAIL | email))


def test_smtp_takes_the_email() -> None:
    with smtp_server() as (url, kept):
        send(url)
    assert "Your code is 123456." in kept[0]
    assert "Message-ID: <" in kept[0]


def test_smtp_refusals_are_told_apart() -> None:
    with smtp_server("450 later") as (url, _), pytest.raises(NotAccepted):
        send(url)
    with smtp_server("550 nobody") as (url, _), pytest.raises(RefusedForGood):
        send(url)
    with pytest.raises(NotAccepted):
        send("smtp://127.0.0.1:9")
    with pytest.raises(ValueError, match="CARELINE_SMTP_URL"):
        SmtpMailer("mail.example", "care@shop.example")


@pytest.mark.parametrize(
    "to",
    ["", "a@", "a@[", "@b.example", "a@b, x@y", "a@b.example, x@y.example", "a b@c.example",
     "a@b.example\r\nBcc: x@y.example", "Ana <a@b.example>", "a..b@c.example", "a@b..example",
     '"a b"@c.example', "group:a@b.example;"],
)  # fmt: skip
def test_what_is_not_one_address_is_refused_before_anybody_is_asked(to: str) -> None:
    with smtp_server() as (url, kept), pytest.raises(NoSuchMailbox):
        send(url, to=to)
    assert kept == []


def test_an_address_that_is_none_ends_neither_the_pass_nor_in_unknown(
    database: Database, clock: FixedClock
) -> None:
    add(database, "eml_0", to="a@[", key="code:0")
    with smtp_server() as (url, kept):
        assert send_due(database, SmtpMailer(url, "care@shop.example"), clock) == 1
    assert len(kept) == 1
    assert stored(database, "eml_0").delivery == "failed"


def test_a_domain_of_other_letters_is_written_as_the_network_has_it() -> None:
    with smtp_server() as (url, kept):
        send(url, to="a@bücher.example")
    assert "To: a@xn--bcher-kva.example" in kept[0]


@pytest.mark.parametrize(
    ("answer", "is_dead"),
    [("550 nobody", True), ("550 5.1.1 no such user", True), ("550 5.7.1 not from you", False),
     ("552 5.2.2 full", False), ("554 no", False)],
)  # fmt: skip
def test_only_a_refusal_of_the_mailbox_says_that_there_is_none(answer: str, is_dead: bool) -> None:
    with smtp_server(answer) as (url, _), pytest.raises(RefusedForGood) as refused:
        send(url)
    assert isinstance(refused.value, NoSuchMailbox) is is_dead


def test_many_leave_by_one_connection_and_a_refused_one_does_not_end_it(
    database: Database, clock: FixedClock
) -> None:
    for number in range(5):
        add(database, f"eml_{number + 2}", to=f"a{number}@b.example", key=f"k:{number}")
    add(database, "eml_0", to="a@", key="k:9")
    connections: list[str] = []
    with smtp_server(connections=connections) as (url, kept):
        assert send_due(database, SmtpMailer(url, "care@shop.example"), clock) == 6
    assert (len(kept), len(connections)) == (6, 1)


def test_a_connection_that_was_ended_between_two_is_made_again(
    database: Database, clock: FixedClock
) -> None:
    for number in range(4):
        add(database, f"eml_{number + 2}", to=f"a{number}@b.example", key=f"k:{number}")
    connections: list[str] = []
    with smtp_server(connections=connections, hangs_up_after=2) as (url, kept):
        assert send_due(database, SmtpMailer(url, "care@shop.example"), clock) == 5
    assert (len(kept), len(connections)) == (5, 3)


def test_cut_off_after_the_words_were_handed_over_it_is_unknown(
    database: Database, clock: FixedClock
) -> None:
    with smtp_server(hangs_up_after=0) as (url, kept):
        assert send_due(database, SmtpMailer(url, "care@shop.example"), clock) == 0
    assert len(kept) == 1
    assert stored(database).delivery == "unknown"


def test_a_sender_who_is_refused_loses_no_e_mail(database: Database, clock: FixedClock) -> None:
    """That is the shop's own set-up: it can be mended in a day."""
    with smtp_server(sender_answer="530 5.7.0 sign in first") as (url, _):
        send_due(database, SmtpMailer(url, "care@shop.example"), clock)
    assert stored(database).delivery == "pending"


def test_while_nobody_takes_e_mails_a_pass_tries_one(database: Database, clock: FixedClock) -> None:
    add(database, "eml_2", to="a@b.example", key="k:2")
    send_due(database, SmtpMailer("smtp://127.0.0.1:9", "care@shop.example"), clock)
    assert sorted(stored(database, each).tries for each in ("eml_1", "eml_2")) == [0, 1]


def test_what_is_not_taken_waits_ever_longer_and_a_day_at_most(
    database: Database, clock: FixedClock
) -> None:
    began, waits = clock.now(), []
    mailer = FakeMailer(NotAccepted("450"))
    while stored(database).delivery == "pending":
        before = clock.now()
        clock.set(stored(database).due_at or before)
        waits.append(clock.now() - before)
        send_due(database, mailer, clock)
    assert waits == sorted(waits)
    assert waits[1] == timedelta(minutes=1)
    assert timedelta(hours=20) < clock.now() - began < timedelta(hours=30)
    assert stored(database).delivery == "failed"
    assert stored(database).delivery_note.startswith("given up")


def test_a_code_that_has_run_out_is_not_sent(database: Database, clock: FixedClock) -> None:
    with database.begin() as session:
        session.get_one(Email, "eml_1").too_late_at = FRIDAY + timedelta(minutes=10)
    clock.advance(timedelta(minutes=11))
    mailer = FakeMailer()
    assert send_due(database, mailer, clock) == 0
    assert (mailer.sent, stored(database).delivery) == ([], "failed")
