"""A recall reaches every buyer once; an idea that was done reaches everyone behind it."""

import pytest
from sqlalchemy import select

from careline.journey.models import Suggestion, Touchpoint
from careline.journey.words import CaseKind
from careline.kit.errors import Invalid, NotFound
from careline.service import suggestion
from careline.service.recall import recall
from tests.service.conftest import House


def told(house: House, kind: str) -> list[Touchpoint]:
    with house.services.database.read() as session:
        return list(
            session.scalars(
                select(Touchpoint).where(Touchpoint.kind == kind).order_by(Touchpoint.id)
            )
        )


def product_of(house: House, number: str) -> str:
    order = house.shop.order(number)
    assert order is not None
    return order.lines[0].variant.product


def test_each_order_with_the_product_is_concerned_once(house: House) -> None:
    item = house.market.order("Harbour boots | 42")
    product = product_of(house, item)
    house.market.order("Harbour boots | 42", customer="C1002")
    house.market.order("Harbour boots | 41", customer="C1002", state="cancelled")
    assert recall(house.services, product) == 2
    assert recall(house.services, product) == 0
    assert {t.about["product"] for t in told(house, "product.recalled")} == {product}
    assert len({t.customer_id for t in told(house, "product.recalled")}) == 2


def test_a_product_that_does_not_exist_is_not_recalled(house: House) -> None:
    with pytest.raises(NotFound, match="no product named Moon boots"):
        recall(house.services, "Moon boots")


def test_everyone_behind_an_idea_hears_that_it_was_done_once(house: House) -> None:
    asked = house.request(CaseKind.SUGGESTION, key="one", details="Pack glass in straw")
    suggestion.record(house.services, asked)
    again = house.request(CaseKind.SUGGESTION, key="two", details="Straw, not plastic")
    suggestion.record(house.services, again)
    now = house.clock.now()
    with house.services.database.begin() as session:
        first, second = session.scalars(select(Suggestion.id).order_by(Suggestion.key)).all()
        suggestion.is_the_same_as(session, now, second, first)
        with pytest.raises(Invalid):
            suggestion.is_the_same_as(session, now, first, first)
        assert len(suggestion.mark_done(session, now, second, "Glass comes in straw now.")) == 1
        suggestion.mark_done(session, now, first, "Glass comes in straw now.")
    (touchpoint,) = told(house, "suggestion.done")
    assert touchpoint.about["what"] == "Glass comes in straw now"
    with house.services.database.read() as session:
        assert set(session.scalars(select(Suggestion.state))) == {"done"}


def test_who_did_not_want_to_hear_of_it_does_not(house: House) -> None:
    asked = house.request(CaseKind.SUGGESTION, key="one", details="Pack glass in straw")
    suggestion.record(house.services, asked, tell_customer=False)
    with house.services.database.begin() as session:
        one = session.scalars(select(Suggestion.id)).one()
        assert suggestion.mark_done(session, house.clock.now(), one, "Done.") == []
        with pytest.raises(Invalid):
            suggestion.mark_done(session, house.clock.now(), one, "  ")
