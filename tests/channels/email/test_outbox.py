"""An e-mail leaves at most once, and its code is forgotten once it has left by SMTP."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from careline.channels.email.mailers import DemoMailer, NotAccepted, RefusedForGood, SmtpMailer
from careline.channels.email.outbox import send_due
from careline.journey.models import Email
from careline.kit.clock import FixedClock
from careline.kit.database import Database
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


def stored(database: Database) -> Email:
    with database.read() as session:
        return session.get_one(Email, "eml_1")


@dataclass
class FakeMailer:
    fault: Exception | None = None
    keeps_text: bool = False
    sent: list[str] = field(default_factory=list)

    def send(self, *, to: str, subject: str, text: str, key: str, **_: object) -> None:
        if self.fault is not None:
            raise self.fault
        self.sent.append(text)


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


@contextmanager
def smtp_server(recipient_answer: str = "250 ok") -> Iterator[tuple[str, list[str]]]:
    """Speaks as much SMTP as is needed, and keeps what it is given."""
    kept: list[str] = []

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self._say("220 here")
            while line := self.rfile.readline().decode().strip():
                match line.split()[0].upper():
                    case "EHLO" | "HELO" | "MAIL" | "RSET":
                        self._say("250 ok")
                    case "RCPT":
                        self._say(recipient_answer)
                    case "DATA":
                        self._say("354 go on")
                        body = b""
                        while not body.endswith(b"\r\n.\r\n"):
                            body += self.rfile.readline()
                        kept.append(body.decode())
                        self._say("250 taken")
                    case _:
                        self._say("500 what")

        def _say(self, line: str) -> None:
            self.wfile.write(line.encode() + b"\r\n")

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        try:
            yield f"smtp://127.0.0.1:{server.server_address[1]}", kept
        finally:
            server.shutdown()


def send(url: str) -> None:
    mailer = SmtpMailer(url, "care@shop.example")
    mailer.send(to="a@b.example", subject="Hé", text="Your code is 123456.", key="code:1")


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
