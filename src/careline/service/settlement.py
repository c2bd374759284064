"""Put a request right: record what is asked, have the shop do it, record what came of it.

Three short units in that order, none of them open while the shop is asked. Whatever is cut
short, the same request again, or `recover`, ends in the same state and does nothing twice.
"""

from dataclasses import dataclass, replace

from careline.journey.models import Case
from careline.journey.words import Actor, Resolution
from careline.kit.errors import Conflict
from careline.service import outcomes
from careline.service.carrying import carry_out
from careline.service.cases import case_by_key, lock_customer, note, open_row
from careline.service.facts import Assessment, Remedy, Request, Settled
from careline.service.gathering import OrderNotFound, gather, gather_goods, with_history
from careline.service.manual import approve, decline, open_case
from careline.service.plan import plan
from careline.service.recovery import pay_for_received_returns, recover
from careline.service.remedies import ABOUT_A_LINE, assess, still_allowed
from careline.service.reopening import note_if_back
from careline.service.services import Services
from careline.service.situation import Situation

POLICY_EXCEPTION = "policy_exception"  # why a lead is asked, when no limit says so

__all__ = [
    "POLICY_EXCEPTION",
    "ByStaff",
    "RemedyNotAllowed",
    "approve",
    "assess_request",
    "decline",
    "is_recalled",
    "open_case",
    "pay_for_received_returns",
    "recover",
    "settle",
]


class RemedyNotAllowed(Conflict):
    """The remedy is not, or no longer, what policy allows; assess again and offer what is."""

    code = "remedy_not_allowed"


def assess_request(services: Services, request: Request) -> Assessment:
    """What may be done about the request now. Raises OrderNotFound and ShopUnavailable."""
    situation = gather(services, request)
    _check_line(situation)
    return assess(situation)


def is_recalled(services: Services, request: Request) -> bool:
    """Whether the request's line is of a product that was recalled for its safety."""
    return gather(services, request).history.is_recalled


@dataclass(frozen=True)
class ByStaff:
    """A person at the desk chose it. With `because` a lead is asked, also beyond the policies."""

    staff_id: str
    because: str = ""


def settle(
    services: Services, request: Request, remedy: Remedy, *, by: ByStaff | None = None
) -> Settled:
    """Do what the customer chose.

    The answer's state tells how it ended: resolved (or open, while the carrier looks for a
    parcel); waiting_approval; handed_over, also when the shop refused; open with the detail
    `waiting_for: shop` when the shop did not answer: `recover` goes on with it.
    Raises RemedyNotAllowed, OrderNotFound, and ShopUnavailable before anything is recorded.
    """
    with services.database.read() as session:
        known = case_by_key(session, request)
    if known is not None:
        return carry_out(services, known)
    situation = gather_goods(services, request)
    _check_line(situation)
    case = _record_choice(services, situation, remedy, by)
    return carry_out(services, case, actor=Actor.STAFF if by else Actor.BOT)


def _record_choice(
    services: Services, situation: Situation, remedy: Remedy, by: ByStaff | None
) -> Case:
    request, now = situation.request, situation.now
    with services.database.begin() as session:
        lock_customer(session, request.customer_id)
        known = case_by_key(session, request)
        if known is not None:
            return known
        situation = with_history(session, situation)
        allowed = still_allowed(assess(situation), remedy, situation)
        if by is not None and by.because:
            why = (allowed.needs_approval if allowed else "") or POLICY_EXCEPTION
            allowed = replace(allowed or remedy, needs_approval=why)
        if allowed is None:
            raise RemedyNotAllowed(
                f"{remedy.resolution} is not among what can be done here now; assess again."
            )
        chosen = plan(situation, allowed)
        if by is not None:
            chosen |= {"asked_by": by.staff_id, "because": by.because}
        case = open_row(
            session,
            services.policies,
            now,
            request,
            channel=situation.channel,
            chosen=chosen,
        )
        product = situation.line.variant.product if situation.line else ""
        note(
            session,
            now,
            case,
            kind="case.opened",
            channel=situation.channel,
            actor=Actor.STAFF if by else Actor.CUSTOMER,
            summary=outcomes.opened_words(case, product),
            product=product,
        )
        note_if_back(session, now, case, channel=situation.channel)
        if allowed.resolution is Resolution.HANDED_OVER:
            outcomes.hand_over(session, now, case, due_on=allowed.by)
        elif allowed.needs_approval:
            outcomes.wait_for_approval(session, now, case, situation.person().by)
        elif allowed.resolution is Resolution.GOODWILL:
            outcomes.reserve_goodwill(session, now, case, allowed)
        return case


def _check_line(situation: Situation) -> None:
    if situation.request.kind in ABOUT_A_LINE and situation.line is None:
        raise OrderNotFound("Say which line of which order this is about.", field="line")
