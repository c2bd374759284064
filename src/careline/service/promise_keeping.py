"""Whether what was promised has come, as far as the order system can tell."""

from enum import StrEnum

from careline.journey.models import Case, Promise
from careline.service import promises
from careline.shops.protocol import Shop


class Found(StrEnum):
    CAME = "came"
    NOT_THERE = "not_there"
    CUSTOMERS_TURN = "customers_turn"  # the goods have to come back first


def look(shop: Shop, promise: Promise, case: Case | None) -> Found:
    """Raises ShopUnavailable: then nobody knows, and nothing must be said."""
    if case is None or promise.reference is None:
        return Found.NOT_THERE
    match promise.what:
        case promises.REFUND_PAID:
            return _paid(shop, promise, case)
        case promises.REFUND_AFTER_RETURN:
            return _sent_back(shop, promise, case)
        case "replacement_delivered" | "exchange_delivered":
            order = shop.order(promise.reference)
            has_come = order is not None and order.delivered_at is not None
            return Found.CAME if has_come else Found.NOT_THERE
        case _:
            return Found.NOT_THERE


def _paid(shop: Shop, promise: Promise, case: Case) -> Found:
    order = shop.order(case.order_number) if case.order_number else None
    paid = any(
        one.reference == promise.reference and one.state == "paid"
        for one in (order.refunds if order else ())
    )
    return Found.CAME if paid else Found.NOT_THERE


def _sent_back(shop: Shop, promise: Promise, case: Case) -> Found:
    order = shop.order(case.order_number) if case.order_number else None
    is_here = any(
        one.reference == promise.reference and one.state == "received"
        for one in (order.returns if order else ())
    )
    return Found.NOT_THERE if is_here else Found.CUSTOMERS_TURN
