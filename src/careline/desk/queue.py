"""The queue as a list: everything that a row shows, in the order in which people are answered.

Two queries whatever the length: one page of rows, and the counts of the views. Both go by the
indexes on mode and rank, so that they cost the same with ten or with ten thousand open.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    case,
    exists,
    false,
    func,
    literal_column,
    or_,
    select,
)
from sqlalchemy.orm import Session, aliased

from careline.conversation import clocks
from careline.journey.message_words import look_for
from careline.journey.models import Case, Conversation, Customer, Identity, Message, Promise, Staff
from careline.journey.words import Author, Mode
from careline.kit.errors import Invalid
from careline.kit.zones import zone_of
from careline.service.waiting import SUPPORT

PAGE = 50
MOST = 200
PREVIEW = 160  # characters of what a person, the customer or one of us, said last
WITH_BOT, CLOSED = "bot", "closed"
ASIDE = {WITH_BOT: Mode.BOT, CLOSED: Mode.CLOSED}  # views in which nobody waits for a person
NEWEST = 2000  # conversations of such a view among which one looks
LATEST_SAID = 2000  # messages that hold the words one searches for
_any_case = aliased(Case)  # the row itself shows the latest one
_any_customer = aliased(Customer)
_NUMBER = re.compile(r"#?\d{4,}|CL-\d+", re.IGNORECASE)  # of an order, of a case
# Literally the condition of the index that these queries are answered from.
IS_OPEN = Conversation.mode.in_(
    [literal_column(f"'{mode.value}'") for mode in (Mode.QUEUED, Mode.PERSON)]
)
# Those who wait come first, by rank; whom we wait for, by who wrote last.
_ORDER = (
    Conversation.rank_at.is_(None),
    Conversation.rank_at,
    Conversation.last_message_at.desc(),
    Conversation.id,
)


class View(StrEnum):
    MINE = "mine"  # what I hold, those put aside last
    UNASSIGNED = "unassigned"  # nobody has them, any team
    TEAM = "team"  # nobody has them, of my teams
    ALL = "all"  # queued or held, by whomever
    SNOOZED = "snoozed"  # mine, put aside


@dataclass(frozen=True)
class Row:
    """One conversation as the queue shows it."""

    id: str
    customer_id: str
    customer_name: str  # "" for a visitor
    is_verified: bool
    channel: str
    mode: str  # queued | person
    holder_id: str | None
    holder_name: str | None
    team: str
    reason: str  # words.HandoverReason
    summary: str  # what was understood, collected and done, a line each
    reasons: Sequence[str]  # words.Urgency, the weightiest first
    priority: int  # 0 normal, 1 high, 2 urgent
    waiting_since: datetime | None  # the customer waits for us since; None: we wait for them
    due_at: datetime | None  # first or next answer
    is_first_answer: bool  # which of the two the clock is for
    resolve_by: datetime | None
    snoozed: str | None
    snoozed_until: datetime | None
    last_text: str
    last_author: str
    last_at: datetime | None
    last_position: int
    emotion: str | None  # of the customer's latest message
    case_number: str | None
    case_kind: str | None
    joined_to: str | None
    promise_on: date | None  # the next day, where the customer is, by which something is promised
    time_zone: str  # the customer's

    def is_overdue(self, now: datetime) -> bool:
        return any(at is not None and at < now for at in (self.due_at, self.resolve_by))

    def promise_in(self, now: datetime) -> int | None:
        """Days until that day, if staff have to see to it: 1 tomorrow, 0 today, below 0 past."""
        if self.promise_on is None:
            return None
        left = (self.promise_on - now.astimezone(zone_of(self.time_zone)).date()).days
        return left if left <= 1 else None


@dataclass(frozen=True)
class Queue:
    rows: Sequence[Row]
    counts: Mapping[str, int]  # by view, and "overdue"; whatever the filters
    after: str | None  # give this to get the next page; None: this is the last
    filters: Mapping[str, Any] = field(default_factory=dict)


def queue(
    session: Session,
    now: datetime,
    *,
    staff_id: str,
    teams: Sequence[str] = (),
    view: str = View.UNASSIGNED,
    channel: str | None = None,
    kind: str | None = None,
    team: str | None = None,
    overdue: bool = False,
    search: str = "",
    customers: Sequence[str] = (),
    limit: int = PAGE,
    after: str | None = None,
) -> Queue:
    """One page of a view, the most urgent first. Raises Invalid for a view that there is not.

    `customers` are found by the search as well: whose order it is, only the shop knows.
    """
    if view not in list(View):
        raise Invalid(f"The view is one of {', '.join(View)}.", field="view")
    wanted = _of_view(View(view), staff_id, teams)
    wanted += [Conversation.channel == channel] if channel else []
    wanted += [_has_case_of(kind)] if kind else []
    wanted += [func.coalesce(Conversation.team, SUPPORT) == team] if team else []
    wanted += [clocks.is_overdue(now)] if overdue else []
    wanted += [_found_by(session, search, customers)] if search.strip() else []
    size = min(max(limit, 1), MOST)
    offset = place_after(after)
    page = select(Conversation.id).where(*wanted, IS_OPEN).order_by(*_ORDER)
    shown = page.limit(size + 1).offset(offset).subquery()
    found = session.execute(
        _rows([Conversation.id.in_(select(shown.c.id))]).order_by(*_ORDER)
    ).all()
    rows = [_row(each) for each in found[:size]]
    return Queue(
        rows=rows,
        counts=counts(groups(session, now), staff_id=staff_id, teams=teams),
        after=str(offset + size) if len(found) > size else None,
        filters={"view": view, "channel": channel, "kind": kind, "team": team,
                 "overdue": overdue, "search": search},
    )  # fmt: skip


def aside(
    session: Session,
    now: datetime,
    *,
    view: str,
    staff_id: str,
    teams: Sequence[str] = (),
    channel: str | None = None,
    search: str = "",
    customers: Sequence[str] = (),
) -> Queue:
    """Whom the bot talks with, or what is closed, the latest word first, among the newest
    conversations: for those who want to look, or to step in. There is no next page; a search by
    order, case or address finds those that are older, too."""
    of_mode = Conversation.mode == ASIDE[view]
    newest = (
        select(Conversation.id)
        .where(of_mode, Conversation.last_message_at.is_not(None))
        .order_by(Conversation.id.desc())  # ids ascend with time: no index of its own is needed
        .limit(NEWEST)
    )
    is_looked_up = "@" in search or may_be_order(search)
    wanted: list[ColumnElement[bool]] = [of_mode if is_looked_up else Conversation.id.in_(newest)]
    wanted += [Conversation.channel == channel] if channel else []
    wanted += [_found_by(session, search, customers)] if search.strip() else []
    latest = _rows(wanted).order_by(Conversation.last_message_at.desc(), Conversation.id)
    return Queue(
        rows=[_row(each) for each in session.execute(latest.limit(PAGE)).all()],
        counts=counts(groups(session, now), staff_id=staff_id, teams=teams),
        after=None,
        filters={"view": view, "channel": channel, "search": search},
    )


def row(session: Session, conversation_id: str) -> Row | None:
    """One conversation as a row, whatever its mode."""
    found = session.execute(_rows([Conversation.id == conversation_id])).one_or_none()
    return _row(found) if found is not None else None


def rows(session: Session, ids: Sequence[str]) -> list[Row]:
    """The same of several, in the order of their ids."""
    found = {each[0].id: each for each in session.execute(_rows([Conversation.id.in_(ids)]))}
    return [_row(found[each]) for each in ids if each in found]


@dataclass(frozen=True)
class Group:
    """So many open conversations that are alike in what the views go by."""

    mode: str
    holder: str | None
    team: str
    snoozed: bool
    overdue: bool
    waits: bool  # for our answer
    how_many: int
    changed_at: datetime


def groups(session: Session, now: datetime) -> list[Group]:
    """All open conversations, counted once for everybody who looks."""
    overdue = clocks.is_overdue(now)
    by = (
        Conversation.mode,
        Conversation.holder,
        func.coalesce(Conversation.team, SUPPORT),
        Conversation.snoozed.is_not(None),
        case((overdue, 1), else_=0),
        Conversation.rank_at.is_not(None),
    )
    found = session.execute(
        select(*by, func.count(), func.max(Conversation.updated_at)).where(IS_OPEN).group_by(*by)
    )
    return [
        Group(mode, holder, team, bool(snoozed), bool(late), bool(waits), many, changed)
        for mode, holder, team, snoozed, late, waits, many, changed in found
    ]


def counts(of: Sequence[Group], *, staff_id: str, teams: Sequence[str] = ()) -> dict[str, int]:
    """How many each view holds for this person, how many of theirs wait for an answer
    ("mine_waits"), and how many are overdue in all."""
    my_teams = set(teams or (SUPPORT,))
    found = dict.fromkeys([*(view.value for view in View), "mine_waits", "overdue"], 0)
    for group in of:
        mine = group.mode == Mode.PERSON and group.holder == staff_id
        is_in = {
            View.MINE: mine and not group.snoozed,
            View.SNOOZED: mine and group.snoozed,
            View.UNASSIGNED: group.mode == Mode.QUEUED,
            View.TEAM: group.mode == Mode.QUEUED and group.team in my_teams,
            View.ALL: True,
            "mine_waits": mine and group.waits and not group.snoozed,
            "overdue": group.overdue,
        }
        for name, counts_here in is_in.items():
            found[str(name)] += group.how_many if counts_here else 0
    return found


@dataclass(frozen=True)
class InHand:
    """A conversation of mine that is not put aside; what changes in it is news for me."""

    id: str
    waits: bool  # the customer waits for my answer
    position: int  # of the customer's last message
    customer_id: str


def in_hand(session: Session, staff_id: str) -> list[InHand]:
    """A handful: as many as one person holds."""
    last = (
        select(func.coalesce(func.max(Message.position), 0))
        .where(Message.conversation_id == Conversation.id, Message.direction == "in")
        .correlate(Conversation)
        .scalar_subquery()
    )
    found = session.execute(
        select(Conversation.id, Conversation.rank_at.is_not(None), last, Conversation.customer_id)
        .where(*_of_view(View.MINE, staff_id, ()))
        .order_by(Conversation.id)
    )
    return [InHand(each, bool(waits), *more) for each, waits, *more in found]


def _of_view(view: View, staff_id: str, teams: Sequence[str]) -> list[ColumnElement[bool]]:
    queued = Conversation.mode == Mode.QUEUED
    mine = and_(Conversation.mode == Mode.PERSON, Conversation.holder == staff_id)
    match view:
        case View.MINE:
            return [mine, Conversation.snoozed.is_(None)]
        case View.SNOOZED:
            return [mine, Conversation.snoozed.is_not(None)]
        case View.UNASSIGNED:
            return [queued]
        case View.TEAM:
            return [queued, func.coalesce(Conversation.team, SUPPORT).in_(teams or (SUPPORT,))]
        case View.ALL:
            return [IS_OPEN]


def _rows(conditions: Sequence[ColumnElement[bool]]) -> Select[Any]:
    # The bot's "a colleague comes" tells nobody anything; what people said last does.
    last = (
        select(Message.id)
        .where(
            Message.conversation_id == Conversation.id,
            Message.author.in_((Author.CUSTOMER, Author.STAFF)),
        )
        .order_by(Message.position.desc())
        .limit(1)
        .correlate(Conversation)
        .scalar_subquery()
    )
    latest_case = (
        select(Case.id)
        .where(Case.conversation_id == Conversation.id)
        .order_by(Case.opened_at.desc(), Case.id.desc())
        .limit(1)
        .correlate(Conversation)
        .scalar_subquery()
    )
    emotion = (
        select(Message.emotion)
        .where(Message.conversation_id == Conversation.id, Message.direction == "in")
        .order_by(Message.position.desc())
        .limit(1)
        .correlate(Conversation)
        .scalar_subquery()
    )
    promise = (
        select(func.min(Promise.due_on))
        .where(Promise.customer_id == Conversation.customer_id, Promise.state == "open")
        .correlate(Conversation)
        .scalar_subquery()
    )
    return (
        select(
            Conversation,
            Customer.name,
            Customer.time_zone,
            Staff.name,
            func.substr(Message.text, 1, PREVIEW),
            Message.author,
            Message.created_at,
            Message.position,
            promise,
            emotion,
            Case.number,
            Case.kind,
        )
        .join(Customer, Customer.id == Conversation.customer_id)
        .outerjoin(Staff, Staff.id == Conversation.holder)
        .outerjoin(Message, Message.id == last)
        .outerjoin(Case, Case.id == latest_case)
        .where(*conditions)
    )


def _row(found: Any) -> Row:
    conversation, customer, time_zone, holder, *last, promise_on, emotion, number, kind = found
    text, author, at, position = last
    return Row(
        id=conversation.id,
        customer_id=conversation.customer_id,
        customer_name=customer,
        is_verified=bool(conversation.verified_by),
        channel=conversation.channel,
        mode=conversation.mode,
        holder_id=conversation.holder,
        holder_name=holder,
        team=conversation.team or SUPPORT,
        reason=conversation.handover_reason,
        summary=conversation.handover_summary,
        reasons=conversation.reasons or (),
        priority=conversation.priority,
        waiting_since=conversation.waiting_since,
        due_at=conversation.due_at,
        is_first_answer=conversation.first_answered_at is None,
        resolve_by=conversation.resolve_by,
        snoozed=conversation.snoozed,
        snoozed_until=conversation.snoozed_until,
        last_text=text or "",
        last_author=author or "",
        last_at=at,
        last_position=position or 0,
        emotion=emotion,
        case_number=number,
        case_kind=kind,
        joined_to=conversation.joined_to,
        promise_on=promise_on,
        time_zone=time_zone,
    )


def _has_case_of(kind: str) -> ColumnElement[bool]:
    return exists().where(_any_case.conversation_id == Conversation.id, _any_case.kind == kind)


def may_be_order(search: str) -> bool:
    """Whether it looks like an order's number, so that the shop can say whose it is."""
    return _NUMBER.fullmatch(search.strip()) is not None


def _found_by(session: Session, search: str, customers: Sequence[str]) -> ColumnElement[bool]:
    return or_(_matches(session, search), Conversation.customer_id.in_(customers))


def _matches(session: Session, search: str) -> ColumnElement[bool]:
    """By address, by order or case number, else by name, what was said, or the hand-over's summary.

    What the words look like decides, so that a number is looked up and not searched for. Of
    what was said the latest messages count: words that everybody uses find nobody in particular.
    """
    words = search.strip()
    if "@" in words:
        return exists().where(
            Identity.customer_id == Conversation.customer_id,
            Identity.address.icontains(words, autoescape=True),
        )
    if _NUMBER.fullmatch(words):
        return Conversation.customer_id.in_(
            select(_any_case.customer_id).where(
                or_(_any_case.number == words.upper(), _any_case.order_number == words.lstrip("#"))
            )
        )
    messages = look_for(session, words, Message.conversation_id)
    said = messages.limit(LATEST_SAID).subquery() if messages is not None else None
    return or_(
        Conversation.id.in_(select(said.c.conversation_id)) if said is not None else false(),
        Conversation.handover_summary.icontains(words, autoescape=True),
        exists().where(
            _any_customer.id == Conversation.customer_id,
            or_(
                _any_customer.name.icontains(words, autoescape=True),
                _any_customer.name.contains(words.title(), autoescape=True),  # SQLite folds ASCII
            ),
        ),
    )


def place_after(after: str | None) -> int:
    """Where the next page begins. Raises Invalid."""
    if not after:
        return 0
    if not after.isdigit():
        raise Invalid("`after` is what the page before gave.", field="after")
    return int(after)
