"""GET: the desk as a page, and the parts of it that are fetched again when something changes."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from sqlalchemy.orm import Session, undefer
from starlette.responses import HTMLResponse, Response, StreamingResponse

from careline.conversation import files, staff
from careline.desk import live, queue
from careline.desk.door import Member
from careline.desk.pages import talk, views
from careline.desk.pages.parts import Desk
from careline.desk.pages.wanted import Wanted
from careline.journey.models import Attachment, Conversation
from careline.journey.repository import customer_ids
from careline.journey.words import Channel
from careline.kit.errors import NotFound
from careline.shops.protocol import ShopUnavailable

VIEWS = (
    ("unassigned", "Waiting"),
    ("mine", "Mine"),
    ("team", "My team"),
    ("all", "All"),
    ("snoozed", "Put aside"),
    (queue.WITH_BOT, "Bot"),
    (queue.CLOSED, "Closed"),
)


def router(desk: Desk) -> APIRouter:
    routes = APIRouter(prefix="/desk", include_in_schema=False, default_response_class=HTMLResponse)
    worker = Depends(desk.worker)
    pulse = live.Pulse(desk.database, desk.clock)

    @routes.get("")
    def whole(wanted: Annotated[Wanted, Depends()], member: Member = worker) -> Response:
        facts = _queue(desk, member, wanted)
        return desk.show("desk.html.j2", member, talk=None, everything=False, **facts)

    @routes.get("/queue")
    def rows(
        wanted: Annotated[Wanted, Depends()], member: Member = worker, selected: str = ""
    ) -> Response:
        facts = _queue(desk, member, wanted, selected)
        return desk.show("queue.html.j2", member, **facts)

    @routes.get("/conversations/{conversation_id}")
    def opened(
        conversation_id: str,
        wanted: Annotated[Wanted, Depends()],
        member: Member = worker,
        all: bool = False,
    ) -> Response:
        try:
            shown = _talk(desk, member, conversation_id, everything=all)
        except NotFound as error:
            return desk.show("missing.html.j2", member, error.status, error=error)
        facts = _queue(desk, member, wanted, conversation_id)
        return desk.show("desk.html.j2", member, talk=shown, everything=all, **facts)

    @routes.get("/conversations/{conversation_id}/talk")
    def conversation(conversation_id: str, member: Member = worker, all: bool = False) -> Response:
        shown = _talk(desk, member, conversation_id, everything=all)
        return desk.show("talk.html.j2", member, talk=shown, everything=all)

    @routes.get("/attachments/{attachment_id}")
    def attachment(attachment_id: str, member: Member = worker) -> Response:
        with desk.database.read() as session:
            found = session.get(Attachment, attachment_id, options=[undefer(Attachment.content)])
            customer_id = _customer_of(session, found)
        if found is None or customer_id is None:
            raise NotFound("There is no such file.")
        views.note(
            desk,
            member,
            "attachment.read",
            customer_id,
            attachment=found.id,
            conversation=found.conversation_id,
        )
        return Response(
            found.content, media_type=found.media_type, headers=files.http_headers(found)
        )

    @routes.get("/events")
    def events(request: Request, c: str = "", member: Member = worker) -> StreamingResponse:
        stream = live.events(
            desk.database,
            desk.hub,
            pulse,
            staff_id=member.id,
            teams=member.teams,
            conversation_id=c or None,
            is_signed_in=lambda: desk.door.is_signed_in(member),
        )
        return StreamingResponse(
            stream,
            media_type="text/event-stream",
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        )

    return routes


def _customer_of(session: Session, file: Attachment | None) -> str | None:
    conversation = session.get(Conversation, file.conversation_id) if file is not None else None
    return conversation.customer_id if conversation is not None else None


def _talk(desk: Desk, member: Member, conversation_id: str, *, everything: bool) -> talk.Talk:
    with desk.database.read() as session:
        shown = talk.read(session, conversation_id, member.id, desk.zone, everything=everything)
    views.note(
        desk, member, "conversation.read", shown.row.customer_id, conversation=conversation_id
    )
    return shown


def _queue(desk: Desk, member: Member, wanted: Wanted, selected: str = "") -> dict[str, Any]:
    filters = wanted.filters
    ref = _whose_order(desk, filters["search"])
    who: dict[str, Any] = {"staff_id": member.id, "teams": member.teams}
    with desk.database.read() as session:
        customers = list(customer_ids(session, {ref}).values()) if ref else []
        if wanted.view in queue.ASIDE:
            found = queue.aside(
                session,
                desk.now(),
                view=wanted.view,
                channel=filters["channel"],
                search=filters["search"],
                customers=customers,
                **who,
            )
        else:
            found = queue.queue(
                session,
                desk.now(),
                view=wanted.view,
                after=wanted.after,
                customers=customers,
                **filters,
                **who,
            )
    did = "queue.searched" if filters["search"] else "queue.read"
    views.note_each(desk, member, did, {row.customer_id for row in found.rows})
    return {
        "queue": found,
        "view": wanted.view,
        "filters": wanted.filters,
        "query": wanted.query,
        "place": wanted.place,
        "is_first": not wanted.after,
        "views": VIEWS,
        "channels": [channel.value for channel in (Channel.WEB, Channel.WHATSAPP, Channel.EMAIL)],
        "teams": staff.teams(desk.policies),
        "selected": selected,
    }


def _whose_order(desk: Desk, search: str) -> str | None:
    """The shop's name for whoever placed it; the shop is another system, asked before we read."""
    if not queue.may_be_order(search):
        return None
    try:
        order = desk.services.shop.order(search.strip().lstrip("#"))
    except ShopUnavailable:
        return None  # what the record knows by itself is still found
    return order.customer_ref if order is not None else None
