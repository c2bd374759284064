"""Gather what the gate goes by, for many customers with a fixed number of statements.

`since` is the oldest trigger among a customer's touches: what happened before it is nothing to
them. Call with some hundred customers at once at most.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import and_, case, func, or_, select
from sqlalchemy.orm import Session

from careline.journey.feelings import valence
from careline.journey.models import (
    Case,
    Consent,
    Conversation,
    Customer,
    Feedback,
    Identity,
    Message,
    Promise,
    Touch,
    Touchpoint,
)
from careline.journey.repository import NAMED_LAST
from careline.journey.words import (
    Actor,
    CaseKind,
    CaseState,
    Channel,
    Emotion,
    FeedbackKind,
    Mode,
    Purpose,
    TouchState,
)
from careline.kit.many import any_of
from careline.kit.zones import zone_of
from careline.service.consents import ALL_CHANNELS
from careline.service.feedback import UNHAPPY_UP_TO
from careline.service.policies.contact import ContactPolicy
from careline.touches import templates
from careline.touches.facts import ChannelFacts, CustomerFacts, Happened, SentTouch
from careline.touches.playbook import Playbook

OPEN_CASES = (CaseState.OPEN, CaseState.WAITING_APPROVAL, CaseState.HANDED_OVER)
FEELINGS_COUNT_FOR = timedelta(days=365)
# Left, may have left, or would have left: the hold-out group's caps are those of the others, so
# that both are due as often. Of an e-mail that was refused the words stand in the chat.
_LEFT = (TouchState.SENT, TouchState.HELD_OUT, TouchState.UNKNOWN, TouchState.FAILED)
_BY_ADDRESS = (Channel.EMAIL, Channel.WHATSAPP)
_GOOD_FROM = {
    FeedbackKind.CSAT: 4,
    FeedbackKind.CES: 6,
    FeedbackKind.NPS: 9,
    FeedbackKind.REVIEW: 4,
}
_TROUBLE = ("case.opened", "case.reopened", "promise.broken")
_Row = Any


@dataclass
class _Gathered:
    """Of one customer, while the statements' rows come in."""

    consents: dict[tuple[str, Purpose], bool] = field(default_factory=dict)
    agreed_since: set[tuple[str, Purpose]] = field(default_factory=set)
    channels: dict[Channel, ChannelFacts] = field(default_factory=dict)
    sent: list[SentTouch] = field(default_factory=list)
    open_cases: list[str] = field(default_factory=list)
    resolved_cases: int = 0
    open_promises: list[str] = field(default_factory=list)
    person: str | None = None
    queued: bool = False
    anger: datetime | None = None
    last_message: datetime | None = None
    seen: datetime | None = None  # in the web chat
    wrote: dict[str, datetime] = field(default_factory=dict)  # last, by channel
    last_activity: datetime | None = None
    happened: list[Happened] = field(default_factory=list)
    orders: set[str] = field(default_factory=set)
    order_worth: dict[str, tuple[Decimal, str]] = field(default_factory=dict)
    feelings: list[tuple[datetime, int]] = field(default_factory=list)  # when, and which way
    last_score: tuple[str, int] | None = None


def facts_for(
    session: Session,
    now: datetime,
    since: Mapping[str, datetime],
    playbooks: Mapping[str, Playbook],
    policy: ContactPolicy,
    order_categories: Mapping[str, frozenset[str] | None] | None = None,
    silent_since: datetime | None = None,
) -> dict[str, CustomerFacts]:
    """Facts of each customer in `since`; those who are not in the record any more are erased.

    With `silent_since`, what they wrote since then counts for `last_activity_at` as well: an open
    conversation is no touchpoint yet.
    """
    ids = list(since)
    found: dict[str, _Gathered] = defaultdict(_Gathered)
    _consents(session, ids, found)
    _addresses(session, ids, found)
    _sent(session, ids, found, playbooks)
    _cases(session, ids, found)
    _promises(session, ids, found)
    _with_people(session, ids, found)
    _talk(session, now, ids, found, policy)
    _journey(session, now, since, found, playbooks, policy)
    _feedback(session, now, ids, found)
    _windows(session, found, playbooks, policy)
    if silent_since is not None:
        _wrote(session, silent_since, ids, found)
    categories = order_categories or {}
    people = {row.id: row for row in session.execute(_people(ids))}
    return {
        each: _facts(each, people.get(each), found[each], now, policy, categories) for each in ids
    }


def _people(ids: Sequence[str]) -> Any:
    return select(
        Customer.id,
        Customer.time_zone,
        Customer.country,
        Customer.currency,
        Customer.segment,
        Customer.stage,
        Customer.is_visitor,
    ).where(any_of(Customer.id, ids))


def _facts(
    customer_id: str,
    who: _Row | None,
    known: _Gathered,
    now: datetime,
    policy: ContactPolicy,
    categories: Mapping[str, frozenset[str] | None],
) -> CustomerFacts:
    if who is None:
        return CustomerFacts(customer_id, ZoneInfo("UTC"), "", "", "", is_erased=True)
    if not who.is_visitor:  # a page that nobody has proved theirs is no address
        there = known.seen is not None and _is_recent(
            known.seen, now, timedelta(days=policy.counts_as_there_days)
        )
        known.channels[Channel.WEB] = ChannelFacts(Channel.WEB, is_there=there)
    score = known.last_score
    return CustomerFacts(
        customer_id=customer_id,
        zone=zone_of(who.time_zone),
        country=who.country,
        currency=who.currency,
        segment=who.segment,
        stage=who.stage,
        consents=known.consents,
        agreed_since=frozenset(known.agreed_since),
        channels=known.channels,
        sent=tuple(sorted(known.sent, key=lambda s: s.at)),
        open_cases=tuple(sorted(known.open_cases)),
        open_promises=tuple(sorted(known.open_promises)),
        person_in_charge=known.person,
        queued_conversation=known.queued,
        last_anger_at=known.anger,
        last_message_at=known.last_message,
        last_activity_at=known.last_activity,
        happened=tuple(sorted(known.happened, key=lambda h: h.at)),
        orders=len(known.orders),
        order_worth=known.order_worth,
        order_categories=categories,
        last_score=score,
        is_pleased=bool(known.feelings) and max(known.feelings)[1] > 0,
        resolved_cases=known.resolved_cases,
    )


def _consents(session: Session, ids: Sequence[str], found: dict[str, _Gathered]) -> None:
    rows = session.execute(
        select(
            Consent.customer_id, Consent.channel, Consent.purpose, Consent.state, Consent.given_at
        ).where(any_of(Consent.customer_id, ids))
    ).all()
    refused_all = {
        (customer_id, purpose): at
        for customer_id, channel, purpose, state, at in rows
        if channel == ALL_CHANNELS and state != "given"
    }
    for customer_id, channel, purpose, state, at in rows:
        about = (channel, Purpose(purpose))
        found[customer_id].consents[about] = state == "given"
        refused_at = refused_all.get((customer_id, purpose))
        if state == "given" and refused_at is not None and at > refused_at:
            found[customer_id].agreed_since.add(about)


def _addresses(session: Session, ids: Sequence[str], found: dict[str, _Gathered]) -> None:
    rows = session.execute(
        select(Identity.customer_id, Identity.channel, Identity.address, Identity.refused_at)
        .where(any_of(Identity.customer_id, ids), Identity.channel.in_(_BY_ADDRESS))
        .order_by(*NAMED_LAST)
    )
    for customer_id, channel, address, refused_at in rows:
        reached_by = Channel(channel)
        found[customer_id].channels.setdefault(
            reached_by,
            ChannelFacts(reached_by, True, address, is_refused=refused_at is not None),
        )


def _windows(
    session: Session,
    found: Mapping[str, _Gathered],
    playbooks: Mapping[str, Playbook],
    policy: ContactPolicy,
) -> None:
    """Of the channels that take free words only for a time after the customer wrote there."""
    concerned = [
        (known, channel)
        for known in found.values()
        for channel in known.channels
        if channel in policy.window_hours
    ]
    if not concerned:
        return
    is_asked = any(book.templates for book in playbooks.values())
    usable = templates.approved(session) if is_asked else {}
    for known, channel in concerned:
        wrote = known.wrote.get(channel)
        lasts = timedelta(hours=policy.window_hours[channel])
        known.channels[channel] = replace(
            known.channels[channel],
            has_window=True,
            window_until=wrote + lasts if wrote is not None else None,
            approved_templates=usable.get(channel, frozenset()),
        )


def _sent(
    session: Session,
    ids: Sequence[str],
    found: dict[str, _Gathered],
    playbooks: Mapping[str, Playbook],
) -> None:
    rows = session.execute(
        select(
            Touch.customer_id,
            Touch.id,
            Touch.playbook,
            Touch.subject,
            # An e-mail counts from when it left, which may be long after it was written.
            func.coalesce(Touch.delivered_at, Touch.sent_at),
        ).where(any_of(Touch.customer_id, ids), Touch.state.in_(_LEFT), Touch.sent_at.is_not(None))
    )
    for customer_id, touch_id, name, subject, at in rows:
        left = SentTouch.of(playbooks.get(name), touch_id, name, subject, at)
        found[customer_id].sent.append(left)


def _cases(session: Session, ids: Sequence[str], found: dict[str, _Gathered]) -> None:
    rows = session.execute(
        select(Case.customer_id, Case.number, Case.state, Case.kind).where(
            any_of(Case.customer_id, ids), Case.state.in_([*OPEN_CASES, CaseState.RESOLVED])
        )
    )
    for customer_id, number, state, kind in rows:
        if state in OPEN_CASES:
            found[customer_id].open_cases.append(number)
        elif kind != CaseKind.SUGGESTION:
            found[customer_id].resolved_cases += 1


def _promises(session: Session, ids: Sequence[str], found: dict[str, _Gathered]) -> None:
    rows = session.execute(
        select(Promise.customer_id, Promise.what).where(
            any_of(Promise.customer_id, ids), Promise.state == "open"
        )
    )
    for customer_id, what in rows:
        found[customer_id].open_promises.append(what)


def _with_people(session: Session, ids: Sequence[str], found: dict[str, _Gathered]) -> None:
    rows = session.execute(
        select(Conversation.customer_id, Conversation.mode, Conversation.holder).where(
            any_of(Conversation.customer_id, ids), Conversation.mode.in_([Mode.PERSON, Mode.QUEUED])
        )
    )
    for customer_id, mode, holder in rows:
        if mode == Mode.PERSON:
            found[customer_id].person = holder or ""
        else:
            found[customer_id].queued = True


def _talk(
    session: Session,
    now: datetime,
    ids: Sequence[str],
    found: dict[str, _Gathered],
    policy: ContactPolicy,
) -> None:
    """What was said in the conversations of the last days, and when the chat was last looked at."""
    days = max(policy.anger_rests_days, policy.counts_as_there_days, 1)
    longest = max(policy.window_hours.values(), default=0)
    since = now - max(timedelta(days=days), timedelta(hours=longest))
    is_theirs = Message.direction == "in"
    is_an_answer = is_theirs | Message.reply_to.is_not(None)
    rows = session.execute(
        select(
            Conversation.customer_id,
            Conversation.channel,
            Conversation.mode,
            Conversation.verified_by,
            Conversation.created_at,
            Conversation.seen_at,
            func.max(case((is_theirs, Message.created_at))),
            func.max(case((is_an_answer, Message.created_at))),
            func.max(case((is_theirs & (Message.emotion == Emotion.ANGRY), Message.created_at))),
        )
        .outerjoin(
            Message,
            and_(Message.conversation_id == Conversation.id, Message.created_at >= since),
        )
        .where(
            any_of(Conversation.customer_id, ids),
            or_(Conversation.updated_at >= since, Conversation.seen_at >= since),
        )
        .group_by(Conversation.id)
    )
    for customer_id, channel, mode, verified_by, began, seen, wrote, talked, angry in rows:
        known = found[customer_id]
        known.anger = _later(known.anger, angry)
        if mode == Mode.BOT:
            known.last_message = _later(known.last_message, talked)
        if wrote is not None:
            known.wrote[channel] = _later(known.wrote.get(channel), wrote) or wrote
        if channel == Channel.WEB:
            known.seen = _later(known.seen, wrote, seen, began if verified_by else None)


def _wrote(
    session: Session, since: datetime, ids: Sequence[str], found: dict[str, _Gathered]
) -> None:
    rows = session.execute(
        select(Conversation.customer_id, func.max(Message.created_at))
        .join(Message, Message.conversation_id == Conversation.id)
        .where(
            any_of(Conversation.customer_id, ids),
            Conversation.updated_at >= since,
            Message.direction == "in",
            Message.created_at >= since,
        )
        .group_by(Conversation.customer_id)
    )
    for customer_id, at in rows:
        known = found[customer_id]
        known.last_activity = _later(known.last_activity, at)


def _journey(
    session: Session,
    now: datetime,
    since: Mapping[str, datetime],
    found: dict[str, _Gathered],
    playbooks: Mapping[str, Playbook],
    policy: ContactPolicy,
) -> None:
    """Touchpoints that playbooks look out for, orders, feelings; and when they were last active."""
    ids = list(since)
    kinds = {kind for book in playbooks.values() for kind in book.unless}
    oldest = min(since.values(), default=now)
    felt_since = now - FEELINGS_COUNT_FOR
    rows = session.execute(
        select(
            Touchpoint.customer_id,
            Touchpoint.kind,
            Touchpoint.at,
            Touchpoint.about,
            Touchpoint.emotion,
        )
        .where(
            any_of(Touchpoint.customer_id, ids),
            or_(
                Touchpoint.kind.in_(["order.placed", "order.cancelled"]),
                and_(Touchpoint.kind.in_(kinds), Touchpoint.at >= oldest),
                and_(
                    or_(
                        Touchpoint.kind.in_(_TROUBLE),
                        Touchpoint.emotion.is_not(None) & (Touchpoint.emotion != Emotion.NEUTRAL),
                    ),
                    Touchpoint.at >= felt_since,
                ),
            ),
        )
        .order_by(Touchpoint.at, Touchpoint.id)
    )
    rests = timedelta(days=policy.anger_rests_days)
    for customer_id, kind, at, about, emotion in rows:
        if at > now:
            continue
        known = found[customer_id]
        if kind in kinds and at >= since[customer_id]:
            known.happened.append(Happened(kind, at, about or {}))
        _order(known, kind, about or {})
        _feeling(known, kind, at, about or {}, emotion)
        if emotion == Emotion.ANGRY and _is_recent(at, now, rests):
            known.anger = _later(known.anger, at)
    latest = session.execute(
        select(Touchpoint.customer_id, func.max(Touchpoint.at))
        .where(
            any_of(Touchpoint.customer_id, ids),
            Touchpoint.actor.in_([Actor.CUSTOMER, Actor.SHOP]),
            Touchpoint.at <= now,
        )
        .group_by(Touchpoint.customer_id)
    )
    for customer_id, at in latest:
        found[customer_id].last_activity = at


def _order(known: _Gathered, kind: str, about: Mapping[str, Any]) -> None:
    number = str(about.get("order") or "")
    if kind == "order.placed" and number:
        known.orders.add(number)
        if worth := _worth(about.get("amount")):
            known.order_worth[number] = worth
    elif kind == "order.cancelled":
        known.orders.discard(number)


def _worth(amount: Any) -> tuple[Decimal, str] | None:
    if not isinstance(amount, Mapping):
        return None
    try:
        return Decimal(str(amount.get("amount"))), str(amount.get("currency", ""))
    except InvalidOperation:
        return None


def _feeling(
    known: _Gathered, kind: str, at: datetime, about: Mapping[str, Any], emotion: str | None
) -> None:
    if emotion is not None and valence(emotion) != 0:
        known.feelings.append((at, valence(emotion)))
    elif kind in _TROUBLE and about.get("topic") != CaseKind.SUGGESTION:
        known.feelings.append((at, -1))


def _feedback(
    session: Session, now: datetime, ids: Sequence[str], found: dict[str, _Gathered]
) -> None:
    rows = session.execute(
        select(Feedback.customer_id, Feedback.kind, Feedback.score, Feedback.given_at)
        .where(any_of(Feedback.customer_id, ids))
        .order_by(Feedback.given_at, Feedback.id)
    )
    for customer_id, kind, score, at in rows:
        if score is None:
            continue
        known, which = found[customer_id], FeedbackKind(kind)
        known.last_score = (kind, score)
        if not _is_recent(at, now, FEELINGS_COUNT_FOR):
            continue
        if score >= _GOOD_FROM[which]:
            known.feelings.append((at, 2))
        elif score <= UNHAPPY_UP_TO[which]:
            known.feelings.append((at, -2))


def _is_recent(at: datetime, now: datetime, within: timedelta) -> bool:
    return now - at < within


def _later(*times: datetime | None) -> datetime | None:
    return max((at for at in times if at is not None), default=None)


def since_of(touches: Iterable[Touch]) -> dict[str, datetime]:
    """The oldest trigger of each customer's touches, as `facts_for` wants it."""
    since: dict[str, datetime] = {}
    for touch in touches:
        known = since.get(touch.customer_id)
        if known is None or touch.trigger_at < known:
            since[touch.customer_id] = touch.trigger_at
    return since


def silent_since_of(touches: Iterable[Touch], playbooks: Mapping[str, Playbook]) -> datetime | None:
    """When the earliest silence began that one of these touches speaks of."""
    quiet = {name for name, book in playbooks.items() if book.when.silence}
    return min((touch.trigger_at for touch in touches if touch.playbook in quiet), default=None)


def orders_to_look_up(
    touches: Iterable[Touch], playbooks: Mapping[str, Playbook]
) -> Collection[str]:
    """Orders whose products' categories a playbook asks for; only the shop knows those."""
    asking = {name for name, book in playbooks.items() if book.whom.categories}
    orders = (touch.about.get("order") for touch in touches if touch.playbook in asking)
    return {str(number) for number in orders if number}
