"""The steps of a turn, each inside one short unit of work: claim, then finish, fail or pass on.

Nothing here waits for the assistant; conversation.lanes does, between claim and the rest, with
no transaction open. A crash after any step leaves a state from which the next claim goes on.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, func, literal, select, update
from sqlalchemy.orm import Session

from careline.conversation import charge, handback, lines, messages
from careline.conversation.charge import HELD_CONVERSATION
from careline.conversation.claims import Claim, Holder
from careline.conversation.handover import hand_over, words_for, words_with_hours
from careline.conversation.ports import Answer, Question
from careline.conversation.receive import Received, tell_team_has_it
from careline.journey.models import Attachment, Conversation, Message
from careline.journey.words import HandoverReason, Mode, TurnState
from careline.kit.rows import put_by_id, put_now, table_of
from careline.service.policies import Policies
from careline.service.unfinished import forget_left_open
from careline.service.waiting import answer_expected_by

CRASHES_FORGIVEN = 2  # tries that may end without even a failure before a person gets it
LEASE_MARGIN = timedelta(seconds=20)  # for writing the answer down on a busy database

# Statements of every turn, made once.
_messages = table_of(Message)
_OF_CONVERSATION = Message.conversation_id == bindparam("conversation")
_END = select(
    select(Message.turn_state).where(Message.id == bindparam("message")).scalar_subquery(),
    select(literal(True))
    .where(
        _OF_CONVERSATION,
        messages.IS_UNFINISHED,
        Message.id != bindparam("message"),
    )
    .limit(1)
    .scalar_subquery(),
    select(func.max(Message.position)).where(_OF_CONVERSATION).scalar_subquery(),
    HELD_CONVERSATION,
)
_DONE = (
    update(_messages)
    .where(_messages.c.id == bindparam("of"))
    .values(
        intent=bindparam("intent"),
        confidence=bindparam("confidence"),
        understood=bindparam("understood"),
        turn_state=TurnState.DONE,
        retry_at=None,
        updated_at=bindparam("now"),
    )
)


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
class Finished:
    """What a turn that ended has written; without replies if another try had ended it before."""

    more: bool  # another message waits behind it
    replies: tuple[messages.Spoken, ...] = ()
    mode: str = ""


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
    wanted = claim_for(now, holder, limits)
    if wanted.is_kept_from(conversation, now):
        return Nothing()
    if handback.is_due(conversation, now):
        put_now(session, conversation, **wanted.columns)
        return handback.question(conversation, now, limits.reply_within + LEASE_MARGIN)
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
    put_now(session, conversation, **wanted.columns)
    put_now(session, head, turn_state=TurnState.ASKED, tries=head.tries + 1, updated_at=now)
    return _question(conversation, head, _files_of(session, head))


def claim_for(now: datetime, holder: Holder, limits: Limits) -> Claim:
    """Until an answer can be written down, also on a busy database."""
    return Claim(holder, now + limits.reply_within + LEASE_MARGIN)


def claimed_first(received: Received) -> Question | None:
    """The question of a message that was claimed as it was written; None: `claim` sees to it."""
    if not received.is_asked:
        return None
    return _question(received.conversation, received.message, [file.id for file in received.files])


def finish(
    session: Session, now: datetime, question: Question, answer: Answer, *, policies: Policies
) -> Finished:
    """Write the replies and what was understood. Done already, it changes nothing.

    A person may have taken charge of the customer meanwhile: then nothing is said.
    """
    conversation_id = question.conversation_id
    mode, customer_id = messages.hold(session, conversation_id)
    state, others, last, held = _at_the_end(session, question)
    if state != TurnState.ASKED:
        put_by_id(session, Conversation, conversation_id, claimed_by=None, claimed_until=None)
        return Finished(others)
    if held is not None:
        conversation = messages.lock(session, conversation_id)
        message = session.get_one(Message, question.message_id)
        message.intent, message.confidence = answer.intent, answer.confidence
        message.understood = dict(answer.understood)
        _leave_to_person_in_charge(session, now, conversation, message, policies)
        return Finished(others)
    said = [
        messages.Words(
            conversation_id,
            f"{question.message_id}:{place}",
            reply.text,
            reply.buttons,
            reply.card,
            reply_to=question.message_id,
        )
        for place, reply in enumerate(answer.replies, start=1)
    ]
    replies = messages.speak(session, now, said, last)
    put_by_id(
        session,
        Conversation,
        conversation_id,
        claimed_by=None,
        claimed_until=None,
        last_message_at=now,
        updated_at=now,
        left_open=answer.left_open,
        left_open_at=now if answer.left_open else None,
    )
    if answer.taken_up and answer.taken_up != conversation_id:
        forget_left_open(session, customer_id, answer.taken_up)
    session.connection().execute(
        _DONE,
        {
            "of": question.message_id,
            "intent": answer.intent,
            "confidence": answer.confidence,
            "understood": dict(answer.understood),
            "now": now,
        },
    )
    return Finished(others, tuple(replies), mode)


def _question(conversation: Conversation, message: Message, files: Sequence[str]) -> Question:
    return Question(
        conversation_id=conversation.id,
        message_id=message.id,
        text=message.text,
        payload=message.payload or _payload_for_files_alone(message),
        metadata={
            **(message.facts or {}),
            "emotion": message.emotion,
            "attachments": list(files),
        },
    )


def _at_the_end(session: Session, question: Question) -> tuple[str | None, bool, int, str | None]:
    """How the message stands, whether another one waits, the last position; is one held?"""
    state, others, last, held = session.connection().execute(
        _END, {"message": question.message_id, "conversation": question.conversation_id}
    ).one()  # fmt: skip
    return state, bool(others), last or 0, held


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
    if _leave_to_person_in_charge(session, now, conversation, message, policies):
        return
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
    if _leave_to_person_in_charge(session, now, conversation, message, policies):
        return
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
    handed_back = session.scalars(
        select(Conversation.id)
        .where(Conversation.handback_at <= now, Conversation.mode == Mode.BOT)
        .limit(limit)
    ).all()
    waiting = session.scalars(
        select(Message.conversation_id)
        .where(
            messages.IS_UNFINISHED,
            (Message.retry_at.is_(None)) | (Message.retry_at <= now),
        )
        .distinct()
        .limit(limit)
    ).all()
    return [*handed_back, *(each for each in waiting if each not in handed_back)]


def late_conversations(
    session: Session, now: datetime, limits: Limits, limit: int = 500
) -> Sequence[str]:
    """Those where a customer waits past the deadline and has not heard a word yet."""
    answered = select(Message.reply_to).where(Message.reply_to.is_not(None))
    return session.scalars(
        select(Message.conversation_id)
        .where(
            messages.IS_UNFINISHED,
            Message.created_at < now - limits.reply_within,
            Message.id.not_in(answered),
        )
        .distinct()
        .limit(limit)
    ).all()


def _release(conversation: Conversation) -> None:
    conversation.claimed_by = conversation.claimed_until = None


def _leave_to_person_in_charge(
    session: Session,
    now: datetime,
    conversation: Conversation,
    message: Message,
    policies: Policies,
) -> bool:
    """False when nobody is in charge of the customer, and nothing was changed."""
    in_charge = charge.charge_of(session, conversation.customer_id)
    if in_charge is None:
        return False
    _release(conversation)
    message.turn_state, message.retry_at, message.updated_at = TurnState.QUEUED, None, now
    if conversation.mode != Mode.PERSON:
        charge.join(session, now, conversation, in_charge, policies)
    return True


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
        text=line(words_with_hours(session, conversation, due, now, policies), message.position),
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


def _files_of(session: Session, message: Message) -> Sequence[str]:
    return session.scalars(select(Attachment.id).where(Attachment.message_id == message.id)).all()
