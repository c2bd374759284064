"""The same product in another size or colour."""

from collections.abc import Sequence

from careline.journey.words import CaseKind, Resolution
from careline.service import returns
from careline.service.facts import Assessment, Remedy
from careline.service.situation import Situation
from careline.shops.protocol import Line, Variant


def assess(s: Situation) -> Assessment:
    """Within the return window, while there is one in stock at the same price."""
    refusal = s.taken() or s.not_delivered() or returns.cannot_go_back(s)
    if refusal:
        return refusal
    recalled = s.history.is_recalled  # neither age nor sale counts then
    if (
        s.the_line.final_sale
        and not recalled
        and not s.policies.returns.final_sale.exchange_allowed
    ):
        return s.refuse("final_sale")
    if returns.days_over(s) > 0 and not recalled:
        days, over = returns.window(s), returns.days_over(s)
        return s.refuse("outside_window", days=str(days), over=str(over))
    wanted = matching(s.the_line, s.variants, s.request.wanted)
    if wanted is None:
        return _refuse_for_refund(s, "not_a_variant")
    if wanted.price != s.the_line.variant.price:
        return _refuse_for_refund(s, "other_price", variant=wanted.name)
    if wanted.in_stock < s.quantity:
        return _refuse_for_refund(s, "sold_out", variant=wanted.name)
    return s.offer(Remedy(Resolution.EXCHANGE, by=s.parcel_by(), collect_old=True, sku=wanted.sku))


def matching(line: Line, variants: Sequence[Variant], wanted: dict[str, str]) -> Variant | None:
    """The one other variant that is wanted; what is not said stays as it is."""
    options = line.variant.options | {
        name: value for name, value in wanted.items() if name in line.variant.options
    }
    for variant in variants:
        if variant.sku != line.variant.sku and _folded(variant.options) == _folded(options):
            return variant
    return None


def in_stock(line: Line, variants: Sequence[Variant], quantity: int = 1) -> tuple[Variant, ...]:
    """What the line could be exchanged for now, to offer as buttons."""
    return tuple(
        variant
        for variant in variants
        if variant.sku != line.variant.sku
        and variant.in_stock >= quantity
        and variant.price == line.variant.price
    )


def _folded(options: dict[str, str]) -> dict[str, str]:
    return {name: value.strip().casefold() for name, value in options.items()}


def _refuse_for_refund(s: Situation, code: str, **facts: str) -> Assessment:
    """No exchange; the money back, if a return is allowed, and what else is in stock."""
    others = "; ".join(v.name for v in in_stock(s.the_line, s.variants, s.quantity))
    returned = returns.assess(s.of_kind(CaseKind.RETURN))
    instead = () if returned.refusal else returned.remedies
    return s.refuse(code, *instead, in_stock=others, **facts)
