"""Whether a playbook is meant for this customer. Pure; the answer is why not, in words."""

from collections.abc import Iterator, Mapping
from typing import Any

from careline.service.policies.base import amount_in
from careline.touches.facts import CustomerFacts
from careline.touches.playbook import Whom


def why_not_for(whom: Whom, facts: CustomerFacts, about: Mapping[str, Any]) -> str:
    """ "" when all that is given holds; else the first condition that does not."""
    return next(_objections(whom, facts, about), "")


def _objections(whom: Whom, facts: CustomerFacts, about: Mapping[str, Any]) -> Iterator[str]:
    yield from _about_them(whom, facts)
    yield from _about_the_matter(whom, facts, about)


def _about_them(whom: Whom, facts: CustomerFacts) -> Iterator[str]:
    if whom.segments and facts.segment not in whom.segments:
        yield f"segment {facts.segment or 'unknown'}"
    if whom.countries and facts.country not in whom.countries:
        yield f"country {facts.country}"
    if whom.stages and facts.stage not in whom.stages:
        yield f"stage {facts.stage}"
    if whom.orders_at_least is not None and facts.orders < whom.orders_at_least:
        yield f"{facts.orders} orders"
    if whom.pleased is not None and facts.is_pleased is not whom.pleased:
        yield "pleased" if facts.is_pleased else "not known to be pleased"
    if whom.after_a_case is not None and (facts.resolved_cases > 0) is not whom.after_a_case:
        yield f"{facts.resolved_cases} cases resolved"


def _about_the_matter(whom: Whom, facts: CustomerFacts, about: Mapping[str, Any]) -> Iterator[str]:
    order = str(about.get("order") or "")
    if whom.case_kinds and about.get("topic") not in whom.case_kinds:
        yield f"a case of {about.get('topic') or 'no kind'}"
    if not whom.ended_well(about.get("resolution")):
        yield f"a case that ended with {str(about['resolution']).replace('_', ' ')}"
    categories = facts.order_categories.get(order, frozenset())
    if whom.categories and categories is not None and not categories & set(whom.categories):
        yield "nothing of these categories in the order"
    if whom.order_worth_at_least:
        amount, currency = facts.order_worth.get(order, (None, ""))
        least = amount_in(whom.order_worth_at_least, currency)
        if amount is None or currency not in whom.order_worth_at_least or amount < least:
            yield "the order is worth less"
    if whom.feedback and about.get("kind") not in whom.feedback:
        yield f"feedback of another kind: {about.get('kind') or 'none'}"
    if whom.score is not None:
        score = about.get("score")
        if not isinstance(score, int) or not whom.score.holds(score):
            yield f"a score of {score}"
