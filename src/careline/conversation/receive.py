"""Write a customer's message down: masked, once, in its place; before anything else happens.

What follows from it (the turn, or a person's queue) is in the message's `turn_state`.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypedDict

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from careline.conversation import charge, clocks, codes, files, lines, messages, unasked
from careline.conversation.claims import Claim
from careline.conversation.handover import words_for
from careline.conversation.masking import mask
from careline.conversation.stopping import Said, stop_or_start
from careline.journey import touchpoints
from careline.journey.emotion import emotion_of
from careline.journey.models import Attachment, Conversation, Customer, Message
from careline.journey.words import Actor, Author, Delivery, Emotion, Mode, Stage, TurnState
from careline.kit.errors import Invalid
from careline.service import consents
from careline.service.policies import Policies

LONGEST_TEXT = 20_000  # characters
BUTTONS_STAY_GOOD_FOR = 20  # of our messages: older buttons are no longer shown as open
LOOKED_AT_FIRST = 3  # of these: nearly always it is a button of the last message
TEAM_LINE_EVERY = timedelta(minutes=10)
MOST_ATTACHMENTS = 10
LOOKED_BACK = 5  # of their messages, for the last one that the assistant took
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")

_OFFERED = (
    select(Message.buttons)
    .where(Message.conversation_id == bindparam("conversation"), Message.direction == "out")
    .order_by(Message.position.desc())
    .limit(bindparam("most"))
)


class ButtonNotOffered(Invalid):
    """The payload is none of this conversation's buttons; only those may be pressed."""

    code = "payload_not_offered"


class _Proof(TypedDict):
    channel: str
    how: str
    source_id: str


@dataclass(frozen=True)
class Received:
    conversation: Conversation
    message: Message
    repeated: bool  # it had been received before; nothing was written now
    is_asked: bool = False  # its turn has begun: the conversation is claimed for it
    files: Sequence[Attachment] = ()


def receive(
    session: Session,
    now: datetime,
    *,
    conversation_id: str,
    provider_id: str,
    text: str = "",
    payload: str | None = None,
    attachments: Sequence[str] = (),
    policies: Policies,
    secret: str,
    felt: Emotion | None = None,
    claim: Claim | None = None,
) -> Received:
    """Write one inbound message. The same provider id again gives back the first one.

    `felt` is the emotion of the text, where it was read already. With a `claim` the message is
    asked at once if nothing stands against it: then the conversation is claimed (`is_asked`).

    Raises Invalid (nothing in it, too long, not storable), ButtonNotOffered, NotFound (the
    conversation or an attachment is not this customer's).
    """
    conversation = messages.lock(session, conversation_id)
    standing = messages.standing(
        session, conversation_id, provider_id, fresh_since=now - unasked.ANSWERED_WITHIN
    )
    if standing.known is not None:
        known = session.get_one(Message, standing.known)
        return Received(conversation, known, repeated=True)
    _check(text, payload, attachments)
    if payload is not None:
        title = _offered_title(session, conversation_id, payload)
        text = text or title
    attached = files.waiting(session, conversation_id, attachments) if attachments else ()
    if conversation.mode == Mode.CLOSED:
        conversation.mode = Mode.BOT
        conversation.closed_at = None
    if standing.held_conversation is not None and conversation.mode != Mode.PERSON:
        _leave_to_person_in_charge(session, now, conversation, policies)
    touch = None
    if standing.touch is not None:
        touch = unasked.context_of(session, standing.touch, standing.last_position)
        unasked.note_answer(session, now, standing.touch)
    if claim is not None and not _may_be_asked(
        conversation, standing, claim, now, text, payload, policies
    ):
        claim = None
    message = _write(
        session, now, conversation, standing, provider_id, text, payload, secret, touch, felt, claim
    )
    for file in attached:
        file.message_id = message.id
    if message.position == 1:
        _note_the_start(session, now, conversation)
    if payload == lines.BACK_PAYLOAD:
        _back_to_assistant(session, now, conversation, message)
        is_answered = True
    elif payload == lines.STOP_PAYLOAD:
        _answer_to(Said.STOP, session, now, conversation, message, touch)
        is_answered = True
    else:  # what is answered here does not even need the assistant
        is_answered = payload is None and _stopped_or_started(
            session, now, conversation, message, touch, policies
        )
    if conversation.mode in (Mode.QUEUED, Mode.PERSON):
        clocks.customer_waits(session, now, conversation, policies)
    if conversation.mode == Mode.QUEUED and not is_answered:
        tell_team_has_it(session, now, conversation, message, policies)
    return Received(
        conversation,
        message,
        repeated=False,
        is_asked=claim is not None,
        files=attached,
    )


def _may_be_asked(
    conversation: Conversation,
    standing: messages.Standing,
    claim: Claim,
    now: datetime,
    text: str,
    payload: str | None,
    policies: Policies,
) -> bool:
    """No other message or process comes first, and it is for the assistant to answer."""
    if standing.any_unfinished or conversation.mode != Mode.BOT:
        return False
    if conversation.handback_at is not None or claim.is_kept_from(conversation, now):
        return False
    if payload is not None:
        return payload not in (lines.BACK_PAYLOAD, lines.STOP_PAYLOAD)
    return stop_or_start(text, policies.contact, answers_a_touch=True) is None


def tell_team_has_it(
    session: Session,
    now: datetime,
    conversation: Conversation,
    message: Message,
    policies: Policies,
) -> None:
    """The first message in the queue, and then one each ten minutes, hears when we answer."""
    latest = session.scalar(
        select(Message.created_at)
        .where(
            Message.conversation_id == conversation.id,
            Message.direction == "out",
            Message.provider_id.endswith(":team"),
        )
        .order_by(Message.position.desc())
        .limit(1)
    )
    queued_at = conversation.queued_at or now
    if latest is not None and latest >= queued_at and now - latest < TEAM_LINE_EVERY:
        return
    due = conversation.due_at
    if due is None or due <= now:  # overdue: what was promised is no longer the truth
        due = clocks.answer_due(now, conversation, policies)
    messages.say(
        session,
        now,
        conversation,
        key=f"{message.id}:team",
        text=lines.with_our_team(words_for(session, conversation, due, now), message.position),
        buttons=[lines.BACK_BUTTON],
        reply_to=message.id,
    )


def _leave_to_person_in_charge(
    session: Session, now: datetime, conversation: Conversation, policies: Policies
) -> None:
    in_charge = charge.charge_of(session, conversation.customer_id)
    if in_charge is not None:
        charge.join(session, now, conversation, in_charge, policies)


def _check(text: str, payload: str | None, attachments: Sequence[str]) -> None:
    _check_storable(text, payload or "")
    if len(attachments) > MOST_ATTACHMENTS:
        raise Invalid(f"At most {MOST_ATTACHMENTS} files a message.", field="attachments")
    if not text.strip() and payload is None and not attachments:
        raise Invalid("The message is empty: give text, payload or attachments.", field="text")


def check_words(text: str) -> None:
    """What somebody writes who has to write something. Raises Invalid."""
    _check_storable(text)
    if not text.strip():
        raise Invalid("There is nothing written.", field="text")


def _check_storable(text: str, payload: str = "") -> None:
    if len(text) > LONGEST_TEXT:
        raise Invalid(
            f"The text is longer than {LONGEST_TEXT:,} characters; please send it in parts.",
            field="text",
        )
    if _UNSTORABLE.search(text) or _UNSTORABLE.search(payload):
        raise Invalid("The text holds characters that cannot be stored (NUL or half a pair).",
                      field="text")  # fmt: skip


def _offered_title(session: Session, conversation_id: str, payload: str) -> str:
    """What stood on the button; raises ButtonNotOffered."""
    connection = session.connection()
    for most in (LOOKED_AT_FIRST, BUTTONS_STAY_GOOD_FOR):
        offered = connection.execute(_OFFERED, {"conversation": conversation_id, "most": most})
        for button in (button for (buttons,) in offered for button in buttons):
            if button.get("payload") == payload:
                return str(button.get("title", ""))
    raise ButtonNotOffered("This button was not offered in this conversation.", field="payload")


def _write(
    session: Session,
    now: datetime,
    conversation: Conversation,
    standing: messages.Standing,
    provider_id: str,
    text: str,
    payload: str | None,
    secret: str,
    touch: dict[str, Any] | None,
    felt: Emotion | None,
    claim: Claim | None,
) -> Message:
    facts: dict[str, Any] = {"touch": touch} if touch else {}
    code_awaited = payload is None and standing.code_awaited
    if code_awaited and conversation.mode == Mode.BOT:
        outcome = codes.try_code_in(session, now, conversation.id, text, secret=secret)
        if outcome is not None:
            facts, payload = facts | {"code": outcome}, codes.ENTER_CODE
    emotion = felt or emotion_of(text).emotion
    if emotion == Emotion.ANGRY:
        conversation.angry_messages += 1
    with_people = conversation.mode in (Mode.QUEUED, Mode.PERSON)
    return messages.add(
        session,
        now,
        conversation,
        direction="in",
        author=Author.CUSTOMER,
        provider_id=provider_id,
        position=standing.last_position + 1,
        text=mask(text, code_awaited=code_awaited),
        payload=payload,
        facts=facts or None,
        emotion=emotion,
        delivery=Delivery.DELIVERED,
        turn_state=_first_state(with_people=with_people, is_asked=claim is not None),
        tries=0 if claim is None else 1,
        changes={} if claim is None else claim.columns,
    )


def _first_state(*, with_people: bool, is_asked: bool) -> TurnState:
    if is_asked:
        return TurnState.ASKED
    return TurnState.QUEUED if with_people else TurnState.WAITING


def _back_to_assistant(
    session: Session, now: datetime, conversation: Conversation, message: Message
) -> None:
    """The customer would rather go on with the bot; not while a person is in charge."""
    if conversation.mode == Mode.PERSON or conversation.holder is not None:
        return
    conversation.mode = Mode.BOT
    clocks.stop_all(conversation)
    message.turn_state = TurnState.DONE
    messages.say(
        session,
        now,
        conversation,
        key=f"{message.id}:back",
        text=lines.back_with_assistant(message.position),
        reply_to=message.id,
    )


def _stopped_or_started(
    session: Session,
    now: datetime,
    conversation: Conversation,
    message: Message,
    touch: dict[str, Any] | None,
    policies: Policies,
) -> bool:
    """False when the message is about anything else, and nothing was done.

    While a touch may be answered a bare "stop" means the touches, also after other words; where a
    request is open it may mean that, and so we ask.
    """
    is_answer = touch is not None and bool(touch["is_last"])
    with_bot = conversation.mode == Mode.BOT and touch is not None
    said = stop_or_start(message.text, policies.contact, answers_a_touch=is_answer or with_bot)
    if said is None:
        return False
    if said is Said.STOP and not is_answer and _request_is_open(session, conversation.id):
        sure = stop_or_start(message.text, policies.contact, answers_a_touch=False)
        if sure is None:
            _say_back(
                session, now, conversation, message, "which", lines.which_stop(message.position),
                lines.WHICH_STOP_BUTTONS,
            )  # fmt: skip
            return True
    return _answer_to(said, session, now, conversation, message, touch)


def _request_is_open(session: Session, conversation_id: str) -> bool:
    """A form asked something in the last turn that the assistant took, and waits for an answer."""
    lately = session.scalars(
        select(Message.understood)
        .where(Message.conversation_id == conversation_id, Message.direction == "in")
        .order_by(Message.position.desc())
        .limit(LOOKED_BACK)
    )
    taken = next((each for each in lately if each and each.get("actions")), None)
    return taken is not None and str(taken["actions"][-1]).endswith("_form")


def _answer_to(
    said: Said,
    session: Session,
    now: datetime,
    conversation: Conversation,
    message: Message,
    touch: dict[str, Any] | None,
) -> bool:
    proof: _Proof = {
        "channel": conversation.channel,
        "how": f"wrote {said.value.upper()} in {conversation.id}",
        "source_id": message.id,
    }
    if not conversation.verified_by and touch is None:
        if said is Said.START:
            return False
        words = lines.stop_whom
    elif said is Said.STOP:
        consents.refuse(session, now, conversation.customer_id, **proof)
        if touch is not None:
            unasked.note_opt_out(session, now, touch["id"])
        words = lines.stopped
    elif consents.take_back(session, now, conversation.customer_id, **proof):
        words = lines.started
    else:
        return False
    _say_back(session, now, conversation, message, said, words(message.position))
    return True


def _say_back(
    session: Session,
    now: datetime,
    conversation: Conversation,
    message: Message,
    key: str,
    text: str,
    buttons: Sequence[dict[str, str]] = (),
) -> None:
    """At once and without the assistant; not while a person speaks for us, who sees it too."""
    if conversation.mode == Mode.PERSON:
        return
    message.turn_state = TurnState.DONE
    messages.say(
        session,
        now,
        conversation,
        key=f"{message.id}:{key}",
        text=text,
        buttons=buttons,
        reply_to=message.id,
    )


def _note_the_start(session: Session, now: datetime, conversation: Conversation) -> None:
    customer = session.get_one(Customer, conversation.customer_id)
    touchpoints.record(
        session,
        now,
        customer_id=customer.id,
        conversation_id=conversation.id,
        kind="conversation.started",
        stage=Stage.CONSIDERATION if customer.is_visitor else Stage.SERVICE,
        actor=Actor.CUSTOMER,
        channel=conversation.channel,
        summary="Wrote to us",
        source_id=f"{conversation.id}:started",
    )
