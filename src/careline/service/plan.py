"""What a chosen remedy comes to: which pieces, which money, which parcel or address.

A plan is written on the case before the shop is asked, so that it can be carried out again
from there; service.steps makes the shop's writes of it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from careline.journey.models import Case
from careline.journey.words import CaseKind, Resolution
from careline.service import changes, delivery
from careline.service.as_json import (
    address_as_json,
    money_as_json,
    money_from_json,
    remedy_as_json,
    remedy_from_json,
)
from careline.service.facts import Remedy
from careline.service.situation import Situation
from careline.shops.protocol import Line, Money


@dataclass(frozen=True)
class Piece:
    """So many pieces of a line, and the money that goes back for them."""

    line_id: str
    quantity: int
    amount: Money


def plan(situation: Situation, remedy: Remedy) -> dict[str, Any]:
    """What is written on the case before the shop is asked."""
    is_address = remedy.method == changes.ADDRESS and remedy.resolution is Resolution.NONE
    return {
        "remedy": remedy_as_json(remedy),
        "lines": [
            {"id": p.line_id, "quantity": p.quantity, "amount": money_as_json(p.amount)}
            for p in _pieces(situation, remedy)
        ],
        "customer_ref": situation.order.customer_ref if situation.order else None,
        "shipment": _shipment(situation),
        "address": address_as_json(changes.address_of(situation)) if is_address else None,
        "time_zone": situation.zone.key,
        "product": situation.line.variant.product if situation.line else "",
    }


def remedy_of(case: Case) -> Remedy:
    return remedy_from_json(chosen(case)["remedy"])


def pieces(case: Case) -> list[Piece]:
    found = []
    for line in chosen(case)["lines"]:
        amount = money_from_json(line["amount"])
        if amount is not None:
            found.append(Piece(line["id"], line["quantity"], amount))
    return found


def _pieces(s: Situation, remedy: Remedy) -> Iterator[Piece]:
    """The lines that the remedy settles. A parcel may hold several; they share its refund."""
    if remedy.resolution in (Resolution.HANDED_OVER, Resolution.GOODWILL) or s.order is None:
        return
    if s.request.kind in (CaseKind.CANCEL, CaseKind.CHANGE, CaseKind.BILLING):
        if s.line is not None:
            yield Piece(s.line.id, s.line.quantity, s.paid_for(s.line, s.line.quantity))
        return
    parcel = delivery.late_shipment(s) if _is_about_a_parcel(s) else None
    if parcel is not None:
        for line in delivery.lines_of(s, parcel):
            yield Piece(line.id, s.free_pieces(line), s.paid_for(line, s.free_pieces(line)))
    elif s.line is not None:
        yield Piece(s.line.id, s.quantity, _share(s, s.line, remedy))


def _is_about_a_parcel(s: Situation) -> bool:
    whole = s.request.reason == "parcel_missing" or s.line is None
    waiting = s.line is not None and s.line.delivered_at is None
    return s.request.kind is CaseKind.DELIVERY or (
        s.request.kind is CaseKind.MISSING and (whole or waiting)
    )


def _share(s: Situation, line: Line, remedy: Remedy) -> Money:
    return remedy.amount or s.paid_for(line, 0)


def _shipment(s: Situation) -> str | None:
    if s.order is None or not _is_about_a_parcel(s):
        return None
    parcel = delivery.late_shipment(s)
    return parcel.id if parcel else None


def chosen(case: Case) -> dict[str, Any]:
    if case.chosen is None:
        raise ValueError(f"nothing was chosen in case {case.number}")
    return case.chosen
