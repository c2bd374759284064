"""GET: the dialogs of a conversation, filled with what can be chosen now."""

from datetime import datetime, timedelta
from typing import Any

from fastapi import APIRouter, Depends
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.responses import HTMLResponse, Response

from careline.conversation import staff
from careline.conversation.staff.colleagues import held_by_each
from careline.desk import queue
from careline.desk.door import WORKERS, Member
from careline.desk.pages import views
from careline.desk.pages.parts import Desk
from careline.journey.models import Case, Conversation, Staff
from careline.journey.words import CaseKind, Mode
from careline.kit.errors import NotFound


def router(desk: Desk) -> APIRouter:
    routes = APIRouter(prefix="/desk", include_in_schema=False, default_response_class=HTMLResponse)
    worker = Depends(desk.worker)

    @routes.get("/dialogs/keys")
    def keys(member: Member = worker) -> Response:
        return desk.show("dialogs/keys.html.j2", member)

    @routes.get("/conversations/{conversation_id}/dialogs/{name}")
    def dialog(conversation_id: str, name: str, member: Member = worker) -> Response:
        choices = _CHOICES.get(name)
        if choices is None:
            raise NotFound("There is no such dialog.")
        with desk.database.read() as session:
            row = queue.row(session, conversation_id)
            if row is None:
                raise NotFound("There is no such conversation.")
            facts = choices(desk, session, member, row)
        views.note(desk, member, "conversation.read", row.customer_id, conversation=row.id)
        for other in facts.get("others", ()):
            views.note(desk, member, "conversation.read", other.customer_id, conversation=other.id)
        return desk.show(f"dialogs/{name}.html.j2", member, row=row, **facts)

    return routes


def _hand_back(desk: Desk, session: Session, member: Member, row: queue.Row) -> dict[str, Any]:
    return {}


def _resolve(desk: Desk, session: Session, member: Member, row: queue.Row) -> dict[str, Any]:
    owners = desk.policies.owners
    case = session.scalar(
        select(Case)
        .where(Case.conversation_id == row.id)
        .order_by(Case.opened_at.desc(), Case.id.desc())
        .limit(1)
    )
    likely = "unknown"
    if case is not None:
        likely = case.root_cause or owners.root_cause(CaseKind(case.kind), case.reason)
    return {
        "causes": owners.root_causes,
        "departments": owners.departments,
        "likely": likely,
        "resolution": case.resolution or case.wished if case is not None else None,
    }


def _pass(desk: Desk, session: Session, member: Member, row: queue.Row) -> dict[str, Any]:
    found = session.scalars(
        select(Staff)
        .where(Staff.active.is_(True), Staff.role.in_([role.value for role in WORKERS]))
        .where(Staff.id != row.holder_id)
        .order_by(Staff.name)
    ).all()
    in_hand = held_by_each(session, [one.id for one in found])
    colleagues = [(one, in_hand.get(one.id, 0)) for one in found]
    return {"colleagues": colleagues, "teams": staff.teams(desk.policies)}


def _snooze(desk: Desk, session: Session, member: Member, row: queue.Row) -> dict[str, Any]:
    now = desk.now().astimezone(desk.zone)
    return {"times": _times(now), "earliest": f"{now:%Y-%m-%dT%H:%M}"}


def _merge(desk: Desk, session: Session, member: Member, row: queue.Row) -> dict[str, Any]:
    others = session.scalars(
        select(Conversation.id)
        .where(
            Conversation.customer_id == row.customer_id,
            Conversation.id != row.id,
            Conversation.mode != Mode.CLOSED,
        )
        .order_by(Conversation.last_message_at.desc())
    ).all()
    return {"others": queue.rows(session, others)}


def _times(now: datetime) -> list[tuple[str, datetime]]:
    """What people mostly choose, on the team's clock."""
    tomorrow = (now + timedelta(days=1)).replace(hour=9, minute=0, second=0, microsecond=0)
    monday = tomorrow + timedelta(days=(7 - tomorrow.weekday()) % 7)
    times = [
        ("In an hour", now.replace(second=0, microsecond=0) + timedelta(hours=1)),
        ("In three hours", now.replace(second=0, microsecond=0) + timedelta(hours=3)),
        ("Tomorrow morning", tomorrow),
    ]
    return times if monday == tomorrow else [*times, ("Monday morning", monday)]


_CHOICES = {
    "hand-back": _hand_back,
    "resolve": _resolve,
    "pass": _pass,
    "snooze": _snooze,
    "merge": _merge,
}
