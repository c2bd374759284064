"""What time brings to conversations with people: each function is one pass, for the worker.

Silent staff lose a conversation to the queue, snoozes end, missed service levels are written
down, and whoever must know that somebody waits too long is told.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from careline.conversation import clocks, lines, messages, service_levels
from careline.conversation.handover import joined_summary, words_with_hours
from careline.conversation.staff.colleagues import name_of
from careline.conversation.staff.holding import (
    back_to_queue_together,
    held_together,
    lock_all_of_customer,
)
from careline.journey import audit, touchpoints
from careline.journey.models import Conversation
from careline.journey.words import Actor, Mode, Stage
from careline.service.policies import Policies
from careline.service.waiting import answer_expected_by

BATCH = 100
LEFT_ALONE_FOR = timedelta(hours=2)  # past its resolution, by the one who holds it


def return_from_silent_staff(
    session: Session, now: datetime, policies: Policies, limit: int = BATCH
) -> list[str]:
    """Held past the answer's deadline: back to the queue, and the customer is told the truth.

    Held past its resolution with nobody doing anything: back, too; nobody waits for a word, so
    nothing is said. Gives back the ids, for those who must be nudged.
    """
    late = session.scalars(
        select(Conversation.id)
        .where(Conversation.mode == Mode.PERSON, or_(_answer_is_late(now), _is_left(now)))
        .limit(limit)
    ).all()
    returned = []
    for conversation_id in late:
        conversation, others = lock_all_of_customer(session, conversation_id)
        is_late = select(Conversation.id).where(
            Conversation.id == conversation_id,
            Conversation.mode == Mode.PERSON,
            or_(_answer_is_late(now), _is_left(now)),
        )
        if session.scalar(is_late) is None:  # given up, or answered, meanwhile
            continue
        returned += _give_back(session, now, conversation, others, policies)
    return returned


def _answer_is_late(now: datetime) -> ColumnElement[bool]:
    return Conversation.due_at < now


def _is_left(now: datetime) -> ColumnElement[bool]:
    """One that came along ends with the one it came by; one put aside until a time has its time."""
    return and_(
        Conversation.due_at.is_(None),
        Conversation.resolve_by < now,
        Conversation.updated_at < now - LEFT_ALONE_FOR,
        or_(
            Conversation.last_message_at.is_(None),
            Conversation.last_message_at < now - LEFT_ALONE_FOR,
        ),
        Conversation.joined_to.is_(None),
        Conversation.snoozed_until.is_(None),
    )


def end_snoozes(session: Session, now: datetime, limit: int = BATCH) -> list[str]:
    """Those whose time has come are in hand again; their ids."""
    over = session.scalars(
        select(Conversation).where(Conversation.snoozed_until <= now).limit(limit)
    ).all()
    for conversation in over:
        conversation.snoozed = conversation.snoozed_until = None
        conversation.updated_at = now
    return [each.id for each in over]


def note_missed_levels(session: Session, now: datetime, limit: int = BATCH) -> int:
    """Deadlines that passed without anybody's doing, in the record once each; how many."""
    missed = session.scalars(
        select(Conversation)
        .where(
            Conversation.mode.in_((Mode.QUEUED, Mode.PERSON)),
            or_(
                (Conversation.due_at < now)
                & (
                    Conversation.missed_due_at.is_(None)
                    | (Conversation.missed_due_at != Conversation.due_at)
                ),
                (Conversation.resolve_by < now)
                & (
                    Conversation.missed_resolve_by.is_(None)
                    | (Conversation.missed_resolve_by != Conversation.resolve_by)
                ),
            ),
        )
        .limit(limit)
    ).all()
    for conversation in missed:
        service_levels.note_missed(session, now, conversation)
    return len(missed)


def _give_back(
    session: Session,
    now: datetime,
    conversation: Conversation,
    others: Sequence[Conversation],
    policies: Policies,
) -> list[str]:
    """With all that its holder has of this customer: only as a whole can somebody else claim it."""
    silent = conversation.holder or ""
    together = held_together(conversation, others)
    for each in together:
        service_levels.note_missed(session, now, each)
    late = [each for each in together if each.due_at is not None and each.due_at < now]
    back_to_queue_together(session, now, conversation, others, policies)
    for each in together:
        if each in late:
            _renew_and_tell(session, now, each, policies)
        if each.mode == Mode.QUEUED:
            _note_returned(session, now, each, silent, answer_was_late=each in late)
    return [each.id for each in together]


def _renew_and_tell(
    session: Session, now: datetime, conversation: Conversation, policies: Policies
) -> None:
    due = answer_expected_by(
        policies,
        now,
        conversation.channel,
        conversation.priority,
        team=clocks.team_of(conversation),
    )
    conversation.due_at = due
    clocks.rank(conversation, policies)
    if conversation.mode != Mode.QUEUED:  # somebody else is in charge, and speaks for us
        return
    messages.say(
        session,
        now,
        conversation,
        key=f"silent:{now:%Y%m%d%H%M%S%f}",
        text=lines.back_in_queue(
            words_with_hours(session, conversation, due, now, policies),
            messages.last_position(session, conversation.id),
        ),
        buttons=[lines.BACK_BUTTON],
    )


def _note_returned(
    session: Session,
    now: datetime,
    conversation: Conversation,
    silent: str,
    *,
    answer_was_late: bool,
) -> None:
    did_not = "did not answer in time" if answer_was_late else "did not settle it in time"
    words = f"{name_of(session, silent)} {did_not}"
    if not answer_was_late:
        conversation.handover_summary = joined_summary(conversation.handover_summary, words)
    audit.note(
        session,
        now,
        who="careline:deadline",
        role="machine",
        did="conversation.returned",
        subject=conversation.customer_id,
        details={"conversation": conversation.id, "staff": silent},
    )
    touchpoints.record(
        session,
        now,
        customer_id=conversation.customer_id,
        conversation_id=conversation.id,
        kind="conversation.returned",
        stage=Stage.SERVICE,
        actor=Actor.CARELINE,
        channel=conversation.channel,
        summary=f"{words}; back in the queue",
        about={"staff": silent},
        source_id=f"{conversation.id}:returned:{now:%Y%m%d%H%M%S%f}",
    )
