"""Finish what was cut short: choices whose outcome is missing, refunds that wait for goods."""

from datetime import timedelta
from typing import Any

from sqlalchemy import select

from careline.journey.models import Case, Promise
from careline.journey.words import CaseState
from careline.kit.logging import get_logger
from careline.service import outcomes, promises
from careline.service.carrying import carry_out
from careline.service.cases import case_anew, lock_customer
from careline.service.dates import day_in
from careline.service.plan import pieces
from careline.service.services import Services
from careline.service.steps import refund_step
from careline.shops.protocol import Order, ShopRefused, ShopUnavailable

log = get_logger("service")
# A shop that has not answered for so long will not soon; a person tells the customer.
_HAND_OVER_AFTER = timedelta(hours=2)
_BATCH = 100


def recover(services: Services) -> int:
    """Carry out what was chosen and not done; how many cases came to an end.

    Safe beside running settlements and other workers: the shop's keys and the check before the
    outcome is written see to it that each thing is done once.
    """
    with services.database.read() as session:
        cut_short = session.scalars(
            select(Case)
            .where(Case.state == CaseState.OPEN, Case.chosen.is_not(None), Case.outcome.is_(None))
            .order_by(Case.opened_at, Case.id)
            .limit(_BATCH)
        ).all()
    finished = 0
    for case in cut_short:
        answer = carry_out(services, case)
        if "waiting_for" not in answer.details:
            finished += 1
        elif services.clock.now() - case.updated_at > _HAND_OVER_AFTER:
            _give_up(services, case)
            finished += 1
    return finished


def pay_for_received_returns(services: Services) -> int:
    """Pay back the returns whose goods have come in since; how many."""
    with services.database.read() as session:
        waiting = session.scalars(
            select(Promise)
            .where(Promise.what == promises.REFUND_AFTER_RETURN, Promise.state == "open")
            .order_by(Promise.due_on, Promise.id)
            .limit(_BATCH)
        ).all()
        cases = {p.id: session.get(Case, p.case_id) for p in waiting if p.case_id}
    return sum(_pay(services, p, cases[p.id]) for p in waiting if cases.get(p.id))


def _pay(services: Services, waiting: Promise, case: Any) -> int:
    try:
        order = services.shop.order(case.order_number)
        if order is None or not _is_received(order, waiting.reference):
            return 0
        done = [refund_step(case, piece).write(services.shop) for piece in pieces(case)]
    except ShopUnavailable:
        return 0
    except ShopRefused as error:
        log.warning("return.refund_refused", case=case.number, why=error.why)
        return 0
    now = services.clock.now()
    with services.database.begin() as session:
        lock_customer(session, case.customer_id)
        row = case_anew(session, case)
        promises.withdraw(session, now, row, promises.REFUND_AFTER_RETURN)
        row.shop_reference, row.updated_at = done[-1].reference, now
        promises.promise(
            session,
            now,
            row,
            what=promises.REFUND_PAID,
            due_on=day_in(outcomes.zone_of(row), done[-1].expected_at),
            reference=done[-1].reference,
        )
    return 1


def _is_received(order: Order, reference: str | None) -> bool:
    return any(r.reference == reference and r.state == "received" for r in order.returns)


def _give_up(services: Services, case: Case) -> None:
    now = services.clock.now()
    with services.database.begin() as session:
        lock_customer(session, case.customer_id)
        row = case_anew(session, case)
        if row.outcome is None:
            outcomes.refused_by_shop(session, now, services.policies, row, [], "shop_unavailable")
