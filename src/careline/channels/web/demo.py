"""The demo: a shop page that carries the widget, and the e-mails that were "sent".

Only with the demo setting, and only for this machine: the page hands out signed identities.
"""

import ipaddress
from datetime import datetime
from pathlib import Path
from typing import Any

from babel.dates import format_date
from babel.numbers import format_currency
from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse
from sqlalchemy import select

from careline.channels import tokens
from careline.channels.pages import environment
from careline.journey.models import Email
from careline.journey.words import Delivery
from careline.kit.clock import Clock
from careline.kit.database import Database
from careline.kit.errors import NotFound
from careline.kit.settings import Settings
from careline.shops.protocol import Order, Shop, Variant
from careline.shops.showcase import SHOWCASE

TEMPLATES = Path(__file__).parent / "templates"
_SHOWN_PRODUCTS = (
    "boots", "croissant", "television", "jacket", "lamp", "kettle",
    "socks", "book", "puzzle", "headphones", "muffin", "planter",
)  # fmt: skip
_LOOPBACK_HOSTS = {"localhost", "127.0.0.1", "[::1]", "::1", "testserver"}


def only_here(request: Request) -> None:
    """Refuse everybody but this machine, by address and by the name that was asked for."""
    address = request.client.host if request.client else ""
    name = request.headers.get("host", "").rsplit(":", 1)[0]
    if not is_loopback(address) or name not in _LOOPBACK_HOSTS:
        raise NotFound("There is nothing at this address.")


def is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return address in ("localhost", "testclient")


def router(settings: Settings, database: Database, shop: Shop, clock: Clock) -> APIRouter:
    routes = APIRouter(include_in_schema=False, dependencies=[Depends(only_here)])
    templates = environment(TEMPLATES)

    @routes.get("/", response_class=HTMLResponse)
    def shop_page(customer: str = "") -> str:
        chosen = shop.customer(customer) if customer else None
        identity, orders = "", []
        if chosen is not None:
            secret = settings.identity_secret.get_secret_value()
            identity = tokens.identity_token(secret, chosen.ref, clock.now())
            orders = [
                _order_shown(order) for order in shop.orders(customer_ref=chosen.ref, limit=5)
            ]
        return templates.get_template("demo_shop.html.j2").render(
            products=_products(shop),
            customers=[
                {
                    "id": s.ref,
                    "name": s.name,
                    "country": s.country,
                    "orders": len(s.orders),
                    "hint": s.what_for,
                }
                for s in SHOWCASE
            ],
            customer=chosen and {"id": chosen.ref, "name": chosen.name, "country": chosen.country},
            identity=identity,
            orders=orders,
        )

    @routes.get("/demo/outbox", response_class=HTMLResponse)
    def outbox() -> str:
        return templates.get_template("demo_outbox.html.j2").render(emails=_emails(database))

    @routes.get("/demo/outbox.json")
    def outbox_json() -> list[dict[str, str]]:
        return _emails(database)

    return routes


def _products(shop: Shop) -> list[dict[str, Any]]:
    found: dict[str, Variant] = {}
    for word in _SHOWN_PRODUCTS:
        for variant in shop.search_products(word, limit=1):
            found.setdefault(variant.product, variant)
    return [
        {
            "name": variant.product,
            "category": variant.category,
            "price": format_currency(variant.price.amount, variant.price.currency, locale="en_GB"),
        }
        for variant in found.values()
    ]


def _order_shown(order: Order) -> dict[str, Any]:
    return {
        "number": order.number,
        "state": order.state.value,
        "placed": _day(order.placed_at),
        "lines": [
            " ".join(part for part in (_count(line.quantity), line.variant.product) if part)
            + (f", {line.variant.name}" if line.variant.name else "")
            for line in order.lines
        ],
    }


def _count(quantity: int) -> str:
    return f"{quantity} ×" if quantity > 1 else ""


def _day(at: datetime) -> str:
    return format_date(at, "d MMMM", locale="en_GB")


def _emails(database: Database) -> list[dict[str, str]]:
    """Newest first; only what has left the outbox."""
    with database.read() as session:
        sent = session.scalars(
            select(Email)
            .where(Email.delivery == Delivery.SENT)
            .order_by(Email.created_at.desc())
            .limit(200)
        ).all()
    return [
        {"to": e.to, "subject": e.subject, "text": e.text, "at": e.updated_at.isoformat()}
        for e in sent
    ]
