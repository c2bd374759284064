"""A touch is judged once more when its e-mail leaves, and its words are accounted for."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from careline.channels.email import outbox
from careline.channels.email.mailers import NoServer, NoSuchMailbox, NotAccepted
from careline.channels.email.touch_mail import EmailOutlet
from careline.journey.models import Customer, Email, Identity
from careline.journey.repository import add_email, email_of
from careline.journey.words import Channel, MailPriority
from careline.kit.database import Database
from careline.touches import pauses
from careline.touches.leaving import LastLook
from careline.touches.web_outlet import WebOutlet
from tests.touches.sending import (
    FOLLOW_UP,
    RECALL,
    Floor,
    PostOffice,
    floor_on,
    playbook,
)

OUTLETS = (WebOutlet(), EmailOutlet("https://shop.example", "s" * 32, "Shop"))
DAILY = playbook("daily", channels=["email"], too_late_after={"days": 2})
AN_HOUR, A_DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def floor(tmp_path: Path) -> Iterator[Floor]:
    database = Database(f"sqlite:///{tmp_path / 'record.db'}")
    database.create_all()
    made = floor_on(database, tmp_path)
    made.outlets = OUTLETS
    made.playbooks["daily"] = DAILY
    yield made
    database.close()


@pytest.fixture
def office() -> PostOffice:
    return PostOffice()


def written_to(floor: Floor, **more: object) -> tuple[str, str]:
    """A customer who is not in the chat, and a touch whose e-mail waits in the outbox."""
    ana = floor.customer(in_chat=False)
    touch = floor.touch(ana, DAILY, **more)  # type: ignore[arg-type]
    assert floor.dispatcher().run_due().sent == 1
    return ana, touch


def test_after_stop_what_waits_in_the_outbox_does_not_leave(
    floor: Floor, office: PostOffice
) -> None:
    ana, touch = written_to(floor)
    floor.says(ana, yes=False, purpose="service", channel="email")
    assert floor.post(office) == 0
    assert office.taken == []
    assert floor.decisions(touch)[-1] == ("drop", "opted_out")
    [mail] = floor.mails()
    assert (mail.delivery, mail.delivery_note) == ("withdrawn", "opted_out")


def test_words_that_stand_in_the_chat_are_not_said_to_be_unsaid(
    floor: Floor, office: PostOffice
) -> None:
    """The e-mail is dropped; the row tells where the words are, and the caps count them."""
    ana, touch = written_to(floor)
    floor.says(ana, yes=False, purpose="service", channel="email")
    floor.post(office)
    row = floor.row(touch)
    assert (row.state, row.channel, row.why) == ("sent", "web", "opted_out")
    assert "the words stand in the chat" in row.why_note
    assert len(floor.written(ana)) == 1
    floor.is_in_the_chat(ana)
    another = floor.touch(ana, FOLLOW_UP)
    floor.dispatcher().run_due()
    assert floor.decisions(another) == [("hold", "cap_day")]


def test_while_a_person_has_them_it_waits_and_leaves_afterwards(
    floor: Floor, office: PostOffice
) -> None:
    ana, touch = written_to(floor)
    floor.person(ana, takes=True)
    assert floor.post(office) == 0
    assert floor.decisions(touch)[-1] == ("hold", "person_in_charge")
    floor.person(ana, takes=False)
    assert floor.post(office) == 0, "it is looked at again when it is due"
    floor.clock.advance(AN_HOUR)
    assert floor.post(office) == 1
    assert floor.decisions(touch)[-1] == ("send", "fine")
    assert floor.row(touch).delivered_at == floor.clock.now()


def test_an_outage_into_the_night_ends_in_the_morning(floor: Floor, office: PostOffice) -> None:
    _, touch = written_to(floor)
    office.fault = NoServer("ConnectionRefusedError")
    for _ in range(40):  # 11:00 until the night
        floor.post(office)
        floor.clock.advance(timedelta(minutes=15))
    office.fault = None
    assert floor.post(office) == 0
    assert floor.decisions(touch)[-1] == ("hold", "quiet_hours")
    floor.clock.set(floor.mails()[0].due_at or floor.clock.now())
    assert floor.post(office) == 1


def test_a_pause_holds_what_is_written_already(floor: Floor, office: PostOffice) -> None:
    _, touch = written_to(floor)
    with floor.database.begin() as session:
        pauses.pause(
            session, floor.clock.now(), floor.playbooks, "daily", who="cx:1", role="cx", why="x"
        )
    assert floor.post(office) == 0
    assert floor.decisions(touch)[-1] == ("hold", "playbook_paused")


def test_what_was_read_in_the_chat_meanwhile_needs_no_e_mail(
    floor: Floor, office: PostOffice
) -> None:
    _, touch = written_to(floor)
    floor.change(touch, read_at=floor.clock.now())
    assert floor.post(office) == 0
    assert floor.row(touch).state == "sent"
    assert floor.mails()[0].delivery == "withdrawn"


def test_one_that_cannot_be_judged_does_not_hold_up_others(
    floor: Floor, office: PostOffice
) -> None:
    broken = written_to(floor)[1]
    written_to(floor)

    def look(session: Session, now: datetime, touch_id: str) -> LastLook:
        if touch_id == broken:
            raise KeyError("a fault")
        return floor.leaving().look(session, now, touch_id)

    assert outbox.send_due(floor.database, office, floor.clock, look) == 1
    assert sorted(mail.delivery for mail in floor.mails()) == ["pending", "sent"]


def test_an_outage_of_a_day_loses_no_touch_that_still_makes_sense(
    floor: Floor, office: PostOffice
) -> None:
    _, touch = written_to(floor)
    office.fault = NotAccepted("451 4.7.1")  # a greylist, or a server in trouble
    ends = floor.clock.now() + A_DAY
    while floor.clock.now() < ends:
        floor.post(office)
        floor.clock.advance(AN_HOUR)
    assert 5 < floor.mails()[0].tries < 15, "with ever longer waits"
    assert floor.decisions(touch)[1] == ("hold", "channel_down")
    office.fault = None
    floor.clock.advance(timedelta(hours=4))
    assert floor.post(office) == 1
    assert floor.row(touch).state == "sent"


def test_given_up_is_not_refused(floor: Floor, office: PostOffice) -> None:
    """The balance sheet counts a refusal as harm; that our server was down is none."""
    _, touch = written_to(floor)
    office.fault = NotAccepted("451 4.7.1")
    while floor.mails()[0].delivery == "pending":
        floor.clock.set(floor.mails()[0].due_at or floor.clock.now())
        floor.post(office)
    row = floor.row(touch)
    assert floor.clock.now() == row.too_late_at
    assert (row.state, row.why, row.failed_at) == ("sent", "not_taken", None)
    assert floor.mails()[0].delivery == "withdrawn"


def test_a_refused_e_mail_counts_for_the_caps(floor: Floor, office: PostOffice) -> None:
    """Its words stand in the chat all the same."""
    ana, touch = written_to(floor)
    office.fault = NoSuchMailbox("recipient refused, 550")
    floor.post(office)
    assert floor.row(touch).state == "failed"
    floor.is_in_the_chat(ana)
    another = floor.touch(ana, FOLLOW_UP)
    floor.dispatcher().run_due()
    assert floor.decisions(another) == [("hold", "cap_day")]


def test_two_that_an_outage_held_back_do_not_arrive_on_one_day(
    floor: Floor, office: PostOffice
) -> None:
    ana, _ = written_to(floor)
    floor.clock.advance(A_DAY)
    floor.touch(ana, DAILY)
    assert floor.dispatcher().run_due().sent == 1
    assert floor.post(office) == 1
    assert sorted(mail.delivery for mail in floor.mails()) == ["pending", "sent"]
    floor.clock.advance(A_DAY)
    assert floor.post(office) == 1


def test_to_a_dead_address_nothing_unasked_goes_until_the_shop_names_another(
    floor: Floor, office: PostOffice
) -> None:
    ana, _ = written_to(floor)
    dead = floor.mails()[0].to
    office.refuses[dead] = NoSuchMailbox("recipient refused, 550 5.1.1")
    floor.post(office)
    with floor.database.read() as session:
        mailbox = session.scalars(select(Identity).where(Identity.address == dead)).one()
        assert (mailbox.refused_at, mailbox.refused_note) == (
            floor.clock.now(), "recipient refused, 550 5.1.1",
        )  # fmt: skip
    floor.clock.advance(2 * A_DAY)
    later = floor.touch(ana, DAILY)
    floor.dispatcher().run_due()
    assert floor.decisions(later) == [("hold", "no_mailbox")]
    with floor.database.begin() as session:
        customer = session.get_one(Customer, ana)
        add_email(session, floor.clock.now(), customer, "new@b.example", named_at=floor.clock.now())
    floor.clock.set(floor.row(later).due_at)
    assert floor.dispatcher().run_due().sent == 1
    floor.post(office)
    assert office.taken == ["new@b.example"]


def test_the_address_that_the_shop_names_now_is_written_to(
    floor: Floor, office: PostOffice
) -> None:
    ana, _ = written_to(floor)
    with floor.database.begin() as session:
        customer = session.get_one(Customer, ana)
        for address, ago in (("now@b.example", AN_HOUR), ("late@b.example", A_DAY)):
            add_email(
                session, floor.clock.now(), customer, address, named_at=floor.clock.now() - ago
            )
        current = email_of(session, ana)
        assert current is not None
        assert current.address == "now@b.example", "an older naming that came late changes nothing"
    assert floor.post(office) == 1
    assert office.taken == ["now@b.example"], "what waited in the outbox goes there, too"


def test_codes_leave_before_a_recall_to_everybody(floor: Floor, office: PostOffice) -> None:
    for _ in range(3):
        floor.touch(floor.customer(in_chat=False), RECALL)
    floor.dispatcher().run_due()
    floor.clock.advance(timedelta(seconds=10))
    now = floor.clock.now()
    for key, priority in (("promise:1", MailPriority.SERVICE), ("code:1", MailPriority.AWAITED)):
        with floor.database.begin() as session:
            session.add(
                Email(
                    id=f"eml_{key}", key=key, to=f"{key[:4]}@b.example", subject="x", text="x",
                    priority=priority, created_at=now, updated_at=now,
                )
            )  # fmt: skip
    assert floor.post(office) == 5
    assert office.taken[:2] == ["code@b.example", "prom@b.example"]
    assert office.opened_times == 1, "one connection a pass"


def test_its_outlet_offers_no_way_out_that_nobody_reads(floor: Floor) -> None:
    written_to(floor)
    [mail] = floor.mails()
    assert mail.headers is not None
    assert mail.headers["List-Unsubscribe"].startswith("<https://shop.example/unsubscribe/")
    assert "mailto:" not in mail.headers["List-Unsubscribe"]
    assert "Replies to this e-mail reach nobody" in mail.text
    assert "Replies to this e-mail reach nobody" in mail.html
    assert floor.row(mail.touch_id or "").channel == Channel.EMAIL
