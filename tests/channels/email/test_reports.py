"""What came back, or was called spam, is believed when it can be, noted once, and heard."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from careline.channels.email.mailers import SmtpMailer
from careline.channels.email.outbox import send_due
from careline.channels.email.reports import (
    Kind,
    MailReport,
    is_about_ours,
    note_report,
    read_message,
)
from careline.journey.models import Identity
from careline.kit.database import Database
from tests.channels.email.doomed import write_mails
from tests.channels.email.smtp import smtp_server
from tests.touches.sending import Floor, floor_on

DELIVERY_STATUS = """\
From: MAILER-DAEMON@mail.example
To: care@shop.example
Subject: Undelivered Mail Returned to Sender
Content-Type: multipart/report; report-type=delivery-status; boundary="b"
MIME-Version: 1.0

--b
Content-Type: text/plain

I'm sorry to have to inform you that your message could not be delivered.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.example
Arrival-Date: Mon, 23 Nov 2026 11:00:00 +0000

Final-Recipient: rfc822; {address}
Action: {action}
Status: {code}
Diagnostic-Code: smtp; 550 {code} no such user

--b
Content-Type: {brought_back}

Message-ID: {message_id}
Subject: A word

--b--
"""
FEEDBACK = """\
From: feedback@mail.example
To: care@shop.example
Content-Type: multipart/report; report-type=feedback-report; boundary="b"
MIME-Version: 1.0

--b
Content-Type: text/plain

This is an email abuse report.

--b
Content-Type: message/feedback-report

Feedback-Type: abuse
User-Agent: SomeGenerator/1.0
Version: 1
Original-Rcpt-To: <{address}>

--b
Content-Type: message/rfc822

Message-ID: {message_id}
Subject: A word

Hello

--b--
"""


@pytest.fixture
def floor(tmp_path: Path) -> Iterator[Floor]:
    database = Database(f"sqlite:///{tmp_path / 'record.db'}")
    database.create_all()
    floor = floor_on(database, tmp_path)
    yield floor
    database.close()


@pytest.fixture
def message_id(floor: Floor) -> str:
    """Of the e-mail that was sent to the only customer, as the mail server got it."""
    write_mails(floor, 1)
    with smtp_server() as (url, kept):
        mailer = SmtpMailer(url, "care@shop.example")
        assert send_due(floor.database, mailer, floor.clock, floor.leaving().look) == 1
    [line] = [each for each in kept[0].splitlines() if each.startswith("Message-ID:")]
    return line.partition(":")[2].strip()


def told(floor: Floor, report: MailReport) -> bool:
    with floor.database.begin() as session:
        return note_report(session, floor.clock.now(), report)


def address_of(floor: Floor) -> Identity:
    with floor.database.read() as session:
        return session.query(Identity).one()


def test_what_came_back_is_not_delivered_and_its_address_is_written_to_no_more(
    floor: Floor, message_id: str
) -> None:
    [mail] = floor.mails()
    report = MailReport(Kind.BOUNCED, mail.to, message_id, "5.1.1")
    assert told(floor, report)
    assert not told(floor, report), "the same again is no news"
    [mail] = floor.mails()
    assert (mail.delivery, mail.delivery_note) == ("failed", "came back, 5.1.1")
    touch = floor.row(mail.touch_id or "")
    assert (touch.state, touch.why, touch.delivered_at) == ("failed", "channel_refused", None)
    assert address_of(floor).refused_note == "came back, 5.1.1"
    floor.clock.advance(timedelta(days=1))
    later = floor.touch(address_of(floor).customer_id, next(iter(floor.playbooks.values())))
    floor.dispatcher().run_due()
    assert floor.decisions(later)[-1][1] == "no_mailbox"


@pytest.mark.parametrize(("code", "fails"), [("4.2.2", False), ("5.2.2", True), ("5.7.1", True)])
def test_a_full_mailbox_or_a_rule_of_theirs_says_nothing_of_the_address(
    floor: Floor, message_id: str, code: str, fails: bool
) -> None:
    [mail] = floor.mails()
    told(floor, MailReport(Kind.BOUNCED, mail.to, message_id, code))
    assert (floor.mails()[0].delivery == "failed") is fails
    assert address_of(floor).refused_at is None


def test_who_calls_it_spam_has_said_stop_to_e_mails(floor: Floor, message_id: str) -> None:
    [mail] = floor.mails()
    assert told(floor, MailReport(Kind.COMPLAINED, mail.to, message_id))
    assert floor.row(mail.touch_id or "").opted_out_at == floor.clock.now()
    floor.clock.advance(timedelta(days=1))
    later = floor.touch(address_of(floor).customer_id, next(iter(floor.playbooks.values())))
    floor.dispatcher().run_due()
    assert floor.decisions(later)[-1] == ("drop", "opted_out")


@pytest.mark.parametrize("brought_back", ["message/rfc822", "text/rfc822-headers"])
def test_a_delivery_status_message_is_read(
    floor: Floor, message_id: str, brought_back: str
) -> None:
    [mail] = floor.mails()
    raw = DELIVERY_STATUS.format(
        address=mail.to, action="failed", code="5.1.1", message_id=message_id,
        brought_back=brought_back,
    )  # fmt: skip
    [report] = read_message(raw.encode())
    assert report == MailReport(Kind.BOUNCED, mail.to, message_id, "5.1.1")
    with floor.database.read() as session:
        assert is_about_ours(session, report)


def test_one_that_is_still_tried_and_one_that_is_no_report_say_nothing() -> None:
    delayed = DELIVERY_STATUS.format(
        address="a@b.example", action="delayed", code="4.4.1", message_id="<1@b>",
        brought_back="message/rfc822",
    )  # fmt: skip
    assert read_message(delayed.encode()) == []
    assert read_message(b"Subject: hello\n\nWhen do you open?") == []
    assert read_message(b"\xff\x00") == []


def test_a_feedback_report_is_read(floor: Floor, message_id: str) -> None:
    [mail] = floor.mails()
    raw = FEEDBACK.format(address=mail.to, message_id=message_id)
    assert read_message(raw.encode()) == [MailReport(Kind.COMPLAINED, mail.to, message_id)]


def test_whoever_knows_no_e_mail_of_ours_closes_no_address(floor: Floor, message_id: str) -> None:
    """Anybody can write to the return address."""
    [mail] = floor.mails()
    with floor.database.read() as session:
        for address, about in ((mail.to, "<1.2.3.touch.tch_guessed@shop.example>"),
                               ("else@example.org", message_id)):  # fmt: skip
            report = MailReport(Kind.BOUNCED, address, about, "5.1.1")
            assert not is_about_ours(session, report)
