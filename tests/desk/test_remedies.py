"""What staff can do: by the bot's policies, and beyond them with a lead's approval."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import select

from careline.conversation import clocks, staff
from careline.conversation.notify import Hub
from careline.desk import attention
from careline.desk.remedies import NotVerified, OwnRequest, Remedies, Wish, approvals
from careline.journey.models import Case, Conversation, Email, Message, Promise, Staff, Touchpoint
from careline.journey.words import CaseKind, CaseState, Mode, Resolution, Role
from careline.kit.clock import FixedClock
from careline.kit.errors import Forbidden, Invalid
from careline.service.policies import Policies, load_policies
from careline.service.promises import ANSWER_GIVEN
from careline.service.settlement import RemedyNotAllowed, open_case
from careline.shops.protocol import Money
from tests.service.conftest import HOME, NOW, House, build

TELEVISION = "Lookout television 43"
BOOTS = "Harbour boots | 40, navy"


@pytest.fixture(scope="module")
def policies() -> Policies:
    return load_policies(HOME / "policies")


@pytest.fixture
def house(tmp_path: Path, policies: Policies) -> House:
    built = build(tmp_path, FixedClock(NOW), policies)
    with built.services.database.begin() as session:
        for name, role in (("lena", Role.STAFF), ("ada", Role.LEAD), ("kim", Role.LEAD)):
            session.add(
                Staff(
                    id=f"stf_{name}", email=f"{name}@shop.example", name=name.title(),
                    role=role.value, teams=[], active=True, created_at=NOW, updated_at=NOW,
                )
            )  # fmt: skip
    hold(built, "stf_lena")
    yield built  # type: ignore[misc]
    built.services.database.close()
    built.market.database.close()


@pytest.fixture
def remedies(house: House) -> Remedies:
    return Remedies(house.services, Hub())


def hold(house: House, who: str, **more: object) -> None:
    """The conversation is in that colleague's hands."""
    with house.services.database.begin() as session:
        conversation = session.get_one(Conversation, house.conversation)
        conversation.mode, conversation.holder = Mode.PERSON, who
        for name, value in more.items():
            setattr(conversation, name, value)


def leave_to(house: House, mode: Mode) -> None:
    with house.services.database.begin() as session:
        conversation = session.get_one(Conversation, house.conversation)
        clocks.stop_all(conversation)
        conversation.mode = mode


def wish(house: House, kind: CaseKind, line: str, **more: object) -> Wish:
    made = Wish(house.conversation, kind, "w1", order_number=line.split("-")[0], line_id=line)
    return replace(made, **more)  # type: ignore[arg-type]


def case(house: House, number: str) -> Case:
    with house.services.database.read() as session:
        return session.scalars(select(Case).where(Case.number == number)).one()


def test_what_policy_allows_is_done_at_once_and_once(house: House, remedies: Remedies) -> None:
    asked = wish(house, CaseKind.WRONG_ITEM, house.market.line(BOOTS))
    first = remedies.assess("stf_lena", asked).remedies[0]
    settled = remedies.do("stf_lena", asked, first)
    again = remedies.do("stf_lena", asked, first)
    assert settled.state is CaseState.RESOLVED
    assert (again.case_number, again.repeated) == (settled.case_number, True)
    assert (case(house, settled.case_number).chosen or {})["asked_by"] == "stf_lena"


def test_what_the_bot_handed_over_is_dealt_with_by_it(house: House, remedies: Remedies) -> None:
    line = house.market.line(BOOTS)
    handed = open_case(
        house.services, house.request(CaseKind.WRONG_ITEM, line), state=CaseState.HANDED_OVER
    )
    asked = wish(house, CaseKind.WRONG_ITEM, line)
    remedies.do("stf_lena", asked, remedies.assess("stf_lena", asked).remedies[0])
    assert case(house, handed.case_number).state == CaseState.RESOLVED


def test_above_the_limit_it_waits_for_a_lead_with_the_reason(
    house: House, remedies: Remedies
) -> None:
    asked = wish(house, CaseKind.RETURN, house.market.line(TELEVISION))
    refund = next(
        one
        for one in remedies.assess("stf_lena", asked).remedies
        if one.resolution is Resolution.REFUND
    )
    assert refund.needs_approval
    waiting = remedies.ask_approval("stf_lena", asked, refund, "Third fault this year")
    assert waiting.state is CaseState.WAITING_APPROVAL
    with house.services.database.read() as session:
        (shown,) = approvals(session)
    assert (shown.asked_by, shown.because) == ("Lena", "Third fault this year")
    approved = remedies.approve("stf_ada", waiting.case_number)
    assert approved.state is CaseState.RESOLVED
    with house.services.database.read() as session:
        assert approvals(session) == []


def test_beyond_the_rules_only_a_lead_can_allow_it(house: House, remedies: Remedies) -> None:
    asked = wish(house, CaseKind.RETURN, house.market.line(BOOTS, days=200))
    assert remedies.assess("stf_lena", asked).refusal is not None
    refund = replace(
        remedies.assess("stf_lena", asked).remedies[-1],
        resolution=Resolution.REFUND,
        amount=Money(Decimal("10.00"), "GBP"),
        method="Visa ending 4242",
        collect_old=False,
    )
    with pytest.raises(RemedyNotAllowed):
        remedies.do("stf_lena", asked, refund)
    waiting = remedies.ask_approval("stf_lena", asked, refund, "We sent the wrong size guide")
    assert waiting.state is CaseState.WAITING_APPROVAL
    assert remedies.approve("stf_ada", waiting.case_number).state is CaseState.RESOLVED


def above_the_limit(house: House, remedies: Remedies, because: str = "Third fault") -> str:
    """The number of a case in which Lena asked for a refund that a lead has to agree to."""
    asked = wish(house, CaseKind.RETURN, house.market.line(TELEVISION))
    refund = remedies.assess("stf_lena", asked).remedies[0]
    return remedies.ask_approval("stf_lena", asked, refund, because).case_number


def said(house: House) -> list[Message]:
    with house.services.database.read() as session:
        found = session.scalars(select(Message).where(Message.author == "system"))
        return list(found.all())


def answer_promise(house: House) -> str:
    with house.services.database.read() as session:
        return session.scalars(select(Promise.state).where(Promise.what == ANSWER_GIVEN)).one()


def kinds(house: House) -> list[str]:
    with house.services.database.read() as session:
        return list(session.scalars(select(Touchpoint.kind)).all())


def test_declined_it_ends_with_the_reason(house: House, remedies: Remedies) -> None:
    number = above_the_limit(house, remedies)
    with pytest.raises(Invalid):
        remedies.decline("stf_ada", number, " ")
    remedies.decline("stf_ada", number, "Outside the warranty")
    outcome = case(house, number).outcome or {}
    assert outcome["details"]["because"] == "Outside the warranty"


@pytest.mark.parametrize("mode", [Mode.BOT, Mode.CLOSED])
def test_a_no_is_told_by_us_where_nobody_else_speaks_and_no_playbook_hears_of_it(
    house: House, remedies: Remedies, mode: Mode
) -> None:
    number = above_the_limit(house, remedies)
    leave_to(house, mode)
    remedies.decline("stf_ada", number, "It is outside the warranty")
    (line,) = said(house)
    assert "a refund of £" in line.text
    assert "The reason: It is outside the warranty." in line.text
    assert [button["title"] for button in line.buttons] == ["Talk to a person"]
    assert answer_promise(house) == "kept"
    assert "case.declined" in kinds(house)
    assert "case.resolved" not in kinds(house)
    with house.services.database.read() as session:
        assert [one.text for one in session.scalars(select(Email))] == [
            f"{line.text}\n\n{house.services.shop_name}"
        ]


def test_a_yes_is_told_with_the_amount_and_the_day(house: House, remedies: Remedies) -> None:
    number = above_the_limit(house, remedies)
    leave_to(house, Mode.BOT)
    remedies.approve("stf_ada", number)
    (line,) = said(house)
    assert "agreed: once we have the goods, £" in line.text
    assert "December" in line.text
    assert answer_promise(house) == "kept"


def test_who_holds_the_conversation_owes_the_customer_the_decision(
    house: House, remedies: Remedies
) -> None:
    number = above_the_limit(house, remedies)
    remedies.decline("stf_ada", number, "It is outside the warranty")
    assert said(house) == []
    assert answer_promise(house) == "open"  # nobody has told them yet
    with house.services.database.begin() as session:
        held = session.get_one(Conversation, house.conversation)
        assert held.due_at is not None
        (note,) = staff.notes_about(session, held.customer_id)
        assert note.author_name == "Ada"
        assert note.text.endswith(f"case {number}: It is outside the warranty. Tell the customer.")
        staff.reply(
            session, NOW, held.id, "stf_lena", "Sorry, it has to be a no",
            seen_up_to=0, client_id="r1", policies=house.services.policies,
        )  # fmt: skip
    assert answer_promise(house) == "kept"


def test_an_answer_before_the_lead_has_decided_does_not_keep_the_promise(
    house: House, remedies: Remedies
) -> None:
    above_the_limit(house, remedies)
    with house.services.database.begin() as session:
        staff.reply(
            session, NOW, house.conversation, "stf_lena", "I have asked a colleague",
            seen_up_to=0, client_id="r1", policies=house.services.policies,
        )  # fmt: skip
    assert answer_promise(house) == "open"


def test_in_the_queue_the_decision_waits_for_whoever_claims_it(
    house: House, remedies: Remedies
) -> None:
    number = above_the_limit(house, remedies)
    leave_to(house, Mode.QUEUED)
    remedies.decline("stf_ada", number, "It is outside the warranty")
    assert said(house) == []
    with house.services.database.read() as session:
        queued = session.get_one(Conversation, house.conversation)
    assert "It is outside the warranty" in queued.handover_summary
    assert queued.due_at is not None


def test_leads_see_how_many_wait_and_by_when_and_who_asked_hears_what_was_decided(
    house: House, remedies: Remedies
) -> None:
    number = above_the_limit(house, remedies)
    with house.services.database.read() as session:
        assert attention.look(session, NOW).approvals == 1
        (waiting,) = approvals(session)
    assert waiting.answer_by == NOW.date()
    remedies.decline("stf_ada", number, "It is outside the warranty")
    with house.services.database.read() as session:
        after = attention.look(session, NOW)
    assert after.approvals == 0
    (decided,) = after.decided
    assert decided.asked_by == "stf_lena"
    assert decided.said == f"{number} was declined: It is outside the warranty"


def test_nothing_is_done_for_somebody_who_has_not_shown_who_they_are(
    house: House, remedies: Remedies
) -> None:
    asked = wish(house, CaseKind.WRONG_ITEM, house.market.line(BOOTS))
    best = remedies.assess("stf_lena", asked).remedies[0]
    hold(house, "stf_lena", verified_by="")
    for attempt in (
        lambda: remedies.assess("stf_lena", asked),
        lambda: remedies.do("stf_lena", asked, best),
        lambda: remedies.ask_approval("stf_lena", asked, best, "please"),
    ):
        with pytest.raises(NotVerified):
            attempt()
    assert kinds(house) == []


def test_only_who_holds_the_conversation_does_something_in_it(
    house: House, remedies: Remedies
) -> None:
    asked = wish(house, CaseKind.WRONG_ITEM, house.market.line(BOOTS))
    best = remedies.assess("stf_lena", asked).remedies[0]
    hold(house, "stf_kim")
    with pytest.raises(staff.NotYours):
        remedies.do("stf_lena", asked, best)
    leave_to(house, Mode.BOT)
    with pytest.raises(staff.NotYours):
        remedies.assess("stf_lena", asked)


def test_staff_do_not_approve_and_nobody_approves_their_own(
    house: House, remedies: Remedies
) -> None:
    asked = wish(house, CaseKind.RETURN, house.market.line(TELEVISION))
    hold(house, "stf_ada")
    refund = remedies.assess("stf_ada", asked).remedies[0]
    waiting = remedies.ask_approval("stf_ada", asked, refund, "Third fault this year")
    with pytest.raises(Forbidden):
        remedies.approve("stf_lena", waiting.case_number)
    with pytest.raises(OwnRequest):
        remedies.approve("stf_ada", waiting.case_number)
    remedies.approve("stf_kim", waiting.case_number)
