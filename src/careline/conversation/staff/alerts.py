"""Tell somebody outside the desk that a customer waits too long: by e-mail and by webhook.

Both are rows first, with a key of the conversation and its deadline: told once, lost never.
They hold ids and times alone; who the customer is stays in the desk.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, case, or_, select
from sqlalchemy.orm import Session

from careline.conversation import clocks
from careline.conversation.clocks import team_of
from careline.journey.models import Conversation, Email, Notice
from careline.journey.words import Mode
from careline.kit.ids import new_id
from careline.service.policies import Policies

BATCH = 100
EVENT = "conversation.waits_too_long"


@dataclass(frozen=True)
class Outside:
    """Where it is told; empty: nowhere."""

    email: str = ""
    webhook: str = ""
    desk_url: str = ""


def alert(session: Session, now: datetime, policies: Policies, outside: Outside) -> int:
    """Write what is to be told now; how many conversations that was."""
    if not outside.email and not outside.webhook:
        return 0
    late = timedelta(minutes=policies.queue.alert_after_minutes)
    missed = _missed_in_sql(now - late)
    overdue = session.scalars(
        select(Conversation)
        .where(
            Conversation.mode.in_((Mode.QUEUED, Mode.PERSON)),
            clocks.is_overdue(now - late),
            or_(Conversation.alerted_due_at.is_(None), Conversation.alerted_due_at != missed),
        )
        .order_by(missed)
        .limit(BATCH)
    ).all()
    for conversation in overdue:
        conversation.alerted_due_at = _missed(now - late, conversation)
    keys = {_key(each): each for each in overdue}
    told = _told(session, list(keys))
    untold = [(key, each) for key, each in keys.items() if key not in told]
    for key, conversation in untold:
        if outside.email:
            session.add(_email(now, key, conversation, outside))
        if outside.webhook:
            session.add(_notice(now, key, conversation, outside))
    return len(untold)


def _missed(before: datetime, conversation: Conversation) -> datetime | None:
    """The deadline that is told of: the answer's, and where nobody waits, the resolution's."""
    due = conversation.due_at
    return due if due is not None and due < before else conversation.resolve_by


def _missed_in_sql(before: datetime) -> ColumnElement[datetime | None]:
    return case((Conversation.due_at < before, Conversation.due_at), else_=Conversation.resolve_by)


def _key(conversation: Conversation) -> str:
    return f"{conversation.id}:waits:{conversation.alerted_due_at:%Y%m%d%H%M%S%f}"


def _told(session: Session, keys: Sequence[str]) -> set[str]:
    by_email = session.scalars(select(Email.key).where(Email.key.in_(keys)))
    by_webhook = session.scalars(select(Notice.key).where(Notice.key.in_(keys)))
    return {*by_email, *by_webhook}


def _email(now: datetime, key: str, conversation: Conversation, outside: Outside) -> Email:
    minutes = _minutes_late(now, conversation)
    return Email(
        id=new_id("eml"),
        key=key,
        to=outside.email,
        subject=f"A customer waits {minutes} minutes longer than we said",
        text=(
            f"Team: {team_of(conversation)}. "
            f"State: {'with a colleague' if conversation.mode == Mode.PERSON else 'in the queue'}."
            f"\n\n{outside.desk_url}/desk/conversations/{conversation.id}"
        ),
        created_at=now,
        updated_at=now,
    )


def _notice(now: datetime, key: str, conversation: Conversation, outside: Outside) -> Notice:
    return Notice(
        id=new_id("ntc"),
        key=key,
        conversation_id=conversation.id,
        url=outside.webhook,
        body={
            "event": EVENT,
            "conversation": conversation.id,
            "team": team_of(conversation),
            "mode": conversation.mode,
            "reason": conversation.handover_reason,
            "priority": conversation.priority,
            "due_at": conversation.due_at.isoformat() if conversation.due_at else None,
            "resolve_by": conversation.resolve_by.isoformat() if conversation.resolve_by else None,
            "minutes_late": _minutes_late(now, conversation),
            "url": f"{outside.desk_url}/desk/conversations/{conversation.id}",
        },
        created_at=now,
        updated_at=now,
    )


def _minutes_late(now: datetime, conversation: Conversation) -> int:
    return int((now - (conversation.alerted_due_at or now)).total_seconds() // 60)
