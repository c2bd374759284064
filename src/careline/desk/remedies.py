"""What the company can do for a customer, at the desk: the bot's own functions and policies, and
a lead's approval for what is above a limit or beyond the rules.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from careline.conversation import deciding
from careline.conversation.notify import Hub
from careline.conversation.staff.colleagues import colleague, name_of
from careline.conversation.staff.errors import NotYours
from careline.journey import audit
from careline.journey.models import Case, Conversation, Customer, Promise
from careline.journey.words import Actor, CaseKind, CaseState, Mode, Resolution, Role
from careline.kit.errors import Conflict, Forbidden, Invalid, NotFound
from careline.service import cases, outcomes, promises, settlement
from careline.service.as_json import remedy_from_json
from careline.service.facts import Assessment, Remedy, Request, Settled
from careline.service.services import Services
from careline.service.settlement import ByStaff

# The buttons, and what each asks the policies: the kinds of request under which it may be given.
BUTTONS: dict[str, tuple[CaseKind, ...]] = {
    "replacement": (CaseKind.WRONG_ITEM, CaseKind.FAULTY, CaseKind.MISSING),
    "refund": (
        CaseKind.WRONG_ITEM,
        CaseKind.FAULTY,
        CaseKind.MISSING,
        CaseKind.RETURN,
        CaseKind.BILLING,
    ),
    "return_label": (CaseKind.RETURN,),
    "goodwill": (CaseKind.COMPLAINT, CaseKind.DELIVERY),
}


class OwnRequest(Forbidden):
    """Nobody approves what they asked for themselves; another lead does."""

    code = "own_request"


class NotVerified(Conflict):
    """Nobody has shown to be this customer; ask them to sign in, or let the bot send a code."""

    code = "not_verified"


@dataclass(frozen=True)
class Wish:
    """What a staff member wants to do, about which line of which order."""

    conversation_id: str
    kind: CaseKind
    client_id: str  # the same again is the same request
    order_number: str | None = None
    line_id: str | None = None
    quantity: int = 1
    reason: str = ""
    details: str = ""
    wished: Resolution | None = None


@dataclass(frozen=True)
class Waiting:
    """One request for approval, as a lead sees it."""

    number: str
    customer_id: str
    customer_name: str
    conversation_id: str | None
    kind: str
    order_number: str | None
    product: str
    remedy: Remedy
    why: str  # over_the_limit, policy_exception …
    asked_by: str  # a name; "The assistant" when the bot asked
    because: str
    asked_at: datetime
    answer_by: date | None  # the customer was promised an answer by that day


class Remedies:
    """Assess, then do or ask; the shop is called with no unit of work open.

    All three raise NotYours unless the staff member holds the conversation, and NotVerified
    unless its customer has shown who they are.
    """

    def __init__(self, services: Services, hub: Hub) -> None:
        self._services = services
        self._hub = hub

    def assess(self, staff_id: str, wish: Wish) -> Assessment:
        """What may be done now, best first, with the refusal if there is one."""
        self._check_may(staff_id, wish)
        return settlement.assess_request(self._services, self._request(wish))

    def do(self, staff_id: str, wish: Wish, remedy: Remedy) -> Settled:
        """Do it. One that needs approval waits for a lead. Raises RemedyNotAllowed."""
        return self._settle(staff_id, wish, remedy, because="")

    def ask_approval(self, staff_id: str, wish: Wish, remedy: Remedy, because: str) -> Settled:
        """Have a lead decide, also on what no policy offers; the shop's own limits stand."""
        if not because.strip():
            raise Invalid("Say why: a lead decides by it.", field="because")
        return self._settle(staff_id, wish, remedy, because=because.strip())

    def approve(self, staff_id: str, number: str) -> Settled:
        """Agree to it, and have it carried out. Raises NotWaiting, OwnRequest, Forbidden."""
        self._check_decider(staff_id, number)
        settled = settlement.approve(self._services, number, by=staff_id)
        self._note(staff_id, number, "case.approved", **self._asked(number))
        self._tell(staff_id, number)
        return settled

    def decline(self, staff_id: str, number: str, because: str) -> Settled:
        """Say no, with the reason. Raises NotWaiting, OwnRequest, Forbidden, Invalid."""
        if not because.strip():
            raise Invalid("Say why, so that the customer can be told.", field="because")
        self._check_decider(staff_id, number)
        settled = settlement.decline(self._services, number, by=staff_id, because=because.strip())
        why = because.strip()
        self._note(staff_id, number, "case.declined", because=why, **self._asked(number))
        self._tell(staff_id, number, why)
        return settled

    def _settle(self, staff_id: str, wish: Wish, remedy: Remedy, *, because: str) -> Settled:
        self._check_may(staff_id, wish)
        request = self._request(wish)
        settled = settlement.settle(self._services, request, remedy, by=ByStaff(staff_id, because))
        did = "case.waits" if settled.state is CaseState.WAITING_APPROVAL else "case.settled"
        self._note(staff_id, settled.case_number, f"{did}_by_staff")
        return settled

    def _check_may(self, staff_id: str, wish: Wish) -> None:
        with self._services.database.read() as session:
            conversation = session.get(Conversation, wish.conversation_id)
        if conversation is None:
            raise NotFound("There is no such conversation.")
        if conversation.mode != Mode.PERSON or conversation.holder != staff_id:
            raise NotYours("You do not hold this conversation; claim it or take it over first.")
        if not conversation.verified_by:
            raise NotVerified("This customer has not shown who they are; nothing was done.")

    def _request(self, wish: Wish) -> Request:
        with self._services.database.read() as session:
            conversation = session.get(Conversation, wish.conversation_id)
            if conversation is None:
                raise NotFound("There is no such conversation.")
            customer_id = conversation.customer_id
        return Request(
            key=f"desk:{wish.conversation_id}:{wish.client_id}",
            kind=wish.kind,
            customer_id=customer_id,
            conversation_id=wish.conversation_id,
            order_number=wish.order_number,
            line_id=wish.line_id,
            quantity=wish.quantity,
            wished=wish.wished,
            details=wish.details,
            reason=wish.reason,
            by_staff=True,
        )

    def _check_decider(self, staff_id: str, number: str) -> None:
        with self._services.database.read() as session:
            who = colleague(session, staff_id)
            if who.role not in (Role.LEAD, Role.ADMIN):
                raise Forbidden("A lead decides this.")
            chosen = session.scalar(select(Case.chosen).where(Case.number == number)) or {}
        if chosen.get("asked_by") == staff_id:
            raise OwnRequest("You asked for this yourself; another lead decides it.")

    def _note(self, staff_id: str, number: str, did: str, **details: Any) -> None:
        services = self._services
        with services.database.begin() as session:
            who = colleague(session, staff_id)
            case = session.scalars(select(Case).where(Case.number == number)).one()
            audit.note_by(
                session,
                services.clock.now(),
                who,
                did,
                subject=case.customer_id,
                details={"case": number, **details},
            )
            if case.state == CaseState.RESOLVED and did == "case.settled_by_staff":
                _end_handed_over(session, services.clock.now(), case)
            conversation_id = case.conversation_id
            if conversation_id is not None:  # so that open pages show it
                conversation = session.get_one(Conversation, conversation_id)
                conversation.updated_at = services.clock.now()
        if conversation_id is not None:
            self._hub.nudge(conversation_id)

    def _asked(self, number: str) -> dict[str, str]:
        """Whom the decision is news for, and where; see desk.attention."""
        with self._services.database.read() as session:
            case = session.scalars(select(Case).where(Case.number == number)).one()
        asked_by = (case.chosen or {}).get("asked_by")
        found = {"asked_by": asked_by, "conversation": case.conversation_id}
        return {name: value for name, value in found.items() if value}

    def _tell(self, staff_id: str, number: str, because: str = "") -> None:
        """Should we die before this, the promise of an answer stands, and breaks at its day."""
        services = self._services
        with services.database.begin() as session:
            told = deciding.tell_decision(
                session,
                services.clock.now(),
                session.scalars(select(Case).where(Case.number == number)).one(),
                decided_by=staff_id,
                because=because,
                policies=services.policies,
                shop_name=services.shop_name,
            )
        for conversation_id in told:
            self._hub.nudge(conversation_id)


def _end_handed_over(session: Session, now: datetime, settled: Case) -> None:
    """What the bot had handed over about the same line is dealt with by this."""
    handed_over = session.scalars(
        select(Case).where(
            Case.customer_id == settled.customer_id,
            Case.line_id == settled.line_id,
            Case.order_number == settled.order_number,
            Case.state == CaseState.HANDED_OVER,
            Case.id != settled.id,
        )
    )
    for case in handed_over.all():
        cases.resolve(case, now, Resolution.NONE)  # the other case counts the pieces
        promises.withdraw(session, now, case, promises.ANSWER_GIVEN)
        outcomes.note_end(session, now, case, Actor.STAFF)


def approvals(session: Session, limit: int = 200) -> Sequence[Waiting]:
    """What waits for a lead, oldest first."""
    found = session.execute(
        select(Case, Customer.name)
        .join(Customer, Customer.id == Case.customer_id)
        .where(Case.state == CaseState.WAITING_APPROVAL)
        .order_by(Case.updated_at, Case.id)
        .limit(limit)
    )
    return [_waiting(session, case, name) for case, name in found]


def _waiting(session: Session, case: Case, customer_name: str) -> Waiting:
    chosen = case.chosen or {}
    remedy = remedy_from_json(chosen["remedy"])
    asked_by = chosen.get("asked_by")
    return Waiting(
        number=case.number,
        customer_id=case.customer_id,
        customer_name=customer_name,
        conversation_id=case.conversation_id,
        kind=case.kind,
        order_number=case.order_number,
        product=chosen.get("product", ""),
        remedy=remedy,
        why=remedy.needs_approval,
        asked_by=name_of(session, asked_by) if asked_by else "The assistant",
        because=chosen.get("because", ""),
        asked_at=case.updated_at,
        answer_by=session.scalar(
            select(Promise.due_on).where(
                Promise.case_id == case.id,
                Promise.what == promises.ANSWER_GIVEN,
                Promise.state == "open",
            )
        ),
    )
