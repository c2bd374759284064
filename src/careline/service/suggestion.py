"""An idea of a customer's: kept in their words, with an owner outside support, and told of
when it is done.
"""

from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from careline.journey import touchpoints
from careline.journey.models import Case, Customer, Suggestion
from careline.journey.words import Actor, CaseState, Channel, Stage
from careline.kit.errors import Invalid, NotFound
from careline.kit.ids import new_id
from careline.service.facts import Request, Settled
from careline.service.manual import open_case
from careline.service.services import Services


def record(services: Services, request: Request, *, tell_customer: bool = True) -> Settled:
    """A case for the journey and a suggestion for its owner, once for the request's key."""
    settled = open_case(services, request, state=CaseState.RESOLVED)
    now = services.clock.now()
    with services.database.begin() as session:
        case = session.scalars(select(Case).where(Case.number == settled.case_number)).one()
        known = session.scalar(select(Suggestion).where(Suggestion.key == request.key))
        if known is None:
            session.add(
                Suggestion(
                    id=new_id("sug"),
                    key=request.key,
                    customer_id=request.customer_id,
                    case_id=case.id,
                    words=request.details,
                    owner=case.owner or "support",
                    tell_customer=tell_customer,
                    created_at=now,
                    updated_at=now,
                )
            )
    return settled


def is_the_same_as(session: Session, now: datetime, suggestion_id: str, first_id: str) -> None:
    """Two customers had one idea: what comes of it concerns both. Raises NotFound, Invalid."""
    one, first = _found(session, suggestion_id), _found(session, first_id)
    root = first.same_as or first.id
    if root in (one.id, one.same_as):
        if root == one.id:
            raise Invalid("An idea cannot be the same as itself.", field="same_as")
        return
    for other in _behind(session, one.same_as or one.id):
        other.same_as, other.updated_at = root, now


def mark_done(session: Session, now: datetime, suggestion_id: str, changed: str) -> list[str]:
    """It was done: a touchpoint for everyone behind it who wished to hear; the customers' ids.

    `changed` is what they will read. Told again, nobody is told twice. Raises NotFound, Invalid.
    """
    if not changed.strip():
        raise Invalid("Say what was changed: the customers will read it.", field="changed")
    one = _found(session, suggestion_id)
    told: list[str] = []
    for each in _behind(session, one.same_as or one.id):
        each.state, each.changed, each.updated_at = "done", changed.strip(), now
        customer = session.get_one(Customer, each.customer_id)
        if not each.tell_customer or customer.is_visitor or customer.id in told:
            continue
        told.append(customer.id)
        touchpoints.record(
            session,
            now,
            customer_id=customer.id,
            kind="suggestion.done",
            stage=Stage(customer.stage),
            actor=Actor.CARELINE,
            channel=Channel.SHOP,
            summary=f"Their idea was done: {changed.strip()}"[:500],
            about={
                "suggestion": each.id,
                "idea": each.words[:200],
                "what": changed.strip().rstrip("."),
            },
            source_id=f"suggestion.done:{one.same_as or one.id}:{customer.id}",
        )
    return told


def _found(session: Session, suggestion_id: str) -> Suggestion:
    found = session.get(Suggestion, suggestion_id)
    if found is None:
        raise NotFound(f"There is no suggestion {suggestion_id}.", field="suggestion")
    return found


def _behind(session: Session, root: str) -> list[Suggestion]:
    return list(
        session.scalars(
            select(Suggestion)
            .where(or_(Suggestion.id == root, Suggestion.same_as == root))
            .order_by(Suggestion.created_at, Suggestion.id)
        )
    )
