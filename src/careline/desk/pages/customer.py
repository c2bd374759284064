"""The customer beside the conversation: what happened, what they have, and what we can do."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Depends
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.responses import HTMLResponse, Response

from careline.conversation import staff
from careline.desk import promises, queue
from careline.desk.door import Member
from careline.desk.pages import joined, views
from careline.desk.pages.parts import Desk
from careline.desk.touches.reading import of_customer
from careline.journey import curve, queries
from careline.journey.days import by_day
from careline.journey.models import Consent, Conversation, Customer, Feedback, Identity
from careline.journey.standing import is_behind, keep_up, standing
from careline.kit.errors import NotFound
from careline.kit.zones import zone_of
from careline.shops.protocol import Order, ShopUnavailable

SHOWN = 40  # touchpoints; the whole journey is a click away
ORDERS = 8
UNASKED = 12  # touches


@dataclass(frozen=True)
class Orders:
    found: Sequence[Order] = ()
    problem: str = ""  # why there are none to show


def router(desk: Desk) -> APIRouter:
    routes = APIRouter(prefix="/desk", include_in_schema=False, default_response_class=HTMLResponse)

    @routes.get("/conversations/{conversation_id}/customer")
    def panel(conversation_id: str, member: Member = Depends(desk.worker)) -> Response:
        with desk.database.read() as session:
            conversation = session.get(Conversation, conversation_id)
        if conversation is None:
            raise NotFound("There is no such conversation.")
        views.note(desk, member, "customer.read", conversation.customer_id)
        with desk.database.read() as session:
            behind = is_behind(session, desk.now(), conversation.customer_id)
        if behind:
            with desk.database.begin() as session:
                keep_up(session, desk.now(), conversation.customer_id)
        with desk.database.read() as session:
            facts = _facts(desk, session, conversation)
        orders = orders_of(desk, facts["shop_ref"])
        return desk.show(
            "customer.html.j2", member, conversation=conversation, orders=orders, **facts
        )

    return routes


def orders_of(desk: Desk, shop_ref: str | None) -> Orders:
    """The shop is another system; no unit of work is open while it is asked."""
    if shop_ref is None:
        return Orders(problem="Not known to the shop: they have not said who they are.")
    try:
        return Orders(desk.services.shop.orders(customer_ref=shop_ref, limit=ORDERS))
    except ShopUnavailable:
        return Orders(problem="The shop does not answer just now; open this again in a moment.")


def _facts(desk: Desk, session: Session, conversation: Conversation) -> dict[str, Any]:
    customer = session.get_one(Customer, conversation.customer_id)
    now = desk.now()
    page = queries.timeline(session, customer.id, limit=SHOWN)
    history = standing(session, now, customer.id, page)
    identities = session.scalars(
        select(Identity).where(Identity.customer_id == customer.id).order_by(Identity.channel)
    ).all()
    theirs = [one.id for one in queries.conversations(session, customer.id, 10)]
    others = queue.rows(session, [one for one in theirs if one != conversation.id])
    return {
        "customer": customer,
        "local_time": now.astimezone(zone_of(customer.time_zone)),
        "stage": history,
        "days": by_day(page.touchpoints, history.spans, customer.time_zone),
        "has_more": page.before is not None,
        "curve": curve.draw(queries.feelings(session, customer.id)),
        "size": (curve.WIDTH, curve.HEIGHT),
        "identities": identities,
        "shop_ref": next((one.address for one in identities if one.channel == "shop"), None),
        "others": others,
        "cases": queries.cases(session, customer_id=customer.id, limit=20),
        "promised": promises.of_customer(session, now, customer.id),
        "answers": promises.answers_promised(session, customer.id),
        "feedback": session.scalars(
            select(Feedback)
            .where(Feedback.customer_id == customer.id)
            .order_by(Feedback.given_at.desc())
            .limit(10)
        ).all(),
        "consents": session.scalars(
            select(Consent).where(Consent.customer_id == customer.id).order_by(Consent.purpose)
        ).all(),
        "notes": staff.notes_about(session, customer.id, 20),
        "unasked": of_customer(session, customer.id, UNASKED),
        "joined": joined.of_customer(session, customer.id),
    }
