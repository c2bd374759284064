"""Broken on arrival, or stopped working: replace, refund, repair, or keep it for less."""

import re
from datetime import date
from functools import cache

from careline.journey.words import Resolution
from careline.service import returns
from careline.service.dates import add_months, add_working_days
from careline.service.facts import Assessment, Remedy
from careline.service.policies import Policies
from careline.service.policies.base import amount_in
from careline.service.situation import Situation
from careline.shops.protocol import Line, Money


def assess(s: Situation) -> Assessment:
    """Danger goes to a person; new goods are the customer's choice; then comes the warranty."""
    if is_dangerous(s.policies, s.request.details):
        return s.refuse("safety")
    refusal = s.taken() or s.not_delivered()
    if refusal:
        return refusal
    if s.history.is_recalled and s.today > _choice_until(s):
        return returns.recalled(s)  # no warranty runs out on a danger, and nothing is repaired
    if s.today <= _choice_until(s):
        return _free_choice(s)
    until = warranty_until(s)
    if s.today > until:
        return s.refuse("outside_warranty", until=until.isoformat())
    return s.offer(*_under_warranty(s))


def is_dangerous(policies: Policies, words: str) -> bool:
    """Whether the words speak of smoke, injury and the like (faulty.yml, safety_words)."""
    danger, harmless = tuple(policies.faulty.safety_words), tuple(policies.faulty.no_danger_in)
    said = _any_of(harmless).sub(" ", words) if harmless else words
    return bool(danger) and _any_of(danger).search(said) is not None


@cache
def _any_of(phrases: tuple[str, ...]) -> re.Pattern[str]:
    """Any of the phrases as whole words; a star stands for up to three words."""
    patterns = (
        r"\s+".join(
            r"(?:\S+\s+){0,2}\S+" if word == "*" else re.escape(word) for word in phrase.split()
        )
        for phrase in phrases
    )
    return re.compile(rf"\b(?:{'|'.join(patterns)})\b", re.IGNORECASE)


def photo_wished(policies: Policies, line: Line) -> bool:
    """Whether to ask for a photo; without one the product is collected instead of kept."""
    each = line.price if line.price.amount > 0 else line.variant.price
    return each.amount > amount_in(policies.faulty.photo_wished_above, each.currency)


def warranty_until(s: Situation) -> date:
    """The longer of the category's warranty and the product's own, from delivery."""
    variant = s.the_line.variant
    months = s.policies.faulty.warranty_months.of(variant.category)
    return add_months(s.delivered_on or s.today, max(months, variant.warranty_months))


def _choice_until(s: Situation) -> date:
    faulty = s.policies.faulty
    fresh = s.the_line.variant.category in faulty.fresh_food
    days = faulty.fresh_food_days if fresh else faulty.choice_days
    start = s.delivered_on or s.today
    return date.fromordinal(start.toordinal() + days)


def _free_choice(s: Situation) -> Assessment:
    collect = not _customer_keeps_it(s)
    return s.offer(
        *s.replacement(collect_old=collect),
        *s.refund(s.worth, collect_old=collect),
        *_keep_it_for_less(s, wanted=collect),
    )


def _customer_keeps_it(s: Situation) -> bool:
    if s.the_line.variant.category in s.policies.faulty.fresh_food:
        return True
    unseen = photo_wished(s.policies, s.the_line) and not s.request.has_photo
    return s.policies.refunds.may_keep(s.goods_value) and not unseen


def _keep_it_for_less(s: Situation, *, wanted: bool) -> tuple[Remedy, ...]:
    """Part of the price back for a blemish; pointless where all of it is kept anyway."""
    part: Money = s.share(s.worth, s.policies.faulty.keep_it_percent)
    if not wanted or part.amount <= 0:
        return ()
    method = s.payment_method
    approval = "over_the_limit" if s.policies.refunds.needs_approval(s.request.kind, part) else ""
    return (
        Remedy(
            Resolution.KEEP_ITEM,
            by=s.money_by(method),
            amount=part,
            needs_approval=approval,
            method=method,
        ),
    )


def _under_warranty(s: Situation) -> tuple[Remedy, ...]:
    if s.the_line.variant.category in s.policies.faulty.repaired:
        days = s.policies.faulty.repair_takes_working_days
        return (Remedy(Resolution.REPAIR, by=add_working_days(s.today, days), collect_old=True),)
    return s.replacement(collect_old=True) or s.refund(s.worth, collect_old=True)
