"""Cases that people work on: opened for them, approved or declined by them."""

from dataclasses import replace

from careline.journey.words import Actor, CaseState, Resolution
from careline.kit.errors import Conflict
from careline.kit.zones import zone_of
from careline.service import outcomes
from careline.service.carrying import carry_out
from careline.service.cases import (
    case_by_key,
    case_by_number,
    lock_customer,
    note,
    open_row,
    resolve,
)
from careline.service.dates import day_in
from careline.service.facts import Request, Settled
from careline.service.gathering import OrderNotFound, channel_of, home_of, own_order
from careline.service.plan import remedy_of
from careline.service.reopening import note_if_back
from careline.service.services import Services
from careline.service.waiting import answer_expected_by
from careline.shops.protocol import ShopUnavailable


class NotWaiting(Conflict):
    """The case does not wait for approval; read it again."""

    code = "not_waiting"


def open_case(
    services: Services,
    request: Request,
    *,
    state: CaseState,
    resolution: Resolution | None = None,
    root_cause: str | None = None,
    priority: int = 0,
) -> Settled:
    """A case that no remedy of the shop's belongs to: a complaint, an idea, one for a person.

    Visitors may open one too; an order number that cannot be shown to be theirs stays in the
    details, for staff to look at, and is not tied to the case.
    """
    request = _with_own_order(services, request)
    now = services.clock.now()
    with services.database.begin() as session:
        zone = zone_of(lock_customer(session, request.customer_id))
        known = case_by_key(session, request)
        if known is not None:
            return outcomes.settled(known, repeated=True)
        channel = channel_of(session, request.conversation_id)
        case = open_row(
            session,
            services.policies,
            now,
            request,
            channel=channel,
            priority=priority,
            root_cause=root_cause,
        )
        words = outcomes.opened_words(case, "")
        note(
            session,
            now,
            case,
            kind="case.opened",
            channel=channel,
            actor=Actor.CUSTOMER,
            summary=words,
        )
        note_if_back(session, now, case, channel=channel)
        if state is CaseState.RESOLVED:
            resolve(case, now, resolution or Resolution.NONE)
            outcomes.note_end(session, now, case, Actor.BOT)
        elif state is CaseState.HANDED_OVER:
            by = answer_expected_by(services.policies, now, channel, priority)
            due_on = day_in(zone, by)
            outcomes.hand_over(session, now, case, due_on=due_on)
        else:
            case.state = state.value
            case.resolution = resolution.value if resolution else None
        return outcomes.settled(case, repeated=False)


def approve(services: Services, number: str, *, by: str) -> Settled:
    """A person agrees to what waits for approval, and it is carried out.

    Who says it to the customer keeps the promise of an answer; see conversation.deciding.
    """
    now = services.clock.now()
    with services.database.begin() as session:
        case = case_by_number(session, number)
        lock_customer(session, case.customer_id)
        session.refresh(case)
        if case.state != CaseState.WAITING_APPROVAL or case.chosen is None:
            raise NotWaiting(f"Case {number} does not wait for approval.")
        case.state, case.updated_at = CaseState.OPEN.value, now
        case.chosen = {**case.chosen, "approved_by": by}
        if case.chosen["remedy"]["resolution"] == Resolution.GOODWILL:
            outcomes.reserve_goodwill(session, now, case, remedy_of(case))
    return carry_out(services, case, actor=Actor.STAFF)


def decline(services: Services, number: str, *, by: str, because: str) -> Settled:
    """A person does not agree; the case ends without a remedy, and the reason is kept.

    The promise of an answer stands until the customer has been told; see conversation.deciding.
    """
    now = services.clock.now()
    with services.database.begin() as session:
        case = case_by_number(session, number)
        lock_customer(session, case.customer_id)
        session.refresh(case)
        if case.state != CaseState.WAITING_APPROVAL:
            raise NotWaiting(f"Case {number} does not wait for approval.")
        case.outcome = {"details": {"declined_by": by, "because": because}}
        resolve(case, now, Resolution.NONE)
        outcomes.note_declined(session, now, case)
        return outcomes.settled(case, repeated=False)


def _with_own_order(services: Services, request: Request) -> Request:
    if request.order_number is None:
        return request
    home = home_of(services, request.customer_id)
    try:
        own_order(services.shop, home.shop_ref, request.order_number)
    except (OrderNotFound, ShopUnavailable):
        said = f"{request.details}\n(said to be about order {request.order_number}; not checked)"
        return replace(request, order_number=None, line_id=None, details=said.strip())
    return request
