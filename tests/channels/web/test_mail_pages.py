"""The links of our e-mails: one goes on in the chat as the same person, one stops."""

import re
from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select

from careline.channels.email.touch_mail import EmailOutlet
from careline.channels.tokens import identity_token, link_token
from careline.conversation import messages
from careline.conversation.receive import BUTTONS_STAY_GOOD_FOR
from careline.journey.models import (
    Audit,
    Consent,
    Conversation,
    Customer,
    Email,
    MailLink,
    Touch,
)
from careline.journey.words import Channel, Purpose
from careline.touches.facts import ChannelFacts, CustomerFacts
from careline.touches.ports import Parcel, Put
from careline.touches.wording import Worded
from tests.house import House

SAID = Worded("Is everything all right with order 10482?", (), "Order 10482")


def mailed(house: House, touch: str = "tch_1", buttons: tuple[dict[str, str], ...] = ()) -> Email:
    """A touch that was put into an e-mail, as the dispatcher does it."""
    now = house.clock.now()
    outlet = EmailOutlet(
        "http://testserver", house.container.settings.secret.get_secret_value(), "Shop"
    )
    facts = CustomerFacts(
        "cus_ana", ZoneInfo("Europe/London"), "GB", "", "use",
        channels={Channel.EMAIL: ChannelFacts(Channel.EMAIL, True, "ana@shop.example")},
    )  # fmt: skip
    with house.container.database.begin() as session:
        ana = session.get(Customer, "cus_ana")
        if ana is None:
            ana = Customer(id="cus_ana", name="Ana Lima", created_at=now, updated_at=now)
            session.add(ana)
            session.flush()
        row = Touch(
            id=touch, key=touch, customer_id="cus_ana", playbook="unboxing_check_in",
            trigger="tpt_1", trigger_at=now, due_at=now, planned_for=now,
            too_late_at=now + timedelta(days=5), created_at=now, updated_at=now,
        )  # fmt: skip
        session.add(row)
        session.flush()
        worded = replace(SAID, buttons=buttons)
        (put,) = outlet.put(session, now, [Parcel(row, worded, facts, ana)])
        assert isinstance(put, Put)
        row.state, row.sent_at = "sent", now
        row.conversation_id, row.message_id = put.conversation_id, put.message_id
        return session.scalars(select(Email).where(Email.touch_id == touch)).one()


def path_in(email: Email, begins: str) -> str:
    found = re.search(rf"http://testserver(/{begins}/\S+)", email.text)
    assert found, email.text
    return found[1]


def identity_in(page: str) -> str:
    found = re.search(r'data-identity="([^"]+)"', page)
    assert found, page
    return found[1]


def consents(house: House) -> dict[str, str]:
    with house.container.database.read() as session:
        rows = session.scalars(select(Consent).where(Consent.customer_id == "cus_ana"))
        return {row.purpose: row.state for row in rows}


def test_the_link_opens_the_conversation_as_the_same_person(house: House) -> None:
    link = path_in(mailed(house), "c")
    looked = house.client.get(link)
    assert "Hello <bdi>Ana</bdi>" in looked.text
    opened = house.client.post(link)
    assert opened.status_code == 200
    assert opened.headers["referrer-policy"] == "no-referrer"
    chat = house.chat(identity_in(opened.text))
    assert [m["text"] for m in chat.history()] == [SAID.text]
    assert house.conversation(chat.id).customer_id == "cus_ana"
    assert house.conversation(chat.id).verified_by == "email_link"


def test_looking_at_the_page_opens_nothing_and_uses_nothing_up(house: House) -> None:
    link = path_in(mailed(house), "c")
    for _ in range(3):
        assert "data-identity" not in house.client.get(link).text
    assert house.client.post(link).status_code == 200


def test_a_forwarded_link_opens_nothing_once_it_was_used(house: House) -> None:
    link = path_in(mailed(house), "c")
    assert house.client.post(link).status_code == 200
    assert house.client.post(link).status_code == 200  # the same browser, again
    house.client.cookies.clear()
    elsewhere = house.client.post(link)
    assert elsewhere.status_code == 403
    assert "data-identity" not in elsewhere.text
    assert "another browser" in elsewhere.text


def test_who_used_it_comes_in_at_once_the_next_time_and_a_week_later_no_more(house: House) -> None:
    link = path_in(mailed(house), "c")
    page = house.client.post(link).text
    assert "data-identity" in house.client.get(link).text
    chat = house.chat(identity_in(page))
    house.clock.advance(timedelta(days=6))
    assert chat.history()
    house.clock.advance(timedelta(days=2))
    late = house.client.get("/api/chat/messages", headers=chat.headers)
    assert (late.status_code, late.json()["error"]["code"]) == (401, "token_expired")


def test_what_the_page_shows_at_the_chat_is_not_a_shops_identity(house: House) -> None:
    """Nor the other way round: each secret opens its own door."""
    link = path_in(mailed(house), "c")
    settings = house.container.settings
    now = house.clock.now()
    with house.container.database.read() as session:
        link_id = session.scalars(select(MailLink.id)).one()
    unopened = link_token(settings.secret.get_secret_value(), link_id, now)
    forged = link_token(settings.identity_secret.get_secret_value(), link_id, now)
    for identity in (unopened, forged):
        answer = house.client.post("/api/chat/sessions", json={"identity": identity})
        assert answer.status_code in (401, 404)
    house.client.post(link)
    answer = house.client.post("/api/chat/sessions", json={"identity": forged})
    assert answer.status_code == 401


FOUR = {"title": "4", "payload": '/give_rating_or_feedback{"choice": "tch_1:csat:4"}'}
FIVE = {"title": "5 · great", "payload": '/give_rating_or_feedback{"choice": "tch_1:csat:5"}'}


def test_an_answer_in_the_e_mail_is_given_by_one_press_and_once(house: House) -> None:
    email = mailed(house, buttons=(FOUR, FIVE))
    found = re.search(r"5 · great: http://testserver(/c/\S+)", email.text)
    assert found, email.text
    link = found[1]
    looked = house.client.get(link)
    assert "<bdi>5 · great</bdi>" in looked.text
    [conversation] = conversations(house)
    assert [m.author for m in house.messages(conversation)] == ["bot"]
    path, _, query = link.partition("?")
    for _ in range(2):
        house.client.post(path, data={"answer": query.removeprefix("answer=")})
    said = [(m.text, m.payload) for m in house.messages(conversation) if m.direction == "in"]
    assert said == [("5 · great", FIVE["payload"])]


def test_an_answer_that_comes_too_late_is_said_not_to_be_taken(house: House) -> None:
    """Much was said since: nobody is left to think that their score arrived."""
    link = path_in(mailed(house, buttons=(FOUR, FIVE)), "c").partition("?")[0]
    [conversation] = conversations(house)
    with house.container.database.begin() as session:
        for number in range(BUTTONS_STAY_GOOD_FOR):
            messages.say(
                session, house.clock.now(), messages.lock(session, conversation),
                key=f"later:{number}", text=f"line {number}",
            )  # fmt: skip
    opened = house.client.post(link, data={"answer": "1"})
    assert "<bdi>5 · great</bdi>” was not taken" in opened.text
    assert "data-identity" in opened.text, "the chat opens all the same"
    assert not [m for m in house.messages(conversation) if m.direction == "in"]


def test_a_made_up_answer_opens_the_chat_and_says_nothing(house: House) -> None:
    link = path_in(mailed(house, buttons=(FOUR,)), "c").partition("?")[0]
    assert "data-identity" in house.client.post(link, data={"answer": "9"}).text
    [conversation] = conversations(house)
    assert [m.author for m in house.messages(conversation)] == ["bot"]


def conversations(house: House) -> list[str]:
    with house.container.database.read() as session:
        return list(session.scalars(select(Conversation.id)))


def test_after_a_week_it_says_so_and_where_to_go_on(house: House) -> None:
    link = path_in(mailed(house), "c")
    house.clock.advance(timedelta(days=8))
    for answer in (house.client.get(link), house.client.post(link)):
        assert answer.status_code == 410
        assert "run out" in answer.text


def test_a_made_up_link_is_none(house: House) -> None:
    for path in ("/c/made-up", "/unsubscribe/made.up.token"):
        assert house.client.get(path).status_code == 404
        assert house.client.post(path).status_code == 404


def test_one_press_in_the_mail_program_stops_everything_unasked(house: House) -> None:
    email = mailed(house)
    assert email.headers is not None
    link = email.headers["List-Unsubscribe"].strip("<>").removeprefix("http://testserver")
    assert house.client.get(link).status_code == 200
    assert consents(house) == {}
    for _ in range(2):
        answer = house.client.post(link, data={"List-Unsubscribe": "One-Click"})
        assert answer.status_code == 200
    assert consents(house) == {purpose.value: "refused" for purpose in Purpose}
    with house.container.database.read() as session:
        assert session.get_one(Touch, "tch_1").opted_out_at == house.clock.now()
        [first, _] = session.scalars(select(Audit).where(Audit.did == "consent.refused"))
        assert (first.subject, first.details["touch"]) == ("cus_ana", "tch_1")


def test_only_surveys_may_be_stopped(house: House) -> None:
    link = path_in(mailed(house), "unsubscribe")
    assert "your opinion any more" in house.client.post(link, data={"what": "surveys"}).text
    assert consents(house) == {"research": "refused"}


def test_the_signature_of_a_link_cannot_be_bent_to_another_customer(house: House) -> None:
    link = path_in(mailed(house), "unsubscribe")
    head, body, signature = link.rsplit("/", 1)[1].split(".")
    bent = body[:-2] + ("AA" if not body.endswith("AA") else "BB")
    assert house.client.post(f"/unsubscribe/{head}.{bent}.{signature}").status_code == 404
    assert consents(house) == {}


def test_a_new_device_finds_what_was_said_unasked_until_it_is_answered(house: House) -> None:
    mailed(house)
    first, second = house.chat(page_identity(house)), house.chat(page_identity(house))
    assert first.id == second.id
    first.say("all good, thanks")
    assert house.chat(page_identity(house)).id != first.id


def existing(house: House) -> str | None:
    """What a page of the shop on a new device asks: is there a conversation that goes on?"""
    body = {"identity": page_identity(house), "existing": True}
    answer = house.client.post("/api/chat/sessions", json=body)
    assert answer.status_code in (201, 204), answer.text
    return answer.json()["conversation"] if answer.status_code == 201 else None


def test_a_new_device_goes_on_with_the_conversation_of_the_last_days(house: House) -> None:
    first = house.chat(page_identity(house, known=True))
    assert existing(house) is None, "nobody has said anything in it"
    first.say("hello")
    assert existing(house) == first.id
    house.clock.advance(timedelta(days=8))
    assert existing(house) is None


def test_a_conversation_with_people_goes_on_however_old_it_is(house: House) -> None:
    first = house.chat(page_identity(house, known=True))
    first.say("hello")
    with house.container.database.begin() as session:
        session.get_one(Conversation, first.id).mode = "queued"
    house.clock.advance(timedelta(days=30))
    assert existing(house) == first.id


def test_asking_takes_nobody_into_the_record(house: House) -> None:
    secret = house.container.settings.identity_secret.get_secret_value()
    identity = identity_token(secret, "C-nobody-yet", house.clock.now())
    body = {"identity": identity, "existing": True}
    assert house.client.post("/api/chat/sessions", json=body).status_code == 204
    with house.container.database.read() as session:
        assert session.scalars(select(Customer)).all() == []


def test_an_unproved_conversation_is_given_to_nobody(house: House) -> None:
    chat = house.chat()
    chat.say("I am Ana, honestly")
    page_identity(house, known=True)
    with house.container.database.begin() as session:
        session.get_one(Conversation, chat.id).customer_id = "cus_ana"
    assert existing(house) is None


def page_identity(house: House, *, known: bool = False) -> str:
    """What the shop's page vouches for; `known`: she is in the record."""
    now = house.clock.now()
    if known:
        with house.container.database.begin() as session:
            session.add(Customer(id="cus_ana", name="Ana Lima", created_at=now, updated_at=now))
    secret = house.container.settings.identity_secret.get_secret_value()
    return identity_token(secret, "cus_ana", now)


def test_only_e_mails_may_stop_and_the_chat_goes_on(house: House) -> None:
    link = path_in(mailed(house), "unsubscribe")
    assert "By e-mail only" in house.client.get(link).text
    page = house.client.post(link, data={"what": "surveys", "where": "email"}).text
    assert "ask for your opinion any more by e-mail" in page
    with house.container.database.read() as session:
        rows = session.scalars(select(Consent).where(Consent.customer_id == "cus_ana")).all()
    assert [(row.purpose, row.channel, row.state) for row in rows] == [
        ("research", "email", "refused")
    ]
