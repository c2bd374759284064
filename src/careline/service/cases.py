"""Open a case, number it, and say in the journey what became of it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from careline.journey import touchpoints
from careline.journey.models import Case, Counter, Customer
from careline.journey.words import Actor, CaseState, Resolution, Stage
from careline.kit.errors import Conflict, NotFound
from careline.kit.ids import new_id
from careline.kit.rows import insert_now, table_of
from careline.service.facts import Request
from careline.service.policies import Policies
from careline.service.services import Services
from careline.service.waiting import resolution_expected_by

FIRST_NUMBER = 100_001
_IN_KIND = (Resolution.REPLACEMENT, Resolution.EXCHANGE, Resolution.REPAIR)

# Statements of every settled request, made once.
_TIME_ZONE_LOCKED = (
    select(Customer.time_zone).where(Customer.id == bindparam("customer")).with_for_update()
)
_BY_KEY = select(Case).where(Case.key == bindparam("key"))
_ANEW = select(Case).where(Case.id == bindparam("case")).execution_options(populate_existing=True)
_COUNT_UP = (
    update(table_of(Counter))
    .where(table_of(Counter).c.name == "case")
    .values(value=table_of(Counter).c.value + 1)
    .returning(table_of(Counter).c.value)
)


class KeyTaken(Conflict):
    """The request's key belongs to another request; give each request a key of its own."""

    code = "key_taken"


def lock_customer(session: Session, customer_id: str) -> str:
    """One customer's cases are decided one after the other (PostgreSQL; SQLite has one writer).

    Gives their time zone.
    """
    zone: str | None = session.connection().scalar(_TIME_ZONE_LOCKED, {"customer": customer_id})
    if zone is None:
        raise NotFound(f"There is no customer {customer_id}.", field="customer")
    return zone


def case_by_key(session: Session, request: Request) -> Case | None:
    """The case that this very request opened. Raises KeyTaken if the key is another's."""
    case = session.scalar(_BY_KEY, {"key": request.key})
    if case is None:
        return None
    same = (case.kind, case.customer_id) == (request.kind, request.customer_id)
    if not same or case.line_id != request.line_id:
        raise KeyTaken(f"The key {request.key} belongs to case {case.number}.", field="key")
    return case


def case_anew(session: Session, case: Case) -> Case:
    """The same case as it stands now; after its customer was locked."""
    return session.scalars(_ANEW, {"case": case.id}).one()


def case_by_number(session: Session, number: str) -> Case:
    case = session.scalar(select(Case).where(Case.number == number))
    if case is None:
        raise NotFound(f"There is no case {number}.", field="number")
    return case


def has_any_of(session: Session, conversation_id: str) -> bool:
    """Whether something was put on record in this conversation."""
    return (
        session.scalar(select(Case.id).where(Case.conversation_id == conversation_id).limit(1))
        is not None
    )


def latest_number(session: Session, customer_id: str) -> str | None:
    """The number of the customer's newest case about an order; None if there is none."""
    return session.scalar(
        select(Case.number)
        .where(Case.customer_id == customer_id, Case.order_number.is_not(None))
        .order_by(Case.opened_at.desc(), Case.number.desc())
        .limit(1)
    )


@dataclass(frozen=True)
class SettledInKind:
    """A case in which another one was promised instead of money."""

    number: str
    order_number: str
    line_id: str
    product: str


def settled_in_kind(services: Services, conversation_id: str) -> SettledInKind | None:
    """The last such case of this conversation; None if there is none."""
    with services.database.read() as session:
        case = session.scalar(
            select(Case)
            .where(Case.conversation_id == conversation_id, Case.state == CaseState.RESOLVED)
            .order_by(Case.opened_at.desc(), Case.number.desc())
            .limit(1)
        )
        if case is None or case.resolution not in _IN_KIND or not case.line_id:
            return None
        product = str((case.chosen or {}).get("product", ""))
        return SettledInKind(case.number, case.order_number or "", case.line_id, product)


def open_row(
    session: Session,
    policies: Policies,
    now: datetime,
    request: Request,
    *,
    channel: str,
    priority: int = 0,
    root_cause: str | None = None,
    chosen: dict[str, Any] | None = None,
) -> Case:
    """A new case in the record, in state open, with its owner and its deadline."""
    cause = root_cause or policies.owners.root_cause(request.kind, request.reason)
    owner = policies.owners.owner(cause)
    return insert_now(
        session,
        Case,
        id=new_id("cas"),
        number=_next_number(session),
        key=request.key,
        customer_id=request.customer_id,
        conversation_id=request.conversation_id,
        kind=request.kind.value,
        state=CaseState.OPEN.value,
        order_number=request.order_number,
        line_id=request.line_id,
        quantity=max(request.quantity, 1),
        wished=request.wished.value if request.wished else None,
        root_cause=cause,
        owner=owner,
        details=request.details,
        reason=request.reason,
        opened_at=now,
        due_at=resolution_expected_by(policies, now, channel, priority, team=owner),
        created_at=now,
        updated_at=now,
        chosen=chosen,
    )


def note(
    session: Session,
    now: datetime,
    case: Case,
    *,
    kind: str,
    channel: str,
    actor: Actor,
    summary: str,
    product: str = "",
    reopens: str = "",
) -> None:
    """A touchpoint about the case; each kind once for a case. `reopens`: the case before it."""
    about = {
        "case": case.number,
        "order": case.order_number,
        "line": case.line_id,
        "product": product,
        "topic": case.kind,
        "resolution": case.resolution,
        "reopens": reopens,
    }
    touchpoints.record(
        session,
        now,
        customer_id=case.customer_id,
        kind=kind,
        stage=Stage.SERVICE,
        actor=actor,
        channel=channel,
        summary=summary,
        conversation_id=case.conversation_id,
        about={name: value for name, value in about.items() if value},
        source_id=f"{kind}:{case.number}",
    )


def resolve(case: Case, now: datetime, resolution: Resolution) -> None:
    case.state = CaseState.RESOLVED.value
    case.resolution = resolution.value
    case.resolved_at = now
    case.updated_at = now


def _next_number(session: Session) -> str:
    value = _count_up(session)
    if value is None:
        try:
            with session.begin_nested():
                session.add(Counter(name="case", value=FIRST_NUMBER))
            value = FIRST_NUMBER
        except IntegrityError:  # another process opened the first case just now
            value = _count_up(session)
    return f"CL-{value}"


def _count_up(session: Session) -> int | None:
    value: int | None = session.connection().scalar(_COUNT_UP)
    return value
