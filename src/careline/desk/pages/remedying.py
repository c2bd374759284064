"""Replacement, refund, return label, goodwill: choose what it is about, see what the policies
allow, do it, or ask a lead; and the page on which leads decide."""

import json
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from careline.desk import remedies
from careline.desk.door import DECIDERS, Member
from careline.desk.pages import views, words
from careline.desk.pages.customer import orders_of
from careline.desk.pages.parts import Desk
from careline.desk.pages.render import money
from careline.desk.remedies import Wish
from careline.journey.models import Conversation, Customer
from careline.journey.repository import shop_ref
from careline.journey.words import CaseKind, CaseState, Resolution
from careline.kit.errors import Invalid, NotFound
from careline.kit.ids import new_id
from careline.kit.zones import zone_of
from careline.service.as_json import remedy_as_json, remedy_from_json
from careline.service.dates import add_working_days
from careline.service.facts import Remedy, Settled
from careline.shops.protocol import Money, Order

TITLES = {
    "replacement": "Replacement",
    "refund": "Refund",
    "return_label": "Return label",
    "goodwill": "Goodwill",
}
_GIVES = {  # which remedies each button is for; the others are shown below them
    "replacement": (Resolution.REPLACEMENT, Resolution.EXCHANGE, Resolution.REPAIR),
    "refund": (Resolution.REFUND, Resolution.KEEP_ITEM),
    "return_label": (Resolution.REFUND, Resolution.EXCHANGE),
    "goodwill": (Resolution.GOODWILL,),
}
BEYOND = "beyond"  # the choice of an amount that no policy offers
STORE_CREDIT = "store credit"
Field = Annotated[str, Form(max_length=2000)]


def router(desk: Desk) -> APIRouter:
    routes = APIRouter(prefix="/desk", include_in_schema=False, default_response_class=HTMLResponse)
    worker = Depends(desk.worker)

    @routes.get("/conversations/{conversation_id}/remedy/{button}")
    def begin(conversation_id: str, button: str, member: Member = worker) -> Response:
        customer_id, ref = _customer_in_shop(desk, conversation_id, button)
        views.note(desk, member, "orders.read", customer_id, conversation=conversation_id)
        orders = orders_of(desk, ref)
        return desk.show(
            "dialogs/remedy.html.j2",
            member,
            conversation_id=conversation_id,
            button=button,
            title=TITLES[button],
            kinds=remedies.BUTTONS[button],
            orders=orders,
        )

    @routes.post("/conversations/{conversation_id}/remedy/{button}/assess")
    def assess(
        conversation_id: str,
        button: str,
        about: Field = "",
        kind: Field = "",
        quantity: Annotated[int, Form(ge=1, le=999)] = 1,
        details: Field = "",
        member: Member = worker,
    ) -> Response:
        wish = _wish(conversation_id, button, about, kind, quantity, details, new_id("wsh"))
        assessment = desk.remedies.assess(member.id, wish)
        offers = [one for one in assessment.remedies if one.resolution != Resolution.HANDED_OVER]
        offers.sort(key=lambda one: one.resolution not in _GIVES[button])  # stable: best first
        return desk.show(
            "dialogs/remedy_choice.html.j2",
            member,
            conversation_id=conversation_id,
            button=button,
            title=TITLES[button],
            wish=wish,
            about=about,
            offers=[(json.dumps(remedy_as_json(one)), one) for one in offers],
            refusal=assessment.refusal,
            may_go_beyond=button in ("refund", "goodwill"),
        )

    @routes.post("/conversations/{conversation_id}/remedy/{button}/do")
    def do(
        conversation_id: str,
        button: str,
        client_id: Annotated[str, Form(max_length=80)],
        about: Field = "",
        kind: Field = "",
        quantity: Annotated[int, Form(ge=1, le=999)] = 1,
        details: Field = "",
        remedy: Field = "",
        amount: Field = "",
        because: Field = "",
        member: Member = worker,
    ) -> Response:
        wish = _wish(conversation_id, button, about, kind, quantity, details, client_id)
        if remedy == BEYOND:
            chosen = _beyond(desk, wish, button, amount)
            settled = desk.remedies.ask_approval(member.id, wish, chosen, because)
        else:
            chosen = _chosen(remedy)
            if chosen.needs_approval:
                settled = desk.remedies.ask_approval(member.id, wish, chosen, because)
            else:
                settled = desk.remedies.do(member.id, wish, chosen)
        return JSONResponse({"said": _said(settled)})

    @routes.get("/approvals")
    def approvals(request: Request) -> Response:
        member = desk.door.member(request, *DECIDERS)
        mark = desk.mark("approvals")
        with desk.database.read() as session:
            waiting = remedies.approvals(session)
        for each in waiting:
            views.note(desk, member, "approval.read", each.customer_id, case=each.number)
        return desk.show("approvals.html.j2", member, waiting=waiting, mark=mark)

    @routes.post("/approvals/{number}/approve")
    def approve(number: str, request: Request) -> Response:
        member = desk.door.member(request, *DECIDERS)
        settled = desk.remedies.approve(member.id, number)
        return JSONResponse({"said": f"Approved. {_said(settled)}"})

    @routes.post("/approvals/{number}/decline")
    def decline(number: str, request: Request, because: Field = "") -> Response:
        member = desk.door.member(request, *DECIDERS)
        desk.remedies.decline(member.id, number, because)
        return JSONResponse({"said": f"Declined: {number}."})

    return routes


def _customer_in_shop(desk: Desk, conversation_id: str, button: str) -> tuple[str, str | None]:
    """Our id, and the shop's, if they have said who they are."""
    if button not in TITLES:
        raise NotFound("There is no such button.")
    with desk.database.read() as session:
        conversation = session.get(Conversation, conversation_id)
        if conversation is None:
            raise NotFound("There is no such conversation.")
        return conversation.customer_id, shop_ref(session, conversation.customer_id)


def _wish(
    conversation_id: str,
    button: str,
    about: str,
    kind: str,
    quantity: int,
    details: str,
    client_id: str,
) -> Wish:
    if kind not in remedies.BUTTONS.get(button, ()):
        raise Invalid("Say what went wrong.", field="kind")
    order, _, line = about.partition(":")
    if not order:
        raise Invalid("Choose what it is about.", field="about")
    return Wish(
        conversation_id=conversation_id,
        kind=CaseKind(kind),
        client_id=client_id,
        order_number=order,
        line_id=line or None,
        quantity=quantity,
        details=details.strip(),
    )


def _chosen(remedy: str) -> Remedy:
    try:
        return remedy_from_json(json.loads(remedy))
    except (ValueError, KeyError, TypeError, InvalidOperation):
        raise Invalid("Choose what is to be done.", field="remedy") from None


def _beyond(desk: Desk, wish: Wish, button: str, amount: str) -> Remedy:
    """An amount of the staff member's own, for a lead to decide on; the shop's limits stand."""
    order = desk.services.shop.order(wish.order_number or "")
    if order is None:
        raise NotFound("There is no such order.", field="about")
    try:
        worth = Decimal(amount.strip().replace(",", ".")).quantize(Decimal("0.01"))
    except InvalidOperation:
        raise Invalid("Write the amount as a number, such as 12.50.", field="amount") from None
    if worth <= 0:
        raise Invalid("The amount must be more than nothing.", field="amount")
    today = desk.now().astimezone(zone_of(_zone_of_customer(desk, wish))).date()
    gift = Remedy(
        Resolution.GOODWILL,
        by=today,
        amount=Money(worth, order.total.currency),
        method=STORE_CREDIT,
    )
    if button == "goodwill":
        return gift
    method = _paid_by(order)
    days = desk.policies.refunds.money_there_within_working_days.of(method)
    by = add_working_days(today, days)
    return replace(gift, resolution=Resolution.REFUND, method=method, by=by)


def _zone_of_customer(desk: Desk, wish: Wish) -> str:
    with desk.database.read() as session:
        conversation = session.get_one(Conversation, wish.conversation_id)
        return session.get_one(Customer, conversation.customer_id).time_zone


def _paid_by(order: Order) -> str:
    methods = [payment.method for payment in order.payments if payment.state != "failed"]
    return methods[-1] if methods else ""


def _said(settled: Settled) -> str:
    what = words.RESOLUTIONS.get(settled.resolution or Resolution.NONE, "It")
    remedy: Any = settled.remedy
    if remedy is not None and remedy.amount is not None:
        what = f"{what} {money(remedy.amount)}"
    match settled.state:
        case CaseState.WAITING_APPROVAL:
            return f"A lead is asked: case {settled.case_number}."
        case CaseState.RESOLVED:
            return f"Done: {what}, case {settled.case_number}."
        case CaseState.HANDED_OVER:
            return f"The shop would not do it; case {settled.case_number} is with a person."
        case _:
            return f"Under way: {what}, case {settled.case_number}."
