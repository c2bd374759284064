"""One-time codes: who asks learns nothing of others, and who guesses gets nowhere."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from careline.journey.models import (
    Case,
    Conversation,
    Customer,
    Email,
    IdentityLink,
    OneTimeCode,
    Touchpoint,
)
from careline.journey.words import CaseKind, CaseState
from careline.kit.ids import new_id
from careline.service import linking, verify
from careline.service.settlement import open_case
from careline.service.verify import CodeState
from tests.service.conftest import House, talk, visitor

ADA = "ada@example.com"


@pytest.fixture
def chat(house: House) -> str:
    """A conversation of somebody who has not said who they are."""
    with house.services.database.begin() as session:
        return talk(session, visitor(session, house.clock), house.clock)


def mails(house: House) -> list[Email]:
    with house.services.database.read() as session:
        return list(session.scalars(select(Email).order_by(Email.created_at, Email.id)))


def code_in(mail: Email) -> str:
    found = re.search(r"\b\d{6}\b", mail.text)
    assert found is not None
    return found[0]


def enter(house: House, chat: str, digits: str) -> verify.CodeResult:
    with house.services.database.begin() as session:
        return verify.try_code(
            session, house.clock.now(), chat, digits, secret=house.services.secret
        )


def who(house: House, chat: str) -> str | None:
    with house.services.database.read() as session:
        return verify.verified_customer(session, chat)


def test_the_right_code_makes_the_conversation_the_customers(house: House, chat: str) -> None:
    assert verify.request_code(house.services, chat, " ADA@example.com ").sent
    [mail] = mails(house)
    assert mail.to == ADA
    assert code_in(mail) not in mail.subject
    assert who(house, chat) is None
    result = enter(house, chat, code_in(mail))
    assert (result.state, result.customer_id) == (CodeState.ACCEPTED, house.customer)
    assert who(house, chat) == house.customer


def test_what_the_visitor_did_becomes_the_customers(house: House, chat: str) -> None:
    with house.services.database.read() as session:
        stranger = session.get_one(Conversation, chat).customer_id
    request = house.request(CaseKind.COMPLAINT, customer_id=stranger, conversation_id=chat)
    open_case(house.services, request, state=CaseState.HANDED_OVER)
    verify.request_code(house.services, chat, ADA)
    enter(house, chat, code_in(mails(house)[0]))
    with house.services.database.read() as session:
        assert set(session.scalars(select(Touchpoint.customer_id))) == {house.customer}
        assert set(session.scalars(select(Case.customer_id))) == {house.customer}


def test_an_unknown_address_is_answered_like_a_known_one(house: House, chat: str) -> None:
    known = verify.request_code(house.services, chat, ADA)
    unknown = verify.request_code(house.services, chat, "nobody@example.com")
    assert known == unknown
    assert len(mails(house)) == 1
    wrong = [enter(house, chat, "000000") for _ in range(5)]
    assert [r.state for r in wrong] == [CodeState.WRONG] * 4 + [CodeState.TOO_MANY]


def test_after_five_wrong_tries_the_right_code_is_worthless(house: House, chat: str) -> None:
    verify.request_code(house.services, chat, ADA)
    right = code_in(mails(house)[0])
    wrong = "000000" if right != "000000" else "000001"
    assert [enter(house, chat, wrong).tries_left for _ in range(5)] == [4, 3, 2, 1, 0]
    assert enter(house, chat, right).state is CodeState.TOO_MANY
    assert who(house, chat) is None


def test_a_code_is_good_for_ten_minutes_and_once(house: House, chat: str) -> None:
    verify.request_code(house.services, chat, ADA)
    house.clock.advance(timedelta(minutes=10))
    assert enter(house, chat, code_in(mails(house)[0])).state is CodeState.EXPIRED
    verify.request_code(house.services, chat, ADA)
    second = code_in(mails(house)[1])
    assert enter(house, chat, second).state is CodeState.ACCEPTED
    assert enter(house, chat, second).state is CodeState.EXPIRED


def test_a_new_code_ends_the_one_before(house: House, chat: str) -> None:
    verify.request_code(house.services, chat, ADA)
    verify.request_code(house.services, chat, ADA)
    first, second = (code_in(mail) for mail in mails(house))
    if first != second:
        assert enter(house, chat, first).state is CodeState.WRONG
    assert enter(house, chat, second).state is CodeState.ACCEPTED


def test_codes_are_limited_by_address_and_by_conversation(house: House, chat: str) -> None:
    sent = [verify.request_code(house.services, chat, ADA).sent for _ in range(4)]
    assert sent == [True, True, True, False]
    others = [verify.request_code(house.services, chat, f"p{n}@example.com").sent for n in range(3)]
    assert others == [True, True, False]
    house.clock.advance(timedelta(hours=1, seconds=1))
    assert verify.request_code(house.services, chat, ADA).sent


def test_the_code_itself_is_not_kept(house: House, chat: str) -> None:
    verify.request_code(house.services, chat, ADA)
    digits = code_in(mails(house)[0])
    with house.services.database.read() as session:
        [code] = session.scalars(select(OneTimeCode))
    assert digits not in (code.code_hash, code.address_hash)
    assert ADA not in code.address_hash


def test_a_code_of_another_conversation_opens_nothing(house: House, chat: str) -> None:
    with house.services.database.begin() as session:
        other = talk(session, visitor(session, house.clock), house.clock)
    verify.request_code(house.services, chat, ADA)
    assert enter(house, other, code_in(mails(house)[0])).state is CodeState.EXPIRED
    assert who(house, other) is None


def test_whom_we_knew_by_a_number_alone_becomes_one_with_their_account(house: House) -> None:
    """Written by WhatsApp before, now proved by a code: the old cases are theirs as well."""
    with house.services.database.begin() as session:
        now = house.clock.now()
        known = Customer(id=new_id("cus"), name="Ada", created_at=now, updated_at=now)
        session.add(known)
        session.flush()
        chat = talk(session, known.id, house.clock)
        before = talk(session, known.id, house.clock)
    request = house.request(CaseKind.COMPLAINT, customer_id=known.id, conversation_id=before)
    open_case(house.services, request, state=CaseState.HANDED_OVER)
    verify.request_code(house.services, chat, ADA)
    enter(house, chat, code_in(mails(house)[0]))
    with house.services.database.read() as session:
        assert set(session.scalars(select(Case.customer_id))) == {house.customer}
        [link] = session.scalars(select(IdentityLink))
        assert (link.customer_id, link.joined_id, link.how) == (house.customer, known.id, "code")
    with house.services.database.begin() as session:
        linking.undo(session, house.clock.now(), link.id, by="lead:stf_1")
        assert set(session.scalars(select(Case.customer_id))) == {known.id}
