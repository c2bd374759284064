"""An idea of a customer's: kept in their words, with an owner outside support."""

from sqlalchemy import select

from careline.journey.models import Case, Suggestion
from careline.journey.words import CaseState
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
