"""Another thing than was ordered came out of the box."""

from careline.service.facts import Assessment
from careline.service.situation import Situation


def assess(s: Situation) -> Assessment:
    """The right one is sent or the money goes back; the wrong one is collected or kept."""
    refusal = s.taken() or s.not_delivered() or reported_too_late(s)
    if refusal:
        return refusal
    collect = not customer_keeps_it(s)
    return s.offer(*s.replacement(collect_old=collect), *s.refund(s.worth, collect_old=collect))


def customer_keeps_it(s: Situation) -> bool:
    """Fresh food is never collected, and small things cost more to collect than they are worth."""
    if s.the_line.variant.category in s.policies.faulty.fresh_food:
        return True
    return s.policies.refunds.may_keep(s.goods_value)


def reported_too_late(s: Situation) -> Assessment | None:
    """Our mistakes have a long time to be told, and an end (returns.yml, our_mistakes)."""
    mistakes = s.policies.returns.our_mistakes
    days = mistakes.report_within_days.of(s.the_line.variant.category)
    if s.days_since_delivery <= days:
        return None
    return s.refuse("reported_too_late", days=str(days), over=str(s.days_since_delivery - days))
