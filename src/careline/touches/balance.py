"""The balance sheet of the playbooks: what was sent, what came of it, and what it did harm.

The database counts; nothing is counted here. A period holds what was sent (or held out, held,
dropped) in it; what came of that is counted whenever it came.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Integer, cast, distinct, func, select
from sqlalchemy.orm import Session

from careline.journey.models import Goodwill, Touch, TouchDecision
from careline.journey.words import TouchState, Verdict
from careline.touches.uplift import Arm, Uplift

# All that were handed over: whether it arrived must not choose who is compared with whom.
HANDED_OVER = (TouchState.SENT, TouchState.UNKNOWN, TouchState.FAILED)
_CENTS = Decimal("0.01")


@dataclass(frozen=True)
class Period:
    """From `since` on, before `until`."""

    since: datetime
    until: datetime


@dataclass
class Balance:
    """One playbook in one period. Counts are touches; the uplift's are customers."""

    playbook: str
    sent: int = 0
    delivered: int = 0
    read: int = 0
    answered: int = 0
    reached: int = 0  # the goal, of those sent
    held_out: int = 0
    unknown: int = 0  # of those sent: cut off while they were handed over
    failed: int = 0  # refused by the channel for good, before or after it took them
    opted_out: int = 0
    caused_cases: int = 0
    held: dict[str, int] = field(default_factory=dict)  # reason → touches, each once a reason
    dropped: dict[str, int] = field(default_factory=dict)
    cost: dict[str, Decimal] = field(default_factory=dict)  # by currency
    gifts: int = 0
    gifts_worth: dict[str, Decimal] = field(default_factory=dict)
    uplift: Uplift | None = None  # None: nothing was sent that has a goal

    @property
    def harm(self) -> int:
        return self.opted_out + self.failed + self.caused_cases


def balance(session: Session, period: Period, playbooks: Iterable[str]) -> list[Balance]:
    """A sheet for each of these playbooks, and for those that were taken away since."""
    sheets = {name: Balance(name) for name in playbooks}
    _outcomes(session, period, sheets)
    _never_left(session, period, sheets)
    _decisions(session, period, sheets)
    _money(session, period, sheets)
    _uplifts(session, period, sheets)
    return [sheets[name] for name in sorted(sheets)]


def _sheet(sheets: dict[str, Balance], playbook: str) -> Balance:
    return sheets.setdefault(playbook, Balance(playbook))


def _in(period: Period, column: Any) -> Any:
    return (column >= period.since) & (column < period.until)


def _count_if(condition: Any) -> Any:
    return func.sum(cast(condition, Integer))


def _outcomes(session: Session, period: Period, sheets: dict[str, Balance]) -> None:
    left = Touch.state.in_(HANDED_OVER)
    rows = session.execute(
        select(
            Touch.playbook,
            _count_if(left),
            _count_if(left & Touch.delivered_at.is_not(None)),
            _count_if(left & Touch.read_at.is_not(None)),
            _count_if(left & Touch.answered_at.is_not(None)),
            _count_if(left & Touch.goal_at.is_not(None)),
            _count_if(Touch.state == TouchState.HELD_OUT),
            _count_if(Touch.state == TouchState.UNKNOWN),
            _count_if(Touch.state == TouchState.FAILED),
            _count_if(left & Touch.opted_out_at.is_not(None)),
            _count_if(left & Touch.caused_case_id.is_not(None)),
        )
        .where(_in(period, Touch.sent_at))
        .group_by(Touch.playbook)
    )
    for playbook, *counts in rows:
        one = _sheet(sheets, playbook)
        (one.sent, one.delivered, one.read, one.answered, one.reached, one.held_out,
         one.unknown, one.failed, one.opted_out, one.caused_cases) = counts  # fmt: skip


def _never_left(session: Session, period: Period, sheets: dict[str, Balance]) -> None:
    """Given up by the channel before anything was handed over: no time of sending."""
    rows = session.execute(
        select(Touch.playbook, func.count())
        .where(
            Touch.state == TouchState.FAILED,
            Touch.sent_at.is_(None),
            _in(period, func.coalesce(Touch.failed_at, Touch.decided_at)),
        )
        .group_by(Touch.playbook)
    )
    for playbook, failed in rows:
        _sheet(sheets, playbook).failed += failed


def _decisions(session: Session, period: Period, sheets: dict[str, Balance]) -> None:
    rows = session.execute(
        select(
            Touch.playbook,
            TouchDecision.decision,
            TouchDecision.why,
            func.count(distinct(TouchDecision.touch_id)),
        )
        .join(Touch, Touch.id == TouchDecision.touch_id)
        .where(
            _in(period, TouchDecision.at),
            TouchDecision.decision.in_([Verdict.HOLD, Verdict.DROP]),
        )
        .group_by(Touch.playbook, TouchDecision.decision, TouchDecision.why)
    )
    for playbook, decision, why, count in rows:
        one = _sheet(sheets, playbook)
        (one.held if decision == Verdict.HOLD else one.dropped)[why] = count


def _money(session: Session, period: Period, sheets: dict[str, Balance]) -> None:
    costs = session.execute(
        select(Touch.playbook, Touch.currency, func.sum(Touch.cost))
        .where(_in(period, Touch.sent_at), Touch.state.in_(HANDED_OVER), Touch.cost > 0)
        .group_by(Touch.playbook, Touch.currency)
    )
    for playbook, currency, total in costs:
        _sheet(sheets, playbook).cost[currency or ""] = _money_of(total)
    gifts = session.execute(
        select(Touch.playbook, Goodwill.currency, func.count(), func.sum(Goodwill.worth))
        .join(Touch, Touch.id == Goodwill.touch_id)
        .where(
            _in(period, Goodwill.given_at),
            Goodwill.shop_reference.is_not(None),  # reserved is not given
        )
        .group_by(Touch.playbook, Goodwill.currency)
    )
    for playbook, currency, count, worth in gifts:
        one = _sheet(sheets, playbook)
        one.gifts += count
        one.gifts_worth[currency] = _money_of(worth)


def _money_of(total: Any) -> Decimal:
    return Decimal(str(total)).quantize(_CENTS)


def _uplifts(session: Session, period: Period, sheets: dict[str, Balance]) -> None:
    """Customers by their first touch of the period: each counts once, and what the touch itself
    changed (a case opened, a second one not sent) does not choose who is counted how often."""
    is_held_out = cast(Touch.state == TouchState.HELD_OUT, Integer)
    first = (
        select(
            Touch.playbook.label("playbook"),
            is_held_out.label("held_out"),
            cast(Touch.goal_at.is_not(None), Integer).label("reached"),
            func.row_number()
            .over(
                partition_by=[Touch.playbook, Touch.customer_id],
                order_by=[Touch.sent_at, Touch.id],
            )
            .label("number"),
        )
        .where(
            _in(period, Touch.sent_at),
            Touch.state.in_([*HANDED_OVER, TouchState.HELD_OUT]),
            Touch.goal_until.is_not(None),
        )
        .subquery()
    )
    rows = session.execute(
        select(first.c.playbook, first.c.held_out, func.count(), func.sum(first.c.reached))
        .where(first.c.number == 1)
        .group_by(first.c.playbook, first.c.held_out)
    )
    arms: dict[str, dict[bool, Arm]] = {}
    for playbook, held_out, n, reached in rows:
        arms.setdefault(playbook, {})[bool(held_out)] = Arm(n, reached)
    for playbook, of in arms.items():
        _sheet(sheets, playbook).uplift = _uplift(of)


def _uplift(arms: Mapping[bool, Arm]) -> Uplift:
    nobody = Arm(0, 0)
    return Uplift(treated=arms.get(False, nobody), held_out=arms.get(True, nobody))
