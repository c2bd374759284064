"""The record's rows as the API's JSON; the shapes of orders and cases bind (docs/api.md)."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from careline.journey.models import (
    Case,
    Consent,
    Conversation,
    Customer,
    Identity,
    Message,
    Promise,
    Touchpoint,
)
from careline.journey.queries import Feeling
from careline.journey.stages import RULES, StageHistory, StageSpan
from careline.shops.protocol import Line, Money, Order

Json = dict[str, Any]


def order(given: Order, customer_id: str | None) -> Json:
    return _told(
        {
            "number": given.number,
            "customer": customer_id,
            "state": given.state.value,
            "placed_at": _at(given.placed_at),
            "total": money(given.total),
            "lines": [order_line(line) for line in given.lines],
        },
        delivered_at=_at(given.delivered_at),
    )


def order_line(line: Line) -> Json:
    return {
        "id": line.id,
        "product": line.variant.product,
        "category": line.variant.category,
        "variant": line.variant.name,
        "quantity": line.quantity,
        "price": money(line.price),
        "state": line.state.value,
        "final_sale": line.final_sale,
    }


def money(given: Money) -> Json:
    return {"amount": str(given.amount), "currency": given.currency}


def case(row: Case) -> Json:
    return _told(
        {
            "number": row.number,
            "kind": row.kind,
            "state": row.state,
            "customer": row.customer_id,
            "conversation": row.conversation_id,
            "opened_at": _at(row.opened_at),
        },
        order=row.order_number,
        line=row.line_id,
        wished=row.wished,
        resolution=row.resolution,
        root_cause=row.root_cause,
        owner=row.owner,
        resolved_at=_at(row.resolved_at),
    )


def case_in_full(row: Case, promised: Sequence[Promise]) -> Json:
    amount = row.amount is not None and {"amount": str(row.amount), "currency": row.currency}
    return {
        **case(row),
        **_told(
            {"quantity": row.quantity, "details": row.details, "reopened": row.reopened},
            due_at=_at(row.due_at),
            amount=amount or None,
            shop_reference=row.shop_reference,
        ),
        "promises": [promise(one) for one in promised],
    }


def promise(row: Promise) -> Json:
    return _told(
        {"what": row.what, "due_on": row.due_on.isoformat(), "state": row.state},
        reference=row.reference,
    )


def customer_in_a_list(row: Customer) -> Json:
    return {
        "id": row.id,
        "name": row.name,
        "country": row.country,
        "locale": row.locale,
        "stage": row.stage,
        "is_visitor": row.is_visitor,
    }


def customer(
    row: Customer,
    *,
    identities: Iterable[Identity],
    consents: Iterable[Consent],
    orders: Iterable[Order],
    cases: Iterable[Case],
    conversations: Iterable[Conversation],
    history: StageHistory,
) -> Json:
    return {
        **customer_in_a_list(row),
        "time_zone": row.time_zone,
        "currency": row.currency,
        "segment": row.segment,
        "stage": history.stage.value,
        "stage_rule": history.rule,
        "stage_why": RULES[history.rule][1],
        "stage_since": _at(history.since),
        "created_at": _at(row.created_at),
        "identities": [identity(i) for i in identities],
        "consents": [consent(c) for c in consents],
        "orders": [order(o, row.id) for o in orders],
        "cases": [case(c) for c in cases],
        "conversations": [
            {"id": c.id, "channel": c.channel, "mode": c.mode, "started_at": _at(c.created_at)}
            for c in conversations
        ],
    }


def identity(row: Identity) -> Json:
    known = {"channel": row.channel, "address": row.address}
    if row.refused_at is None:
        return known
    return {**known, "refused_at": _at(row.refused_at), "refused_why": row.refused_note}


def consent(row: Consent) -> Json:
    return {
        "channel": row.channel,
        "purpose": row.purpose,
        "state": row.state,
        "how": row.how,
        "given_at": _at(row.given_at),
    }


def touchpoint(row: Touchpoint) -> Json:
    return _told(
        {
            "id": row.id,
            "at": _at(row.at),
            "stage": row.stage,
            "channel": row.channel,
            "kind": row.kind,
            "actor": row.actor,
            "summary": row.summary,
            "about": row.about,
            "source": row.source,
            "source_id": row.source_id,
        },
        emotion=row.emotion,
        effort=row.effort,
        conversation=row.conversation_id,
    )


def span(given: StageSpan) -> Json:
    return {
        "stage": given.stage.value,
        "since": _at(given.since),
        "until": _at(given.until),
        "rule": given.rule,
        "why": given.why,
        "events": list(given.events),
    }


def feeling(given: Feeling) -> Json:
    return {
        "at": _at(given.at),
        "value": given.value,
        "emotion": given.emotion,
        "from": given.source,
    }


def conversation(row: Conversation, said: Iterable[Message]) -> Json:
    return {
        **_told(
            {
                "id": row.id,
                "customer": row.customer_id,
                "channel": row.channel,
                "mode": row.mode,
                "verified_by": row.verified_by,
                "started_at": _at(row.created_at),
            },
            holder=row.holder,
            due_at=_at(row.due_at),
            handover_reason=row.handover_reason or None,
            handover_summary=row.handover_summary or None,
            closed_at=_at(row.closed_at),
        ),
        "messages": [message(one) for one in said],
    }


def message(row: Message) -> Json:
    return _told(
        {
            "id": row.id,
            "position": row.position,
            "at": _at(row.created_at),
            "direction": row.direction,
            "author": row.author,
            "text": row.text,
            "buttons": row.buttons,
            "delivery": row.delivery,
        },
        payload=row.payload,
        card=row.card,
        reply_to=row.reply_to,
        intent=row.intent,
        confidence=row.confidence,
        understood=row.understood,
        emotion=row.emotion,
        turn_state=row.turn_state,
        tries=row.tries if row.direction == "in" else None,
        turn_note=row.turn_note or None,
    )


def message_in_a_list(row: Message) -> Json:
    return {"conversation": row.conversation_id, **message(row)}


def _told(always: Json, **if_known: Any) -> Json:
    return always | {name: value for name, value in if_known.items() if value is not None}


def _at(moment: datetime | None) -> str | None:
    return moment.isoformat().replace("+00:00", "Z") if moment else None
