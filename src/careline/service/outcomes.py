"""How a case ends, or goes on without us: the rows written when the shop has answered."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, delete, select
from sqlalchemy.orm import Session

from careline.journey.models import Case, Goodwill
from careline.journey.words import Actor, CaseState, Resolution
from careline.kit.ids import new_id
from careline.service import promises
from careline.service.as_json import remedy_as_json, remedy_from_json
from careline.service.cases import note, resolve
from careline.service.dates import day_in
from careline.service.facts import Remedy, Settled
from careline.service.gathering import channel_of
from careline.service.history import is_tracing
from careline.service.plan import chosen, remedy_of
from careline.service.policies import Policies
from careline.service.situation import STORE_CREDIT
from careline.service.waiting import answer_expected_by
from careline.shops.protocol import Done

_WAITING_FOR_SHOP = {"waiting_for": "shop"}
_GIFT = select(Goodwill).where(Goodwill.case_id == bindparam("case"))
_OTHERS_OPEN = select(Case).where(
    Case.customer_id == bindparam("customer"),
    Case.order_number == bindparam("order"),
    Case.state == CaseState.OPEN,
    Case.id != bindparam("case"),
)


def zone_of(case: Case) -> ZoneInfo:
    """The customer's own zone, as it was when the case was opened."""
    return ZoneInfo(chosen(case)["time_zone"])


def settled(case: Case, *, repeated: bool) -> Settled:
    """The answer to a request, from its case."""
    outcome: dict[str, Any] = case.outcome or {}
    remedy = outcome.get("remedy") or (case.chosen or {}).get("remedy")
    return Settled(
        case_number=case.number,
        state=CaseState(case.state),
        resolution=Resolution(case.resolution) if case.resolution else None,
        remedy=remedy_from_json(remedy) if remedy else None,
        reference=case.shop_reference,
        details=dict(outcome.get("details", {})),
        repeated=repeated,
    )


def waiting_for_shop(case: Case) -> Settled:
    return Settled(
        case_number=case.number,
        state=CaseState.OPEN,
        resolution=None,
        remedy=remedy_of(case),
        details=dict(_WAITING_FOR_SHOP),
    )


def conclude(
    session: Session,
    now: datetime,
    case: Case,
    done: list[tuple[str, Done]],
    *,
    actor: Actor,
) -> Settled:
    """The shop did all of it: outcome, promise, gift, and the journey's line."""
    remedy = _with_the_shops_day(case, done)
    reference = done[-1][1].reference if done else None
    case.outcome = {
        "remedy": remedy_as_json(remedy),
        "references": {name: answer.reference for name, answer in done},
        "details": _details(done),
    }
    case.shop_reference = reference
    if remedy.amount is not None:
        case.amount, case.currency = remedy.amount.amount, remedy.amount.currency
    if remedy.resolution is Resolution.NONE and remedy.method == "trace":
        case.resolution, case.updated_at = Resolution.NONE.value, now
    else:
        resolve(case, now, remedy.resolution)
        _end_traces(session, now, case)
    _promise(session, now, case, remedy, reference)
    _record_gift(session, now, case, reference)
    note_end(session, now, case, actor)
    return settled(case, repeated=False)


def hand_over(session: Session, now: datetime, case: Case, *, due_on: date) -> None:
    """A person has it from here on."""
    case.state, case.resolution = CaseState.HANDED_OVER.value, Resolution.HANDED_OVER.value
    case.updated_at = now
    case.outcome = case.outcome or {"details": {}}
    promises.promise(session, now, case, what=promises.ANSWER_GIVEN, due_on=due_on, reference=None)
    _note(session, now, case, "case.handed_over", Actor.CARELINE, f"Case {case.number} handed over")


def wait_for_approval(session: Session, now: datetime, case: Case, due_on: date) -> None:
    """A person decides; nothing has been asked of the shop."""
    case.state, case.updated_at = CaseState.WAITING_APPROVAL.value, now
    promises.promise(session, now, case, what=promises.ANSWER_GIVEN, due_on=due_on, reference=None)
    words = f"Case {case.number} waits for approval"
    _note(session, now, case, "case.waiting_approval", Actor.CARELINE, words)


def refused_by_shop(
    session: Session,
    now: datetime,
    policies: Policies,
    case: Case,
    done: list[tuple[str, Done]],
    why: str,
) -> Settled:
    session.execute(delete(Goodwill).where(Goodwill.case_id == case.id))
    case.outcome = {
        "references": {name: answer.reference for name, answer in done},
        "details": {**_details(done), "refused": why},
    }
    case.shop_reference = done[-1][1].reference if done else None
    by = answer_expected_by(policies, now, channel_of(session, case.conversation_id))
    zone = zone_of(case)
    hand_over(session, now, case, due_on=day_in(zone, by))
    return settled(case, repeated=False)


def reserve_goodwill(session: Session, now: datetime, case: Case, remedy: Remedy) -> None:
    """Written before the shop is asked, so that two requests cannot share one budget."""
    amount = remedy.amount
    session.add(
        Goodwill(
            id=new_id("gdw"),
            customer_id=case.customer_id,
            case_id=case.id,
            what=STORE_CREDIT.replace(" ", "_"),
            worth=amount.amount if amount else Decimal(0),
            currency=amount.currency if amount else "",
            why=f"{case.kind} {case.reason}".strip(),
            approved_by="policy",
            given_at=now,
            created_at=now,
            updated_at=now,
        )
    )


def opened_words(case: Case, product: str) -> str:
    about = f", {product}" if product else ""
    order = f", order {case.order_number}" if case.order_number else ""
    return f"Case {case.number} opened: {case.kind.replace('_', ' ')}{about}{order}"


def _with_the_shops_day(case: Case, done: list[tuple[str, Done]]) -> Remedy:
    """The later of our day and the shop's: no promise is sooner than who has to keep it."""
    remedy = remedy_of(case)
    if not done or remedy.resolution in (Resolution.GOODWILL,) or _is_instant(remedy):
        return remedy
    zone = zone_of(case)
    name, answer = done[-1]
    if name == "send_back":  # its day is the label's last one; ours counts the money's way too
        return remedy
    days = max(remedy.by, day_in(zone, answer.expected_at))
    return remedy_from_json({**remedy_as_json(remedy), "by": days.isoformat()})


def _is_instant(remedy: Remedy) -> bool:
    at_once = remedy.resolution is Resolution.NONE and remedy.method != "trace"
    return at_once or remedy.method == STORE_CREDIT


def _details(done: list[tuple[str, Done]]) -> dict[str, str]:
    details: dict[str, str] = {}
    for name, answer in done:
        details |= answer.details
        if name == "send_back":
            details["return_reference"] = answer.reference
            details["send_by"] = answer.expected_at.isoformat()
    return details


def _promise(
    session: Session, now: datetime, case: Case, remedy: Remedy, reference: str | None
) -> None:
    what = promises.kind_of(remedy.resolution)
    if remedy.after_goods_are_back:
        what = promises.REFUND_AFTER_RETURN
    if remedy.resolution is Resolution.NONE and remedy.method == "trace":
        what = promises.TRACE_ANSWERED
    if what is not None and not _is_instant(remedy):
        promises.promise(session, now, case, what=what, due_on=remedy.by, reference=reference)


def _record_gift(session: Session, now: datetime, case: Case, reference: str | None) -> None:
    gift = session.scalar(_GIFT, {"case": case.id})
    if gift is not None:
        gift.shop_reference, gift.updated_at = reference, now


def _end_traces(session: Session, now: datetime, case: Case) -> None:
    """A parcel that is made good need not be looked for."""
    if case.order_number is None or case.resolution == Resolution.GOODWILL:
        return
    of = {"customer": case.customer_id, "order": case.order_number, "case": case.id}
    for other in session.scalars(_OTHERS_OPEN, of):
        if is_tracing(other):
            resolve(other, now, Resolution(case.resolution or Resolution.NONE))
            promises.withdraw(session, now, other, promises.TRACE_ANSWERED)
            note_end(session, now, other, Actor.CARELINE)


def note_end(session: Session, now: datetime, case: Case, actor: Actor) -> None:
    if case.state == CaseState.OPEN:
        words = f"Case {case.number}: the carrier was asked to look for the parcel"
        _note(session, now, case, "case.traced", actor, words)
        return
    done = (case.resolution or "").replace("_", " ")
    money = f" of {case.amount} {case.currency}" if case.amount is not None else ""
    words = f"Case {case.number} resolved: {done}{money}"
    _note(session, now, case, "case.resolved", actor, words)


def note_declined(session: Session, now: datetime, case: Case) -> None:
    """No case.resolved: whoever was told no is not asked whether it was put right."""
    wanted = ((case.chosen or {}).get("remedy") or {}).get("resolution", "").replace("_", " ")
    words = f"Case {case.number} declined: {wanted}"
    _note(session, now, case, "case.declined", Actor.STAFF, words)


def _note(
    session: Session, now: datetime, case: Case, kind: str, actor: Actor, summary: str
) -> None:
    note(
        session,
        now,
        case,
        kind=kind,
        channel=channel_of(session, case.conversation_id),
        actor=actor,
        summary=summary,
        product=(case.chosen or {}).get("product", ""),
    )
