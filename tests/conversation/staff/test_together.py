"""A customer has one person in charge or none: what waits in the queue, a colleague can take."""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from careline.conversation import staff
from careline.desk.accounts import team
from careline.journey.models import Conversation
from careline.journey.words import Mode, Role
from careline.kit.errors import CarelineError
from careline.worker import tick
from tests.conversation.staff.desk import Desk
from tests.house import Chat


def one_and_a_joined_one(desk: Desk, ref: str = "C1") -> tuple[Chat, Chat]:
    """Lena holds the first and has answered there; the customer writes in another, and waits."""
    base, joined = desk.chat_of(ref), desk.chat_of(ref)
    desk.escalate(base)
    desk.claim(base)
    desk.reply(base, "Which size do you need?")
    joined.say("I am here too")
    return base, joined


def pass_time(desk: Desk, minutes: int) -> None:
    desk.house.clock.advance(timedelta(minutes=minutes))
    tick(desk.house.container)


def queued(desk: Desk) -> list[str]:
    with desk.house.container.database.read() as session:
        found = session.scalars(select(Conversation.id).where(Conversation.mode == Mode.QUEUED))
        return list(found.all())


def test_a_joined_one_that_is_late_goes_back_with_the_one_it_came_by(desk: Desk) -> None:
    base, joined = one_and_a_joined_one(desk)
    pass_time(desk, 61)
    assert set(queued(desk)) == {base.id, joined.id}
    assert "you'll hear from us here by" in joined.history()[-1]["text"]
    assert [m["author"] for m in base.history()] == ["staff"]  # nobody waits there
    desk.claim(joined, desk.tom)
    assert desk.house.conversation(base.id).holder == desk.tom


def test_a_joined_one_is_neither_put_back_nor_passed_to_a_team_alone(desk: Desk) -> None:
    _, joined = one_and_a_joined_one(desk)
    with pytest.raises(staff.CameAlong):
        desk.do(staff.release, joined.id, desk.lena, policies=desk.policies)
    with pytest.raises(staff.CameAlong):
        desk.do(staff.pass_on, joined.id, desk.lena, policies=desk.policies, to_team="finance")
    assert queued(desk) == []


def release(desk: Desk, base: Chat) -> None:
    desk.do(staff.release, base.id, desk.lena, policies=desk.policies)


def pass_to_a_team(desk: Desk, base: Chat) -> None:
    desk.do(staff.pass_on, base.id, desk.lena, policies=desk.policies, to_team="finance")


def let_lena_go(desk: Desk, base: Chat) -> None:
    desk.do(team.let_go, desk.lena, by="admin:cli", policies=desk.policies)


def be_silent(desk: Desk, base: Chat) -> None:
    pass_time(desk, 61)


def make_lena_an_analyst(desk: Desk, base: Chat) -> None:
    desk.do(
        team.change, desk.lena, by="admin:cli", name="Lena Marsh", role=Role.CX, teams=[],
        capacity=None, policies=desk.policies,
    )  # fmt: skip


@pytest.mark.parametrize(
    "give_up", [release, pass_to_a_team, let_lena_go, make_lena_an_analyst, be_silent]
)
def test_given_up_all_of_it_can_be_claimed(
    desk: Desk, give_up: Callable[[Desk, Chat], None]
) -> None:
    base, joined = one_and_a_joined_one(desk)
    give_up(desk, base)
    assert set(queued(desk)) == {base.id, joined.id}
    desk.claim(base, desk.tom)
    assert desk.house.conversation(joined.id).holder == desk.tom


def test_two_that_turn_out_to_be_one_customers_are_given_up_together(desk: Desk) -> None:
    """Lena holds a visitor's chat, who turns out to be somebody she talks with already."""
    known, visitor = desk.chat_of("C1"), desk.house.chat()
    for chat in (known, visitor):
        desk.escalate(chat)
        desk.claim(chat)
    turns_out_to_be(desk, visitor, known)
    release(desk, known)
    assert set(queued(desk)) == {known.id, visitor.id}
    desk.claim(visitor, desk.tom)


def test_what_is_given_up_while_a_colleague_talks_with_them_too_comes_to_that_one(
    desk: Desk,
) -> None:
    known, visitor = desk.chat_of("C1"), desk.house.chat()
    for chat, who in ((known, desk.lena), (visitor, desk.tom)):
        desk.escalate(chat)
        desk.claim(chat, who)
    turns_out_to_be(desk, visitor, known)
    release(desk, known)
    assert desk.house.conversation(known.id).holder == desk.tom


def turns_out_to_be(desk: Desk, visitor: Chat, known: Chat) -> None:
    with desk.house.container.database.begin() as session:
        theirs = session.get_one(Conversation, known.id).customer_id
        session.get_one(Conversation, visitor.id).customer_id = theirs


STEPS: dict[str, Callable[[Desk, str, Chat], object]] = {
    "writes": lambda desk, who, chat: chat.post(text="and now?", wait=0),
    "asks for a person": lambda desk, who, chat: desk.escalate(chat),
    "claim": lambda desk, who, chat: desk.claim(chat, who),
    "take over": lambda desk, who, chat: desk.take_over(chat, who),
    "answer": lambda desk, who, chat: desk.reply(chat, "I look into it", who),
    "release": lambda desk, who, chat: desk.do(staff.release, chat.id, who, policies=desk.policies),
    "to a team": lambda desk, who, chat: desk.do(
        staff.pass_on, chat.id, who, policies=desk.policies, to_team="finance"
    ),
    "to a colleague": lambda desk, who, chat: desk.do(
        staff.pass_on, chat.id, who, policies=desk.policies, to_staff=desk.tom
    ),
    "hand back": lambda desk, who, chat: desk.do(
        staff.hand_back, chat.id, who, "solved", policies=desk.policies
    ),
    "resolve": lambda desk, who, chat: desk.do(
        staff.resolve, chat.id, who, policies=desk.policies, root_cause="unknown"
    ),
    "snooze": lambda desk, who, chat: desk.do(
        staff.snooze, chat.id, who, until_customer_answers=True
    ),
    "an hour": lambda desk, who, chat: pass_time(desk, 61),
    "two days": lambda desk, who, chat: pass_time(desk, 2 * 24 * 60),
}
_customers = count(1)
moves = st.tuples(st.sampled_from(sorted(STEPS)), st.booleans(), st.integers(0, 1))


@settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(moves, min_size=3, max_size=9))
def test_whatever_is_done_what_waits_in_the_queue_can_be_claimed_by_a_colleague(
    desk: Desk, done: list[tuple[str, bool, int]]
) -> None:
    ref = f"P{next(_customers)}"
    chats = one_and_a_joined_one(desk, ref)
    for what, by_lena, which in done:
        with suppress(CarelineError):  # it may not be done now
            STEPS[what](desk, desk.lena if by_lena else desk.tom, chats[which])
        here = [desk.house.conversation(chat.id) for chat in chats]
        waiting = [one for one in here if one.mode == Mode.QUEUED]
        in_charge = [one.holder for one in here if one.mode == Mode.PERSON]
        assert not (waiting and in_charge), what
