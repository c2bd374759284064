"""Two requests for one thing at one moment: one of them gets it. On SQLite and PostgreSQL."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal
from threading import Barrier

import pytest
from sqlalchemy import select

from careline.journey.models import Case, Goodwill
from careline.journey.words import CaseKind, CaseState, Resolution
from careline.kit.database import Database
from careline.service.facts import Settled
from careline.service.identity import ensure_customer
from careline.service.settlement import RemedyNotAllowed, assess_request, open_case, settle
from tests.service.conftest import House, talk
from tests.services import postgres_schema


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def any_house(request: pytest.FixtureRequest, house: House) -> Iterator[House]:
    if request.param == "sqlite":
        yield house
        return
    with postgres_schema() as url:
        yield from _on(house, url)


def _on(house: House, url: str) -> Iterator[House]:
    record = Database(url)
    record.create_all()
    person = house.market.shop.customer("C1001")
    assert person is not None
    with record.begin() as session:
        customer = ensure_customer(session, person, house.clock.now()).id
        conversation = talk(session, customer, house.clock, verified_by="identity")
    services = replace(house.services, database=record)
    yield replace(house, services=services, customer=customer, conversation=conversation)
    record.close()


def together(calls: list[Callable[[], Settled]]) -> list[Settled | None]:
    """Run them at the same moment; None for one that was not allowed any more."""
    barrier = Barrier(len(calls))

    def run(call: Callable[[], Settled]) -> Settled | None:
        barrier.wait()
        try:
            return call()
        except RemedyNotAllowed:
            return None

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def test_one_piece_is_refunded_once_when_two_tabs_ask(any_house: House) -> None:
    house = any_house
    line = house.market.line("Harbour boots | 40, navy")
    requests = [house.request(kind, line) for kind in (CaseKind.WRONG_ITEM, CaseKind.FAULTY)]
    remedies = [
        next(r for r in assess_request(house.services, q).remedies if r.amount) for q in requests
    ]
    done = together(
        [
            lambda q=q, r=r: settle(house.services, q, r)  # type: ignore[misc]
            for q, r in zip(requests, remedies, strict=True)
        ]
    )
    assert sum(one is not None and one.state is CaseState.RESOLVED for one in done) == 1
    order = house.market.shop.order(line.split("-")[0])
    assert order is not None
    assert order.lines[0].refunded == Decimal("89.00")


def test_the_same_request_from_two_threads_is_one_case(any_house: House) -> None:
    house = any_house
    request = house.request(CaseKind.WRONG_ITEM, house.market.line("Harbour boots | 40, navy"))
    remedy = assess_request(house.services, request).remedies[0]
    done = together([lambda: settle(house.services, request, remedy)] * 4)
    assert {one.case_number for one in done if one} == {"CL-100001"}
    assert len({one.reference for one in done if one}) == 1


def test_the_budget_of_goodwill_is_not_shared_by_two_requests(any_house: House) -> None:
    house = any_house
    numbers = [house.market.order("Glass carafe", state="shipped", late=4) for _ in range(6)]
    requests = [house.request(CaseKind.DELIVERY, order_number=number) for number in numbers]
    gift = next(
        remedy
        for remedy in assess_request(house.services, requests[0]).remedies
        if remedy.resolution is Resolution.GOODWILL
    )
    together([lambda q=q: settle(house.services, q, gift) for q in requests])  # type: ignore[misc]
    with house.services.database.read() as session:
        gifts = session.scalars(select(Goodwill.worth)).all()
    assert sum(gifts) == Decimal("20.00")


def test_every_case_has_a_number_of_its_own(any_house: House) -> None:
    house = any_house
    requests = [house.request(CaseKind.COMPLAINT, details=str(n)) for n in range(8)]
    together(
        [
            lambda q=q: open_case(house.services, q, state=CaseState.HANDED_OVER)  # type: ignore[misc]
            for q in requests
        ]
    )
    with house.services.database.read() as session:
        numbers = session.scalars(select(Case.number).order_by(Case.number)).all()
    assert numbers == [f"CL-{100001 + n}" for n in range(8)]


def test_a_customer_who_comes_in_several_windows_is_one_record(any_house: House) -> None:
    person = any_house.market.shop.customer("C1002")
    assert person is not None
    windows = 6
    barrier = Barrier(windows)

    def come_in(_: int) -> str:
        barrier.wait()
        with any_house.services.database.begin() as session:
            return ensure_customer(session, person, any_house.clock.now()).id

    with ThreadPoolExecutor(windows) as pool:
        taken_in = set(pool.map(come_in, range(windows)))
    assert len(taken_in) == 1
