"""Changing an order before it is shipped: its address, or the size or colour of a line."""

from careline.journey.words import Resolution
from careline.service import exchange
from careline.service.facts import Assessment, Remedy
from careline.service.situation import Situation
from careline.shops.protocol import Address, LineState, OrderState

ADDRESS = "address"  # Request.reason, and the remedy's method
VARIANT = "variant"
_PARTS = ("name", "street", "postcode", "city", "country")
_REQUIRED = ("street", "postcode", "city")


def assess(s: Situation) -> Assessment:
    if s.history.under_way:
        return s.refuse("under_way", case_number=s.history.under_way)
    if s.the_order.state is OrderState.CANCELLED:
        return s.refuse("order_cancelled")
    if s.the_order.state not in s.policies.delivery.change_while:
        return s.refuse("already_shipped", state=str(s.the_order.state))
    return _address(s) if s.request.reason == ADDRESS else _variant(s)


def address_of(s: Situation) -> Address:
    """The new address: what was not said stays as it was."""
    old = s.the_order.address
    given = {part: s.request.wanted.get(part, "").strip() for part in _PARTS}
    return Address(
        name=given["name"] or old.name,
        street=given["street"],
        postcode=given["postcode"],
        city=given["city"],
        country=given["country"].upper() or old.country,
    )


def _address(s: Situation) -> Assessment:
    if any(line.state not in (LineState.OPEN, LineState.CANCELLED) for line in s.the_order.lines):
        return s.refuse("already_shipped", state="partly shipped")
    missing = [part for part in _REQUIRED if not s.request.wanted.get(part, "").strip()]
    if missing:
        return s.refuse("address_incomplete", missing=", ".join(missing))
    if address_of(s).country != s.the_order.address.country:
        return s.refuse("other_country")  # another price for the parcel, and other taxes
    return s.offer(Remedy(Resolution.NONE, by=s.today, method=ADDRESS))


def _variant(s: Situation) -> Assessment:
    if s.the_line.state is not LineState.OPEN:
        return s.refuse("already_shipped", state=str(s.the_line.state))
    others = exchange.in_stock(s.the_line, s.variants, s.the_line.quantity)
    names = "; ".join(variant.name for variant in others)
    wanted = exchange.matching(s.the_line, s.variants, s.request.wanted)
    if wanted is None:
        return s.refuse("not_a_variant", in_stock=names)
    if wanted.price != s.the_line.variant.price:
        return s.refuse("other_price", variant=wanted.name, in_stock=names)
    if wanted.in_stock < s.the_line.quantity:
        return s.refuse("sold_out", variant=wanted.name, in_stock=names)
    return s.offer(Remedy(Resolution.NONE, by=s.today, sku=wanted.sku, method=VARIANT))
