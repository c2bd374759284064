"""A small gift for a mishap: what it may be, within which budget, never twice for one case."""

from decimal import Decimal

from careline.journey.words import Resolution
from careline.service.facts import Remedy
from careline.service.policies.base import amount_in
from careline.service.situation import STORE_CREDIT, Situation
from careline.shops.protocol import Money


def gift(s: Situation, *, days_late: int = 0) -> tuple[Remedy, ...]:
    """The gift that policy has for this, or nothing; the facts decide, not the tone."""
    worth = worth_of(s, days_late=days_late)
    if worth is None:
        return ()
    return (Remedy(Resolution.GOODWILL, by=s.today, amount=worth, method=STORE_CREDIT),)


def worth_of(s: Situation, *, days_late: int = 0) -> Money | None:
    rules = s.policies.goodwill
    rule = rules.for_kinds.get(s.request.kind)
    if rule is None or s.order is None or days_late < rule.from_days_late:
        return None
    if s.history.had_goodwill_for_this:
        return None
    currency = s.order.total.currency
    worth = amount_in(rule.worth, currency)
    budget = amount_in(rules.budget_per_customer_and_year, currency)
    if worth <= Decimal(0) or s.history.goodwill_this_year + worth > budget:
        return None
    return Money(worth, currency)
