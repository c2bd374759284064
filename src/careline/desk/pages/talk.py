"""One conversation as the desk shows it: its messages and notes by day, and how it stands."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from itertools import groupby

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from careline.conversation.staff.saying import newest_of_customer
from careline.desk import queue
from careline.journey.models import Attachment, Conversation, Message, Note
from careline.journey.words import Author
from careline.kit.errors import NotFound

SHOWN = 200  # messages, the latest; the rest on demand
_BY = {"bot": "Careline", "system": "Careline", "staff": "A colleague"}


@dataclass(frozen=True)
class Entry:
    """A message, or a note between colleagues."""

    at: datetime
    message: Message | None = None
    note: Note | None = None
    by: str = ""
    files: Sequence[Attachment] = ()
    elsewhere: str = ""  # the channel, when it was written in a conversation merged into this one


@dataclass(frozen=True)
class Day:
    date: date
    entries: Sequence[Entry]


@dataclass(frozen=True)
class Talk:
    row: queue.Row
    title: str
    summary: Sequence[str]
    days: Sequence[Day]
    how_many: int
    cut: bool  # earlier messages are not among them
    position: int  # grows with each message, here or in one that was merged into this one
    customer_position: int  # the same of the customer's: what an answer has seen
    seen: int  # the customer has seen ours up to there
    is_mine: bool


def read(
    session: Session, conversation_id: str, staff_id: str, zone: tzinfo, *, everything: bool = False
) -> Talk:
    """Raises NotFound."""
    row = queue.row(session, conversation_id)
    if row is None:
        raise NotFound("There is no such conversation.")
    of_it = or_(
        Conversation.id == conversation_id,
        and_(
            Conversation.customer_id == row.customer_id,
            Conversation.merged_into == conversation_id,
        ),
    )
    found = session.execute(select(Conversation.id, Conversation.channel).where(of_it))
    ids: dict[str, str] = {each: channel for each, channel in found}
    # Before the messages are read: what comes meanwhile is not taken for seen.
    customer_position = newest_of_customer(session, list(ids))
    how_many = session.scalar(
        select(func.count()).select_from(Message).where(Message.conversation_id.in_(ids))
    )
    latest = (
        select(Message)
        .where(Message.conversation_id.in_(ids))
        .order_by(Message.created_at.desc(), Message.position.desc())
    )
    messages = session.scalars(latest if everything else latest.limit(SHOWN)).all()
    notes = session.scalars(select(Note).where(Note.conversation_id.in_(ids))).all()
    files = _files(session, [message.id for message in messages])
    title = row.customer_name or "A visitor"
    entries = [
        Entry(
            at=message.created_at,
            message=message,
            by=_author(message, title),
            files=files[message.id],
            elsewhere=""
            if message.conversation_id == conversation_id
            else ids[message.conversation_id],
        )
        for message in messages
    ]
    oldest = min((entry.at for entry in entries), default=None)
    cut = len(messages) < (how_many or 0)
    entries += [
        Entry(at=note.created_at, note=note)
        for note in notes
        if not cut or oldest is None or note.created_at >= oldest
    ]
    entries.sort(key=_order)
    ends: dict[str, int] = defaultdict(int)
    for message in messages:
        ends[message.conversation_id] = max(ends[message.conversation_id], message.position)
    return Talk(
        row=row,
        title=title,
        summary=[line.strip() for line in row.summary.splitlines() if line.strip()],
        days=list(_by_day(entries, zone)),
        how_many=how_many or 0,
        cut=cut,
        position=sum(ends.values()),
        customer_position=customer_position,
        seen=session.scalar(
            select(Conversation.seen_position).where(Conversation.id == conversation_id)
        )
        or 0,
        is_mine=row.mode == "person" and row.holder_id == staff_id,
    )


def _author(message: Message, customer: str) -> str:
    if message.author == Author.CUSTOMER:
        return customer
    return message.author_name or _BY[message.author]


def _order(entry: Entry) -> tuple[datetime, int]:
    return entry.at, entry.message.position if entry.message else 0


def _by_day(entries: Sequence[Entry], zone: tzinfo) -> Iterator[Day]:
    for day, group in groupby(entries, key=lambda entry: entry.at.astimezone(zone).date()):
        yield Day(day, tuple(group))


def _files(session: Session, message_ids: Sequence[str]) -> dict[str, list[Attachment]]:
    found: dict[str, list[Attachment]] = defaultdict(list)
    wanted = select(Attachment).where(Attachment.message_id.in_(message_ids))
    for file in session.scalars(wanted.order_by(Attachment.id)):
        found[file.message_id or ""].append(file)
    return found
