"""The steps of a turn, each inside one short unit of work: claim, then finish, fail or pass on.

Nothing here waits for the assistant; conversation.lanes does, between claim and the rest, with
no transaction open. A crash after any step leaves a state from which the next claim goes on.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from careline.conversation import lines, messages
from careline.conversation.claims import Holder, is_gone
from careline.conversation.handover import hand_over, words_for
from careline.conversation.ports import Answer, Question
from careline.conversation.receive import tell_team_has_it
from careline.journey.models import Attachment, Conversation, Message
from careline.journey.words import Author, HandoverReason, Mode, TurnState
from careline.service.policies import Policies
from careline.service.waiting import answer_expected_by

CRASHES_FORGIVEN = 2  # tries that may end without even a failure before a person gets it
LEASE_MARGIN = timedelta(seconds=20)  # for writing the answer down on a busy database


@dataclass(frozen=True)
class Limits:
    reply_within: timedelta
    retry_after: timedelta
    give_up_after: int  # tries

    @property
    def until_given_up(self) -> timedelta:
        """The longest that a customer waits before a person has the message."""
        waits = sum(range(1, self.give_up_after))
        return waits * self.retry_after + self.give_up_after * self.reply_within


@dataclass(frozen=True)
class Nothing:
    """No turn to run now: all answered, a later try is due, or another process is at it."""

    wrote: bool = False  # a line was written for the customer all the same


def claim(
    session: Session,
    now: datetime,
    conversation_id: str,
    holder: Holder,
    *,
    limits: Limits,
    policies: Policies,
) -> Question | Nothing:
    """Take the oldest unanswered message of the conversation, and note that it is being asked."""
    conversation = messages.lock(session, conversation_id)
    if _is_held(conversation, holder, now):
        return Nothing()
    waiting = messages.unfinished(session, conversation_id)
    if not waiting:
        _release(conversation)
        return Nothing()
    if conversation.mode in (Mode.QUEUED, Mode.PERSON):
        _leave_to_people(session, now, conversation, waiting, policies)
        return Nothing(wrote=True)
    head = waiting[0]
    if head.retry_at is not None and head.retry_at > now:
        wrote = [reassure(session, now, conversation, m, limits, policies) for m in waiting[1:]]
        return Nothing(wrote=any(wrote))
    if head.tries >= limits.give_up_after + CRASHES_FORGIVEN:
        _pass_to_person(
            session,
            now,
            conversation,
            head,
            HandoverReason.ASSISTANT_DOWN,
            policies,
            lines.given_up,
        )
        return Nothing(wrote=True)
    conversation.claimed_by = str(holder)
    conversation.claimed_until = now + limits.reply_within + LEASE_MARGIN
    head.turn_state = TurnState.ASKED
    head.tries += 1
    head.updated_at = now
    return Question(
        conversation_id=conversation_id,
        message_id=head.id,
        text=head.text,
        payload=head.payload or _payload_for_files_alone(head),
        metadata=_metadata(session, head),
    )


def finish(session: Session, now: datetime, question: Question, answer: Answer) -> bool:
    """Write the replies and what was understood; True when another message waits behind it.

    Done already, it changes nothing.
    """
    conversation = messages.lock(session, question.conversation_id)
    _release(conversation)
    message = session.get_one(Message, question.message_id)
    if message.turn_state != TurnState.ASKED:
        return messages.any_unfinished(session, conversation.id)
    for place, reply in enumerate(answer.replies, start=1):
        messages.say(
            session,
            now,
            conversation,
            key=f"{message.id}:{place}",
            text=reply.text,
            author=Author.BOT,
            buttons=reply.buttons,
            card=reply.card,
            reply_to=message.id,
        )
    message.intent = answer.intent
    message.confidence = answer.confidence
    message.understood = dict(answer.understood)
    message.turn_state = TurnState.DONE
    message.retry_at = None
    message.updated_at = now
    session.flush()
    return messages.any_unfinished(session, conversation.id)


def fail(
    session: Session,
    now: datetime,
    question: Question,
    why: str,
    *,
    limits: Limits,
    policies: Policies,
) -> None:
    """No answer this time: an honest line and a later try, or, tried often enough, a person."""
    conversation = messages.lock(session, question.conversation_id)
    _release(conversation)
    message = session.get_one(Message, question.message_id)
    if message.turn_state != TurnState.ASKED:
        return
    message.turn_note = why[:300]
    message.updated_at = now
    if message.tries < limits.give_up_after:
        message.turn_state = TurnState.WAITING
        message.retry_at = now + limits.retry_after * message.tries
        reassure(session, now, conversation, message, limits, policies)
        return
    _pass_to_person(
        session, now, conversation, message, HandoverReason.ASSISTANT_DOWN, policies, lines.given_up
    )


def action_failed(
    session: Session, now: datetime, question: Question, action: str, *, policies: Policies
) -> None:
    """One of our actions raised: asking again would not help, a person looks at what was done."""
    conversation = messages.lock(session, question.conversation_id)
    _release(conversation)
    message = session.get_one(Message, question.message_id)
    if message.turn_state != TurnState.ASKED:
        return
    message.turn_note = f"{action} raised"[:300]
    _pass_to_person(
        session,
        now,
        conversation,
        message,
        HandoverReason.ACTION_FAILED,
        policies,
        lines.action_failed,
    )


def reassure(
    session: Session,
    now: datetime,
    conversation: Conversation,
    message: Message,
    limits: Limits,
    policies: Policies,
) -> bool:
    """One honest line for a message whose answer is late; False when it has had a word already."""
    if messages.replies_to(session, message.id):
        return False
    expected = answer_expected_by(
        policies, now + limits.until_given_up, conversation.channel, conversation.priority
    )
    by = words_for(session, conversation, expected, now)
    is_second = session.scalar(
        select(Message.id)
        .where(
            Message.conversation_id == conversation.id,
            Message.provider_id.endswith(":stuck"),
            Message.created_at > now - limits.until_given_up,
        )
        .limit(1)
    )
    words = lines.also_kept if is_second else lines.stuck
    messages.say(
        session,
        now,
        conversation,
        key=f"{message.id}:stuck",
        text=words(by, message.position),
        reply_to=message.id,
    )
    return True


def reassure_late(
    session: Session, now: datetime, conversation_id: str, *, limits: Limits, policies: Policies
) -> bool:
    """Honest lines for all messages of the conversation that have waited past the deadline."""
    conversation = messages.lock(session, conversation_id)
    late = [
        message
        for message in messages.unfinished(session, conversation_id)
        if message.created_at < now - limits.reply_within
    ]
    return any([reassure(session, now, conversation, m, limits, policies) for m in late])


def due_conversations(session: Session, now: datetime, limit: int = 500) -> Sequence[str]:
    """Those with a turn to run now, because it is due again or was cut off by a crash."""
    return session.scalars(
        select(Message.conversation_id)
        .where(
            Message.turn_state.in_(messages.UNFINISHED),
            (Message.retry_at.is_(None)) | (Message.retry_at <= now),
        )
        .distinct()
        .limit(limit)
    ).all()


def late_conversations(
    session: Session, now: datetime, limits: Limits, limit: int = 500
) -> Sequence[str]:
    """Those where a customer waits past the deadline and has not heard a word yet."""
    answered = select(Message.reply_to).where(Message.reply_to.is_not(None))
    return session.scalars(
        select(Message.conversation_id)
        .where(
            Message.turn_state.in_(messages.UNFINISHED),
            Message.created_at < now - limits.reply_within,
            Message.id.not_in(answered),
        )
        .distinct()
        .limit(limit)
    ).all()


def _is_held(conversation: Conversation, holder: Holder, now: datetime) -> bool:
    if conversation.claimed_by is None or conversation.claimed_until is None:
        return False
    if conversation.claimed_until <= now or conversation.claimed_by == str(holder):
        return False
    return not is_gone(conversation.claimed_by, holder)


def _release(conversation: Conversation) -> None:
    conversation.claimed_by = conversation.claimed_until = None


def _leave_to_people(
    session: Session,
    now: datetime,
    conversation: Conversation,
    waiting: Sequence[Message],
    policies: Policies,
) -> None:
    _release(conversation)
    for message in waiting:
        message.turn_state = TurnState.QUEUED
        message.updated_at = now
        if conversation.mode == Mode.QUEUED:
            tell_team_has_it(session, now, conversation, message, policies)


def _pass_to_person(
    session: Session,
    now: datetime,
    conversation: Conversation,
    message: Message,
    reason: HandoverReason,
    policies: Policies,
    line: Callable[[str, int], str],
) -> None:
    due = hand_over(
        session,
        now,
        conversation.id,
        reason=reason,
        summary=_summary(message),
        policies=policies,
    )
    message.retry_at = None
    messages.say(
        session,
        now,
        conversation,
        key=f"{message.id}:team",
        text=line(words_for(session, conversation, due, now), message.position),
        buttons=[lines.BACK_BUTTON],
        reply_to=message.id,
    )
    for waiting in messages.unfinished(session, conversation.id):
        waiting.turn_state = TurnState.QUEUED
        waiting.updated_at = now


def _summary(message: Message) -> str:
    words = message.text if len(message.text) <= 200 else message.text[:199] + "…"
    return f"Not answered by the assistant: “{words}”" if words else "Not answered by the assistant"


def _payload_for_files_alone(message: Message) -> str | None:
    """Photos without a word give facts for the question just asked."""
    return None if message.text.strip() else "/inform"


def _metadata(session: Session, message: Message) -> dict[str, Any]:
    files = session.scalars(select(Attachment.id).where(Attachment.message_id == message.id)).all()
    return {
        **(message.facts or {}),
        "emotion": message.emotion,
        "attachments": list(files),
    }
