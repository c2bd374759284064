"""Who comes back with what we had put right is not a new customer with a new matter."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from careline.journey.models import Case, Touchpoint
from careline.journey.words import CaseKind, CaseState, Resolution
from careline.service.settlement import assess_request, open_case, settle
from tests.service.conftest import House

BOOTS = "Harbour boots | 40, navy"


def put_right(house: House, kind: CaseKind, line: str, wished: Resolution) -> str:
    request = house.request(kind, line)
    remedy = next(
        r for r in assess_request(house.services, request).remedies if r.resolution is wished
    )
    return settle(house.services, request, remedy).case_number


def back_with(house: House, kind: CaseKind, line: str) -> str:
    request = house.request(kind, line)
    return open_case(house.services, request, state=CaseState.HANDED_OVER).case_number


def reopened(house: House) -> list[dict[str, object]]:
    with house.services.database.read() as session:
        found = session.scalars(select(Touchpoint).where(Touchpoint.kind == "case.reopened"))
        return [dict(one.about) for one in found]


def times_reopened(house: House, number: str) -> int:
    with house.services.database.read() as session:
        return session.scalars(select(Case.reopened).where(Case.number == number)).one()


def test_still_broken_after_it_was_put_right_opens_the_matter_again(house: House) -> None:
    line = house.market.line(BOOTS)
    first = put_right(house, CaseKind.FAULTY, line, Resolution.KEEP_ITEM)
    house.clock.advance(timedelta(days=4))
    again = back_with(house, CaseKind.FAULTY, line)
    assert [(one["case"], one["reopens"]) for one in reopened(house)] == [(again, first)]
    assert times_reopened(house, first) == 1
    assert times_reopened(house, again) == 0


def test_so_does_trouble_with_what_was_sent_to_put_it_right(house: House) -> None:
    first = put_right(house, CaseKind.WRONG_ITEM, house.market.line(BOOTS), Resolution.REPLACEMENT)
    with house.services.database.read() as session:
        sent = session.scalars(select(Case.shop_reference).where(Case.number == first)).one()
    order = house.shop.order(str(sent))
    assert order is not None
    house.clock.advance(timedelta(days=4))
    back_with(house, CaseKind.WRONG_ITEM, order.lines[0].id)
    assert times_reopened(house, first) == 1


@pytest.mark.parametrize("after", [timedelta(hours=1), timedelta(days=90)])
def test_a_second_one_within_hours_or_after_months_is_a_matter_of_its_own(
    house: House, after: timedelta
) -> None:
    line = house.market.line(BOOTS)
    put_right(house, CaseKind.FAULTY, line, Resolution.KEEP_ITEM)
    house.clock.advance(after)
    back_with(house, CaseKind.FAULTY, line)
    assert reopened(house) == []


def test_another_line_or_a_change_of_mind_is_no_failure_of_ours(house: House) -> None:
    line, other = house.market.line(BOOTS), house.market.line(BOOTS)
    put_right(house, CaseKind.FAULTY, line, Resolution.KEEP_ITEM)
    house.clock.advance(timedelta(days=4))
    back_with(house, CaseKind.FAULTY, other)
    back_with(house, CaseKind.RETURN, line)
    assert reopened(house) == []
