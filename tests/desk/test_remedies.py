"""What staff can do: by the bot's policies, and beyond them with a lead's approval."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import select

from careline.conversation.notify import Hub
from careline.desk.remedies import OwnRequest, Remedies, Wish, approvals
from careline.journey.models import Case, Staff
from careline.journey.words import CaseKind, CaseState, Resolution, Role
from careline.kit.clock import FixedClock
from careline.kit.errors import Forbidden, Invalid
from careline.service.policies import Policies, load_policies
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
    yield built  # type: ignore[misc]
    built.services.database.close()
    built.market.database.close()


@pytest.fixture
def remedies(house: House) -> Remedies:
    return Remedies(house.services, Hub())


def wish(house: House, kind: CaseKind, line: str, **more: object) -> Wish:
    made = Wish(house.conversation, kind, "w1", order_number=line.split("-")[0], line_id=line)
    return replace(made, **more)  # type: ignore[arg-type]


def case(house: House, number: str) -> Case:
    with house.services.database.read() as session:
        return session.scalars(select(Case).where(Case.number == number)).one()


def test_what_policy_allows_is_done_at_once_and_once(house: House, remedies: Remedies) -> None:
    asked = wish(house, CaseKind.WRONG_ITEM, house.market.line(BOOTS))
    first = remedies.assess(asked).remedies[0]
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
    remedies.do("stf_lena", asked, remedies.assess(asked).remedies[0])
    assert case(house, handed.case_number).state == CaseState.RESOLVED


def test_above_the_limit_it_waits_for_a_lead_with_the_reason(
    house: House, remedies: Remedies
) -> None:
    asked = wish(house, CaseKind.RETURN, house.market.line(TELEVISION))
    refund = next(
        one for one in remedies.assess(asked).remedies if one.resolution is Resolution.REFUND
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
    assert remedies.assess(asked).refusal is not None
    refund = replace(
        remedies.assess(asked).remedies[-1],
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


def test_declined_it_ends_with_the_reason(house: House, remedies: Remedies) -> None:
    asked = wish(house, CaseKind.RETURN, house.market.line(TELEVISION))
    refund = remedies.assess(asked).remedies[0]
    waiting = remedies.ask_approval("stf_lena", asked, refund, "She is nice")
    with pytest.raises(Invalid):
        remedies.decline("stf_ada", waiting.case_number, " ")
    remedies.decline("stf_ada", waiting.case_number, "Outside the warranty")
    outcome = case(house, waiting.case_number).outcome or {}
    assert outcome["details"]["because"] == "Outside the warranty"


def test_staff_do_not_approve_and_nobody_approves_their_own(
    house: House, remedies: Remedies
) -> None:
    asked = wish(house, CaseKind.RETURN, house.market.line(TELEVISION))
    refund = remedies.assess(asked).remedies[0]
    waiting = remedies.ask_approval("stf_ada", asked, refund, "Third fault this year")
    with pytest.raises(Forbidden):
        remedies.approve("stf_lena", waiting.case_number)
    with pytest.raises(OwnRequest):
        remedies.approve("stf_ada", waiting.case_number)
    remedies.approve("stf_kim", waiting.case_number)
