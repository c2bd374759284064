"""Remedies, money and addresses as JSON and back: for slots of the dialogue and for the record."""

from datetime import date
from decimal import Decimal
from typing import Any

from careline.journey.words import Resolution
from careline.service.facts import Remedy
from careline.shops.protocol import Address, Money


def remedy_as_json(remedy: Remedy) -> dict[str, Any]:
    return {
        "resolution": remedy.resolution.value,
        "by": remedy.by.isoformat(),
        "amount": money_as_json(remedy.amount),
        "collect_old": remedy.collect_old,
        "customer_pays_shipping": remedy.customer_pays_shipping,
        "needs_approval": remedy.needs_approval,
        "sku": remedy.sku,
        "method": remedy.method,
        "after_goods_are_back": remedy.after_goods_are_back,
    }


def remedy_from_json(given: dict[str, Any]) -> Remedy:
    """The inverse. Raises KeyError or ValueError for what `remedy_as_json` did not make."""
    return Remedy(
        resolution=Resolution(given["resolution"]),
        by=date.fromisoformat(given["by"]),
        amount=money_from_json(given["amount"]),
        collect_old=given["collect_old"],
        customer_pays_shipping=given["customer_pays_shipping"],
        needs_approval=given["needs_approval"],
        sku=given["sku"],
        method=given["method"],
        after_goods_are_back=given["after_goods_are_back"],
    )


def money_as_json(money: Money | None) -> dict[str, str] | None:
    return {"amount": str(money.amount), "currency": money.currency} if money else None


def money_from_json(given: dict[str, str] | None) -> Money | None:
    return Money(Decimal(given["amount"]), given["currency"]) if given else None


def address_as_json(address: Address) -> dict[str, str]:
    return {
        "name": address.name,
        "street": address.street,
        "postcode": address.postcode,
        "city": address.city,
        "country": address.country,
    }


def address_from_json(given: dict[str, str]) -> Address:
    return Address(**given)
