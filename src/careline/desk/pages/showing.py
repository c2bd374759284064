"""GET: the desk as a page, and the parts of it that are fetched again when something changes."""

from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request
from sqlalchemy.orm import Session, undefer
from starlette.responses import HTMLResponse, Response, StreamingResponse

from careline.conversation import files, staff
from careline.desk import live, queue
from careline.desk.door import Member
from careline.desk.pages import talk, views
from careline.desk.pages.parts import Desk
from careline.journey.models import Attachment
from careline.journey.words import Channel
from careline.kit.errors import NotFound

VIEWS = (
    ("unassigned", "Waiting"),
    ("mine", "Mine"),
    ("team", "My team"),
    ("all", "All"),
    ("snoozed", "Put aside"),
    (queue.WITH_BOT, "Bot"),
)


class Wanted:
    """Which rows of the queue, as the address says; empty fields are no filter."""

    def __init__(
        self,
        view: str = "unassigned",
        search: Annotated[str, Query(max_length=200)] = "",
        channel: str = "",
        kind: str = "",
        team: str = "",
        overdue: bool = False,
        after: str | None = None,
    ) -> None:
        self.view = view
        self.filters: dict[str, Any] = {
            "search": search.strip(),
            "channel": channel,
            "kind": kind,
            "team": team,
            "overdue": overdue,
        }
        self.after = after

    @property
    def query(self) -> str:
        given = {"view": self.view} | {name: value for name, value in self.filters.items() if value}
        return urlencode({n: "true" if v is True else v for n, v in given.items()})


def router(desk: Desk) -> APIRouter:
    routes = APIRouter(prefix="/desk", include_in_schema=False, default_response_class=HTMLResponse)
    worker = Depends(desk.worker)
    pulse = live.Pulse(desk.database, desk.clock)

    @routes.get("")
    def whole(wanted: Annotated[Wanted, Depends()], member: Member = worker) -> Response:
        with desk.database.read() as session:
            facts = _queue(desk, session, member, wanted)
        return desk.show("desk.html.j2", member, talk=None, **facts)

    @routes.get("/queue")
    def rows(
        wanted: Annotated[Wanted, Depends()], member: Member = worker, selected: str = ""
    ) -> Response:
        with desk.database.read() as session:
            facts = _queue(desk, session, member, wanted, selected)
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
        with desk.database.read() as session:
            facts = _queue(desk, session, member, wanted, conversation_id)
        return desk.show("desk.html.j2", member, talk=shown, **facts)

    @routes.get("/conversations/{conversation_id}/talk")
    def conversation(conversation_id: str, member: Member = worker, all: bool = False) -> Response:
        shown = _talk(desk, member, conversation_id, everything=all)
        return desk.show("talk.html.j2", member, talk=shown)

    @routes.get("/attachments/{attachment_id}")
    def attachment(attachment_id: str, member: Member = worker) -> Response:
        with desk.database.read() as session:
            found = session.get(Attachment, attachment_id, options=[undefer(Attachment.content)])
        if found is None:
            raise NotFound("There is no such file.")
        views.note(desk, member, "attachment.read", found.conversation_id)
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


def _talk(desk: Desk, member: Member, conversation_id: str, *, everything: bool) -> talk.Talk:
    with desk.database.read() as session:
        shown = talk.read(session, conversation_id, member.id, desk.zone, everything=everything)
    views.note(
        desk, member, "conversation.read", shown.row.customer_id, conversation=conversation_id
    )
    return shown


def _queue(
    desk: Desk, session: Session, member: Member, wanted: Wanted, selected: str = ""
) -> dict[str, Any]:
    if wanted.view == queue.WITH_BOT:
        found = queue.with_bot(
            session,
            desk.now(),
            staff_id=member.id,
            teams=member.teams,
            channel=wanted.filters["channel"],
            search=wanted.filters["search"],
        )
    else:
        found = queue.queue(
            session,
            desk.now(),
            staff_id=member.id,
            teams=member.teams,
            view=wanted.view,
            after=wanted.after,
            **wanted.filters,
        )
    return {
        "queue": found,
        "view": wanted.view,
        "filters": wanted.filters,
        "query": wanted.query,
        "views": VIEWS,
        "channels": [channel.value for channel in (Channel.WEB, Channel.WHATSAPP, Channel.EMAIL)],
        "teams": staff.teams(desk.policies),
        "selected": selected,
    }
