"""What a colleague's words to a customer promise, written down with its day.

The writer's ribbon says what is promised and what only looks like it; what it does not speak of is
read in the words (service.said_promises), so that a quick key or a machine loses no promise.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from careline.conversation.lines import promise_kind
from careline.conversation.masking import mask
from careline.journey.models import Conversation, Customer, Message, Promise
from careline.kit.errors import Invalid
from careline.kit.zones import zone_of
from careline.service import promises
from careline.service.policies import Policies
from careline.service.said_promises import SaidPromise, promises_in
from careline.service.waiting import holidays

MOST = 10  # of one message
LONGEST_WHAT = 80


@dataclass(frozen=True)
class PromiseSaid:
    """What is promised, and by when on the customer's calendar."""

    what: str  # a few words: "your money back", "a call from the workshop"
    due_on: date
    words: str = ""  # those of the message that say it


@dataclass(frozen=True)
class Ribbon:
    """What the writer says about the promises of a message."""

    promised: Sequence[PromiseSaid] = field(default=())
    not_promised: Sequence[str] = field(default=())  # words that look like a promise and are none


NO_RIBBON = Ribbon()


def read(
    session: Session, now: datetime, conversation: Conversation, text: str, policies: Policies
) -> list[SaidPromise]:
    """What the words promise, by the customer's calendar and our working days."""
    today = _today(session, now, conversation)
    return promises_in(mask(text), today, holidays(policies))


def all_of(said: Sequence[SaidPromise], ribbon: Ribbon) -> list[PromiseSaid]:
    """What the ribbon says, and what was read besides.

    A promise of the ribbon answers for the words that it names; without words, as when a ready
    reply or a machine gives it, for those with its day, else for the first.
    """
    left = [each for each in said if not any(_same(each.words, no) for no in ribbon.not_promised)]
    found = []
    for promise in ribbon.promised:
        answered = _answered(promise, left)
        if answered is not None:
            left.remove(answered)
            promise = replace(promise, words=answered.words)
        found.append(promise)
    return found + [PromiseSaid(each.what, each.due_on, each.words) for each in left]


def check(session: Session, now: datetime, conversation: Conversation, ribbon: Ribbon) -> None:
    """Raises Invalid."""
    today = _today(session, now, conversation)
    if len(ribbon.promised) > MOST:
        raise Invalid(f"At most {MOST} promises a message.", field="promise")
    for promise in ribbon.promised:
        if not promise.what.strip():
            raise Invalid("Say what is promised.", field="promise")
        if promise.due_on < today:
            raise Invalid(
                "That day has passed where the customer is; promise a later one.",
                field="promise_by",
            )


def write_down(
    session: Session,
    now: datetime,
    conversation: Conversation,
    text: str,
    ribbon: Ribbon,
    *,
    key: str,
    staff_id: str,
    policies: Policies,
) -> list[Promise]:
    """Those of one message; its key names them, so that they are found again."""
    said = all_of(read(session, now, conversation, text, policies), ribbon)
    return [
        promises.promise_by_staff(
            session,
            now,
            conversation,
            key=f"{key}:promise:{place}",
            message_key=key,
            staff_id=staff_id,
            what=_what(each),
            due_on=each.due_on,
            words=mask(each.words) or mask(text),
        )
        for place, each in enumerate(said, start=1)
    ]


def is_as_sent(
    session: Session,
    message: Message,
    conversation: Conversation,
    ribbon: Ribbon,
    policies: Policies,
) -> bool:
    """Whether it promised, when it was written, what it promises with this ribbon."""
    said = read(session, message.created_at, conversation, message.text, policies)
    wanted = {(_thing(_what(each)), each.due_on) for each in all_of(said, ribbon)}
    return wanted == {(_thing(one.what), one.due_on) for one in of_message(session, message.id)}


def of_message(session: Session, key: str) -> list[Promise]:
    """What was written down with a message, or a hand-back."""
    found = select(Promise).where(Promise.key.startswith(f"{key}:promise:", autoescape=True))
    return list(session.scalars(found.order_by(Promise.key)))


def _what(promise: PromiseSaid) -> str:
    return promise_kind(promise.what.strip())[:LONGEST_WHAT]


def _thing(what: str) -> str:
    """Money is money, whether or not goods have to come back first."""
    return promises.REFUND_PAID if what in promises.MONEY else what


def _answered(promise: PromiseSaid, said: Sequence[SaidPromise]) -> SaidPromise | None:
    if promise.words:
        return next((each for each in said if _same(each.words, mask(promise.words))), None)
    same_day = (each for each in said if each.due_on == promise.due_on)
    return next(same_day, next(iter(said), None))


def _same(one: str, other: str) -> bool:
    """Typed on since, it is the same sentence: "… on Friday", "… on Friday at 2"."""
    one, other = " ".join(one.split()), " ".join(mask(other).split())
    return bool(one and other) and (one.startswith(other) or other.startswith(one))


def _today(session: Session, now: datetime, conversation: Conversation) -> date:
    zone = session.get_one(Customer, conversation.customer_id).time_zone
    return now.astimezone(zone_of(zone)).date()
