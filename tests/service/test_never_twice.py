"""Whatever is asked, in whatever order, and wherever it is cut short: nothing is done twice.

A machine asks at random for remedies of two orders, while the shop refuses or goes silent
before or after the work, and our own process dies between any two steps; then it checks what
was really paid, sent and given.
"""

import contextlib
import tempfile
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from careline.journey.models import Case, Goodwill, Promise, Touchpoint
from careline.journey.words import CaseKind, CaseState, Resolution
from careline.kit.clock import FixedClock
from careline.kit.database import Database
from careline.service.facts import Request
from careline.service.settlement import (
    RemedyNotAllowed,
    approve,
    assess_request,
    pay_for_received_returns,
    recover,
    settle,
)
from careline.shops.models import CreditRow, LineRow, RefundRow
from careline.shops.protocol import ShopUnavailable
from tests.service.conftest import HOME, NOW, House, build

KINDS = [
    CaseKind.WRONG_ITEM,
    CaseKind.FAULTY,
    CaseKind.MISSING,
    CaseKind.RETURN,
    CaseKind.EXCHANGE,
    CaseKind.REFUND,
]


class Died(BaseException):
    """Our process is gone, as by kill -9: nothing may catch it."""


class MortalDatabase(Database):
    """Dies at the n-th unit of work: before it is committed, or just after."""

    left = -1
    after_commit = False

    def die_in(self, units: int, *, after_commit: bool) -> None:
        self.left, self.after_commit = units, after_commit

    @contextlib.contextmanager
    def begin(self) -> Iterator[Session]:
        dies = self.left == 0
        self.left -= 1
        with super().begin() as session:
            yield session
            if dies and not self.after_commit:
                raise Died
        if dies:
            raise Died


def mortal(house: House) -> MortalDatabase:
    database = house.services.database
    database.__class__ = MortalDatabase  # the same file and engine, now with a weak heart
    assert isinstance(database, MortalDatabase)
    return database


@pytest.mark.parametrize("after_commit", [False, True])
@pytest.mark.parametrize("unit", [0, 1])
@pytest.mark.parametrize("how", ["again", "recover"])
@pytest.mark.parametrize(
    ("kind", "resolution"),
    [
        (CaseKind.WRONG_ITEM, Resolution.REFUND),  # two writes: a return, then the money
        (CaseKind.WRONG_ITEM, Resolution.REPLACEMENT),
        (CaseKind.RETURN, Resolution.REFUND),
    ],
)
def test_a_death_between_two_steps_changes_nothing_in_the_end(
    house: House, kind: CaseKind, resolution: Resolution, how: str, unit: int, after_commit: bool
) -> None:
    line = house.market.line("Harbour boots | 40, navy", quantity=2)
    request = house.request(kind, line)
    remedies = assess_request(house.services, request).remedies
    remedy = next(r for r in remedies if r.resolution is resolution)
    database = mortal(house)
    database.die_in(unit, after_commit=after_commit)
    with pytest.raises(Died):
        settle(house.services, request, remedy)
    if how == "recover":
        recover(house.services)
    done = settle(house.services, request, remedy)

    assert (done.state, done.resolution) == (CaseState.RESOLVED, resolution)
    order = house.shop.order(line.split("-")[0])
    settled_once = Decimal("89.00") if resolution is Resolution.REFUND else Decimal(0)
    assert order.lines[0].refunded == settled_once
    assert order.lines[0].unsettled_quantity == 1
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(Case)) == 1
        assert session.scalar(select(func.count()).select_from(Promise)) == 1
        assert session.scalar(select(func.count()).select_from(Touchpoint)) == 2


class Customers(RuleBasedStateMachine):
    """Two lines (one with three pieces) and a late parcel, asked for in every way."""

    @initialize()
    def open_the_shop(self) -> None:
        from careline.service.policies import load_policies

        self.folder = tempfile.TemporaryDirectory()
        clock = FixedClock(NOW)
        self.house = build(Path(self.folder.name), clock, load_policies(HOME / "policies"))
        market = self.house.market
        self.lines = [
            market.line("Harbour boots | 40, navy", quantity=3),
            market.line("Foghorn headphones | black"),
        ]
        self.late = market.order("Glass carafe", state="shipped", late=4)
        self.asked: list[Request] = []
        self.database = mortal(self.house)
        self.returned: dict[str, int] = {}

    def teardown(self) -> None:
        self.house.services.database.close()
        self.house.market.database.close()
        self.folder.cleanup()

    @rule(
        kind=st.sampled_from(KINDS),
        which=st.integers(0, 1),
        quantity=st.integers(1, 4),
        choice=st.integers(0, 3),
        trouble=st.sampled_from(["none", "none", "refuse", "before", "after", "die", "die later"]),
    )
    def ask_about_a_line(
        self, kind: CaseKind, which: int, quantity: int, choice: int, trouble: str
    ) -> None:
        request = self.house.request(
            kind, self.lines[which], quantity=quantity, wanted={"size": "41", "colour": "white"}
        )
        self._ask(request, choice, trouble)

    @rule(choice=st.integers(0, 3), trouble=st.sampled_from(["none", "after", "die"]))
    def ask_about_the_late_parcel(self, choice: int, trouble: str) -> None:
        request = self.house.request(CaseKind.DELIVERY, order_number=self.late)
        self._ask(request, choice, trouble)

    @rule(index=st.integers(0, 50), choice=st.integers(0, 3))
    def ask_the_same_again(self, index: int, choice: int) -> None:
        if self.asked:
            self._ask(self.asked[index % len(self.asked)], choice, "none")

    @rule()
    def recover(self) -> None:
        recover(self.house.services)

    @rule()
    def approve_what_waits(self) -> None:
        with self.database.read() as session:
            waiting = session.scalars(
                select(Case.number).where(Case.state == CaseState.WAITING_APPROVAL)
            ).all()
        for number in waiting:
            approve(self.house.services, number, by="staff:mira")

    @rule()
    def goods_come_back(self) -> None:
        for number in {line.split("-")[0] for line in self.lines}:
            for back in self.house.shop.order(number).returns:
                self.house.market.receive_return(back.reference)
        pay_for_received_returns(self.house.services)

    def _ask(self, request: Request, choice: int, trouble: str) -> None:
        self.asked.append(request)
        shop = self.house.shop
        try:
            remedies = assess_request(self.house.services, request).remedies
            remedy = remedies[choice % len(remedies)]
            match trouble:
                case "refuse":
                    shop.refuse_next()
                case "before":
                    shop.time_out_before_next()
                case "after":
                    shop.time_out_after_next()
                case "die":
                    self.database.die_in(0, after_commit=True)
                case "die later":
                    self.database.die_in(1, after_commit=False)
            settle(self.house.services, request, remedy)
        except (RemedyNotAllowed, ShopUnavailable, Died):
            pass
        finally:
            self.database.die_in(-1, after_commit=False)
            shop._plans.clear()

    @invariant()
    def never_more_money_than_was_paid(self) -> None:
        if not hasattr(self, "house"):
            return
        with self.house.market.database.read() as session:
            for line in session.scalars(select(LineRow)):
                paid = session.scalars(
                    select(RefundRow.amount).where(RefundRow.line_id == line.id)
                ).all()
                assert sum(paid, Decimal(0)) <= line.price * line.quantity
            credit = session.scalars(select(CreditRow.amount)).all()
        assert sum(credit, Decimal(0)) <= Decimal(20)  # the year's budget of goodwill

    @invariant()
    def no_piece_is_put_right_twice(self) -> None:
        """What goes back in money, another piece or a return is at most what was bought."""
        if not hasattr(self, "house"):
            return
        for line_id in self.lines:
            order = self.house.shop.order(line_id.split("-")[0])
            line = next(one for one in order.lines if one.id == line_id)
            assert sum(r.quantity for r in order.returns if r.line_id == line_id) <= line.quantity
            assert line.replaced_quantity <= line.quantity
            whole_refunds = line.refunded // line.price.amount
            assert line.replaced_quantity + whole_refunds <= line.quantity

    @invariant()
    def goodwill_once_for_a_case_and_credit_for_every_gift(self) -> None:
        if not hasattr(self, "house"):
            return
        with self.database.read() as session:
            gifts = session.scalars(select(Goodwill)).all()
        assert len({gift.case_id for gift in gifts}) == len(gifts)
        assert len(gifts) <= 1  # one late parcel, so one gift


Customers.TestCase.settings = settings(
    max_examples=12,
    stateful_step_count=14,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
TestNothingTwice = Customers.TestCase
