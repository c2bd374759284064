"""Who has a conversation: claim it, take it over, give it back, pass it on, put it aside."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from careline.conversation import clocks, messages, service_levels
from careline.conversation.charge import Charge, join
from careline.conversation.staff import colleagues, notes
from careline.conversation.staff.errors import AlreadyClaimed, CameAlong, NotQueued, NotYours
from careline.journey.models import Conversation, Message, Staff
from careline.journey.words import HandoverReason, Mode, Role, Snooze, TurnState
from careline.kit.errors import Invalid
from careline.service.policies import Policies

_DECIDERS = (Role.LEAD, Role.ADMIN)


def claim(
    session: Session, now: datetime, conversation_id: str, staff_id: str, *, policies: Policies
) -> Conversation:
    """Take a conversation from the queue; from now on the bot is silent for this customer.

    Claimed again by the same person it stays as it is. Raises AlreadyClaimed, NotQueued,
    AtCapacity.
    """
    who = colleagues.colleague(session, staff_id)
    conversation, others = lock_all_of_customer(session, conversation_id)
    if _is_in_hand(session, conversation, others, who):
        return conversation
    if conversation.mode != Mode.QUEUED:
        raise NotQueued("Nobody waits for a person here; take it over to step in.")
    colleagues.check_capacity(session, who)
    _take(session, now, conversation, others, who, policies)
    colleagues.note_done(
        session,
        now,
        who,
        conversation,
        "conversation.claimed",
        f"{who.name} took it from the queue",
    )
    return conversation


def take_over(
    session: Session, now: datetime, conversation_id: str, staff_id: str, *, policies: Policies
) -> Conversation:
    """Step in while the bot is talking (or after the end); its turn under way is not sent.

    Raises AlreadyClaimed, AtCapacity.
    """
    who = colleagues.colleague(session, staff_id)
    conversation, others = lock_all_of_customer(session, conversation_id)
    if _is_in_hand(session, conversation, others, who):
        return conversation
    colleagues.check_capacity(session, who)
    if conversation.mode != Mode.QUEUED:
        conversation.handover_reason = HandoverReason.TAKEN_OVER
    _take(session, now, conversation, others, who, policies)
    colleagues.note_done(
        session, now, who, conversation, "conversation.taken_over", f"{who.name} took over"
    )
    return conversation


def release(
    session: Session, now: datetime, conversation_id: str, staff_id: str, *, policies: Policies
) -> Conversation:
    """Back to the queue, for somebody else. Raises NotYours, CameAlong."""
    who, conversation, others = mine(session, conversation_id, staff_id)
    check_stands_alone(conversation, others)
    back_to_queue_together(session, now, conversation, others, policies)
    colleagues.note_done(
        session, now, who, conversation, "conversation.released", f"{who.name} put it back"
    )
    return conversation


def pass_on(
    session: Session,
    now: datetime,
    conversation_id: str,
    staff_id: str,
    *,
    policies: Policies,
    to_staff: str | None = None,
    to_team: str | None = None,
    note: str = "",
    key: str = "",
) -> Conversation:
    """To a colleague, who then has it, or to a team's queue; the note goes with it.

    Raises NotYours (a lead may pass on anybody's), AtCapacity (a lead may exceed it), CameAlong,
    Invalid, NotFound.
    """
    if bool(to_staff) == bool(to_team):
        raise Invalid("Pass it on to one colleague or to one team.", field="to_staff")
    who, conversation, others = mine(session, conversation_id, staff_id, or_lead=True)
    if to_team is not None and to_team not in teams(policies):
        raise Invalid(f"Teams are {', '.join(teams(policies))}.", field="to_team")
    check_stands_alone(conversation, others)
    receiver = colleagues.receiver(session, to_staff) if to_staff else None
    if receiver and receiver.id != conversation.holder and who.role not in _DECIDERS:
        colleagues.check_capacity(session, receiver)
    group = held_together(conversation, others)
    for each in group:
        each.team = to_team or each.team
    if receiver is None:
        back_to_queue_together(session, now, conversation, others, policies)
    else:
        for each in group:
            each.holder, each.assigned_at, each.updated_at = receiver.id, now, now
            clocks.customer_waits(session, now, each, policies)  # the receiver owes an answer
    to = receiver.name if receiver else f"team {to_team}"
    if note.strip():
        notes.note(
            session, now, conversation.id, staff_id,
            f"To {to}: {note.strip()}",
            key=key or f"pass:{conversation.id}:{now:%Y%m%d%H%M%S%f}",
        )  # fmt: skip
    colleagues.note_done(
        session,
        now,
        who,
        conversation,
        "conversation.passed_on",
        f"{who.name} passed it on to {to}",
        to=receiver.id if receiver else to_team,
    )
    return conversation


def snooze(
    session: Session,
    now: datetime,
    conversation_id: str,
    staff_id: str,
    *,
    until: datetime | None = None,
    until_customer_answers: bool = False,
) -> Conversation:
    """Put aside until then, or until the customer writes, which ends it in any case.

    The answer's clock goes on if the customer waits. Raises NotYours, Invalid.
    """
    if (until is not None) == until_customer_answers:
        raise Invalid("Snooze until a time, or until the customer answers.", field="until")
    if until is not None and until <= now:
        raise Invalid("That time has passed; choose a later one.", field="until")
    who, conversation, _ = mine(session, conversation_id, staff_id)
    conversation.snoozed = Snooze.UNTIL_ANSWER if until is None else Snooze.UNTIL_TIME
    conversation.snoozed_until = until
    conversation.updated_at = now
    words = "the customer answers" if until is None else f"{until:%Y-%m-%d %H:%M} UTC"
    colleagues.note_done(
        session, now, who, conversation, "conversation.snoozed", f"Put aside until {words}"
    )
    return conversation


def wake(session: Session, now: datetime, conversation_id: str, staff_id: str) -> Conversation:
    """Back among what is in hand. Raises NotYours."""
    who, conversation, _ = mine(session, conversation_id, staff_id)
    if conversation.snoozed is None:
        return conversation
    conversation.snoozed = conversation.snoozed_until = None
    conversation.updated_at = now
    colleagues.note_done(
        session, now, who, conversation, "conversation.woken", f"{who.name} took it up again"
    )
    return conversation


def teams(policies: Policies) -> list[str]:
    """The queues that there are: the teams with hours of their own, and the departments."""
    return list(dict.fromkeys([*policies.service_levels.teams, *policies.owners.departments]))


def lock_all_of_customer(
    session: Session, conversation_id: str
) -> tuple[Conversation, list[Conversation]]:
    """The conversation and the customer's others that are not closed, held in one order.

    Held all together, so that a turn which ends in any of them meanwhile waits for us, and then
    sees who is in charge.
    """
    customer_id = session.scalar(
        select(Conversation.customer_id).where(Conversation.id == conversation_id)
    )
    if customer_id is None:
        raise messages.NoSuchConversation("There is no such conversation.")
    locked = session.scalars(
        select(Conversation)
        .where(
            Conversation.customer_id == customer_id,
            (Conversation.mode != Mode.CLOSED) | (Conversation.id == conversation_id),
        )
        .order_by(Conversation.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    chosen = next((each for each in locked if each.id == conversation_id), None)
    if chosen is None:  # its visitor turned out to be somebody known just now
        return lock_all_of_customer(session, conversation_id)
    return chosen, [each for each in locked if each.id != conversation_id]


def mine(
    session: Session, conversation_id: str, staff_id: str, *, or_lead: bool = False
) -> tuple[Staff, Conversation, Sequence[Conversation]]:
    """The conversation, which this person holds, and the customer's others that are not closed.

    Raises NotYours.
    """
    who = colleagues.colleague(session, staff_id)
    conversation, others = lock_all_of_customer(session, conversation_id)
    is_allowed = or_lead and who.role in _DECIDERS
    if conversation.mode != Mode.PERSON or (conversation.holder != staff_id and not is_allowed):
        holder = conversation.holder if conversation.mode == Mode.PERSON else None
        words = f"{colleagues.name_of(session, holder)} has it" if holder else "nobody has it"
        raise NotYours(f"You do not hold this conversation: {words}.")
    return who, conversation, others


def check_stands_alone(conversation: Conversation, others: Sequence[Conversation]) -> None:
    """A customer has one person in charge or none, so the bot or a colleague gets all or nothing.

    Raises CameAlong.
    """
    if any(each.id == conversation.joined_to and each.mode == Mode.PERSON for each in others):
        raise CameAlong(
            "You still have another conversation of this customer: what you do there is done here "
            "too. To end this one alone, resolve it, or merge it into the other."
        )


def held_together(conversation: Conversation, others: Sequence[Conversation]) -> list[Conversation]:
    """What one person has of this customer; a part of it nobody else could claim."""
    return [
        each
        for each in (conversation, *others)
        if each.mode == Mode.PERSON and each.holder == conversation.holder
    ]


def back_to_queue_together(
    session: Session,
    now: datetime,
    conversation: Conversation,
    others: Sequence[Conversation],
    policies: Policies,
) -> list[Conversation]:
    """All that its holder has of this customer; gives that back.

    Where somebody else is in charge of them too (two records turned out to be one person's), it
    comes to that one instead, as nobody else could claim it.
    """
    group = held_together(conversation, others)
    left = next((each for each in others if each.mode == Mode.PERSON and each not in group), None)
    for each in group:
        back_to_queue(session, now, each, policies)
        if left is not None and each.mode == Mode.QUEUED:
            charge = Charge(left.holder or "", left.joined_to or left.id)
            join(session, now, each, charge, policies)
    return group


def back_to_queue(
    session: Session, now: datetime, conversation: Conversation, policies: Policies
) -> None:
    """For anybody to claim. Whoever does not wait for us there is left to the bot."""
    was_joined = conversation.joined_to is not None
    conversation.holder = conversation.assigned_at = conversation.joined_to = None
    conversation.updated_at = now
    if was_joined and conversation.waiting_since is None:
        conversation.mode = Mode.BOT
        clocks.stop_all(conversation)
        return
    service_levels.note_missed(session, now, conversation)
    if conversation.resolve_by is not None and conversation.resolve_by < now:
        conversation.resolve_by = None  # missed, and noted; whoever is next has the time anew
    conversation.mode = Mode.QUEUED
    conversation.queued_at = now
    conversation.handover_reason = conversation.handover_reason or HandoverReason.TAKEN_OVER
    clocks.customer_waits(session, now, conversation, policies)


def _is_in_hand(
    session: Session, conversation: Conversation, others: Sequence[Conversation], who: Staff
) -> bool:
    """True if it is this person's already. Raises AlreadyClaimed if it is a colleague's."""
    for each in (conversation, *others):
        if each.mode == Mode.PERSON and each.holder != who.id:
            raise AlreadyClaimed(each.holder or "", colleagues.name_of(session, each.holder))
    return conversation.mode == Mode.PERSON


def _take(
    session: Session,
    now: datetime,
    conversation: Conversation,
    others: Sequence[Conversation],
    who: Staff,
    policies: Policies,
) -> None:
    waiting = _leave_unanswered_to_people(session, now, [conversation, *others])
    was_queued = conversation.mode == Mode.QUEUED
    held = next((each for each in others if each.mode == Mode.PERSON), None)
    conversation.mode = Mode.PERSON
    conversation.holder = who.id
    conversation.joined_to = None
    conversation.assigned_at = conversation.updated_at = now
    conversation.closed_at = None
    conversation.handback = conversation.handback_at = None
    if held is not None:
        conversation.joined_to = held.joined_to or held.id
    if was_queued or conversation.id in waiting:
        clocks.customer_waits(session, now, conversation, policies)
    charge = Charge(who.id, conversation.joined_to or conversation.id)
    for other in others:
        is_unsaid = other.id in waiting or other.handback_at is not None
        if other.mode == Mode.QUEUED or (other.mode == Mode.BOT and is_unsaid):
            join(session, now, other, charge, policies)


def _leave_unanswered_to_people(
    session: Session, now: datetime, conversations: Sequence[Conversation]
) -> set[str]:
    """Turns that wait or run end here: what the bot still says in them is not sent."""
    gone = session.scalars(
        update(Message)
        .where(
            Message.conversation_id.in_([each.id for each in conversations]),
            messages.IS_UNFINISHED,
        )
        .values(turn_state=TurnState.QUEUED, retry_at=None, updated_at=now)
        .returning(Message.conversation_id)
        .execution_options(synchronize_session=False)
    )
    return set(gone)
