"""The shop's writes for a case: which, in which order, under which key.

Every key is made of the case's id, so that a plan that is carried out again does nothing twice.
"""

from collections.abc import Callable
from dataclasses import dataclass

from careline.journey.models import Case
from careline.journey.words import CaseKind, Resolution
from careline.service import changes
from careline.service.as_json import address_from_json
from careline.service.facts import Remedy
from careline.service.plan import Piece, chosen, pieces, remedy_of
from careline.service.situation import STORE_CREDIT
from careline.shops.protocol import Done, Shop

SEND_BACK = "send_back"


@dataclass(frozen=True)
class Step:
    name: str
    write: Callable[[Shop], Done]


def steps(case: Case) -> list[Step]:
    """The writes of a case, in order; the last one is what the customer waits for."""
    remedy = remedy_of(case)
    if case.kind == CaseKind.CANCEL:
        return [_cancel(case)]
    if case.kind == CaseKind.CHANGE:
        return [_change(case, remedy)]
    if case.kind == CaseKind.BILLING and remedy.resolution is Resolution.REFUND:
        return [_refund_overpayment(case)]
    match remedy.resolution:
        case Resolution.REFUND:
            return [*_send_back(case, remedy), *_pay(case, remedy)]
        case Resolution.KEEP_ITEM:
            return [*_pay(case, remedy)]
        case Resolution.REPLACEMENT:
            return [_replace(case, piece, remedy) for piece in pieces(case)]
        case Resolution.EXCHANGE:
            return [_exchange(case, piece, remedy) for piece in pieces(case)]
        case Resolution.REPAIR:
            return [_repair(case, piece) for piece in pieces(case)]
        case Resolution.GOODWILL:
            return [_credit(case, remedy)]
        case Resolution.NONE:
            return [_trace(case)]
        case Resolution.HANDED_OVER:
            return []


def refund_step(case: Case, piece: Piece) -> Step:
    return Step(
        "refund",
        lambda shop: shop.refund(
            key=_key(case, "refund", piece.line_id),
            line_id=piece.line_id,
            amount=piece.amount,
            reason=_reason(case),
        ),
    )


def _key(case: Case, step: str, line_id: str = "") -> str:
    return ":".join(part for part in (case.id, step, line_id) if part)


def _reason(case: Case) -> str:
    return f"{case.number} {case.kind} {case.reason}".strip()


def _number(case: Case) -> str:
    if case.order_number is None:
        raise ValueError(f"case {case.number} is about no order")
    return case.order_number


def _send_back(case: Case, remedy: Remedy) -> list[Step]:
    if not remedy.collect_old:
        return []
    return [
        Step(
            SEND_BACK,
            lambda shop, piece=piece: shop.create_return(  # type: ignore[misc] # bound now
                key=_key(case, SEND_BACK, piece.line_id),
                line_id=piece.line_id,
                quantity=piece.quantity,
                reason=_reason(case),
            ),
        )
        for piece in pieces(case)
    ]


def _pay(case: Case, remedy: Remedy) -> list[Step]:
    if remedy.method == STORE_CREDIT:
        return [_credit(case, remedy)]
    if remedy.after_goods_are_back:
        return []  # service.received pays when the goods are here
    return [refund_step(case, piece) for piece in pieces(case) if piece.amount.amount > 0]


def _credit(case: Case, remedy: Remedy) -> Step:
    amount, ref = remedy.amount, chosen(case)["customer_ref"]
    if amount is None:
        raise ValueError(f"case {case.number} gives credit of no amount")
    return Step(
        "credit",
        lambda shop: shop.give_credit(
            key=_key(case, "credit"), customer_ref=ref, amount=amount, reason=_reason(case)
        ),
    )


def _replace(case: Case, piece: Piece, remedy: Remedy) -> Step:
    return Step(
        "replace",
        lambda shop: shop.create_replacement(
            key=_key(case, "replace", piece.line_id),
            line_id=piece.line_id,
            quantity=piece.quantity,
            collect_old=remedy.collect_old,
        ),
    )


def _exchange(case: Case, piece: Piece, remedy: Remedy) -> Step:
    return Step(
        "exchange",
        lambda shop: shop.create_exchange(
            key=_key(case, "exchange", piece.line_id),
            line_id=piece.line_id,
            quantity=piece.quantity,
            sku=remedy.sku or "",
        ),
    )


def _repair(case: Case, piece: Piece) -> Step:
    return Step(
        "repair",
        lambda shop: shop.create_repair(
            key=_key(case, "repair", piece.line_id), line_id=piece.line_id, problem=case.details
        ),
    )


def _trace(case: Case) -> Step:
    return Step(
        "trace",
        lambda shop: shop.trace_parcel(
            key=_key(case, "trace"),
            number=_number(case),
            shipment_id=chosen(case)["shipment"],
        ),
    )


def _cancel(case: Case) -> Step:
    key, reason, line_id = _key(case, "cancel"), _reason(case), case.line_id
    if line_id is not None:
        return Step(
            "cancel", lambda shop: shop.cancel_line(key=key, line_id=line_id, reason=reason)
        )
    return Step(
        "cancel", lambda shop: shop.cancel_order(key=key, number=_number(case), reason=reason)
    )


def _change(case: Case, remedy: Remedy) -> Step:
    key = _key(case, "change")
    if remedy.method == changes.ADDRESS:
        address = address_from_json(chosen(case)["address"])
        return Step(
            "change",
            lambda shop: shop.change_address(key=key, number=_number(case), address=address),
        )
    return Step(
        "change",
        lambda shop: shop.change_variant(key=key, line_id=case.line_id or "", sku=remedy.sku or ""),
    )


def _refund_overpayment(case: Case) -> Step:
    return Step(
        "refund",
        lambda shop: shop.refund_overpayment(
            key=_key(case, "refund"), number=_number(case), reason=_reason(case)
        ),
    )
