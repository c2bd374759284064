"""Sending something back that is fine but not wanted: window, condition, final sale, label."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from careline.journey.words import Resolution
from careline.service.facts import Assessment, Remedy
from careline.service.policies.base import amount_in
from careline.service.situation import STORE_CREDIT, Situation
from careline.shops.protocol import Money

RECALLED = "recalled"  # the reason of a return that our own notice asked for


def assess(s: Situation) -> Assessment:
    """The money within the window, store credit for some weeks more, then a person."""
    refusal = s.taken() or s.not_delivered() or cannot_go_back(s)
    if refusal:
        return refusal
    if s.history.is_recalled:
        return recalled(s)
    if s.the_line.final_sale and not s.policies.returns.final_sale.return_allowed:
        return s.refuse("final_sale")
    over = days_over(s)
    if over <= 0:
        return s.offer(*_refund(s))
    late = s.policies.returns.after_the_window
    instead = _store_credit(s) if over <= late.store_credit_for_days else ()
    return s.refuse("outside_window", *instead, days=str(window(s)), over=str(over))


def recalled(s: Situation) -> Assessment:
    """What the safety notice promised: neither age nor wear, neither a sale nor a label counts."""
    remedies = {"refund": _refund(s), "replacement": s.replacement(collect_old=True)}
    return s.offer(*(each for name in s.policies.returns.recall.offer for each in remedies[name]))


def window(s: Situation) -> int:
    """Days from delivery in which it may come back (returns.yml, window_days)."""
    return s.policies.returns.window_days.of(s.the_line.variant.category, s.country)


def days_over(s: Situation) -> int:
    return s.days_since_delivery - window(s)


def cannot_go_back(s: Situation) -> Assessment | None:
    """Food and used things are not taken back, whatever the day; recalled ones always are."""
    if s.history.is_recalled:
        return None
    if s.the_line.variant.category in s.policies.returns.not_returnable:
        return s.refuse("not_returnable", category=s.the_line.variant.category)
    if s.request.used:
        return s.refuse("used", condition=s.policies.returns.condition)
    return None


def customer_pays_shipping(s: Situation) -> bool:
    if s.history.is_recalled:
        return False
    return s.request.reason in s.policies.returns.shipping.customer_pays_for


def _refund(s: Situation) -> tuple[Remedy, ...]:
    pays = customer_pays_shipping(s)
    amount = _less_label(s, s.worth) if pays else s.worth
    return tuple(
        replace(
            remedy,
            by=_money_by(s, amount),
            customer_pays_shipping=pays,
            after_goods_are_back=not s.policies.refunds.pays_before_goods_are_back(amount),
        )
        for remedy in s.refund(amount, collect_old=True)
    )


def _money_by(s: Situation, amount: Money) -> date:
    """Small sums go back at once; for others the goods come first, by the label's last day."""
    if s.policies.refunds.pays_before_goods_are_back(amount):
        return s.money_by(s.payment_method)
    sent = s.today + timedelta(days=s.policies.returns.label_valid_days)
    return s.money_by(s.payment_method, start=sent)


def _less_label(s: Situation, worth: Money) -> Money:
    label = amount_in(s.policies.returns.shipping.label_price, worth.currency)
    return Money(max(worth.amount - label, Decimal(0)), worth.currency)


def _store_credit(s: Situation) -> tuple[Remedy, ...]:
    percent = s.policies.returns.after_the_window.store_credit_percent
    amount = s.share(s.worth, percent)
    if amount.amount <= 0:
        return ()
    return (
        Remedy(Resolution.REFUND, by=s.today, amount=amount, collect_old=True, method=STORE_CREDIT),
    )
