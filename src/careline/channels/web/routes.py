"""The web chat's interface: sessions, messages, history, stream, attachments."""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Query, Request
from sqlalchemy.orm import undefer
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.responses import JSONResponse, Response, StreamingResponse

from careline.channels.limits import RateLimit
from careline.channels.web.converse import LONGEST_WAIT, converse
from careline.channels.web.opening import Opening
from careline.channels.web.presence import Seen, Typing, TypingSigns, note_seen
from careline.channels.web.sessions import Chat, Sessions
from careline.channels.web.stream import events, shown_after
from careline.channels.web.wire import NewMessage, NewSession, attachment_json
from careline.conversation import files, messages
from careline.conversation.gateway import Gateway
from careline.journey.models import Attachment, Conversation
from careline.kit.errors import Invalid, NotFound


@dataclass(frozen=True)
class WebChat:
    """What the interface needs; made by bootstrap."""

    gateway: Gateway
    sessions: Sessions
    opening: Opening
    per_token: RateLimit
    per_address: RateLimit

    def open_session(self, asked: NewSession | None) -> Response:
        """201 with the token of a conversation, or 204 when none goes on and no new one is wished.

        Raises as Opening does.
        """
        identity = asked.identity if asked else None
        if asked is not None and asked.existing:
            opened = self.opening.existing(identity) if identity else None
        else:
            opened = self.opening.open(identity)
        if opened is None:
            return Response(status_code=204)
        self.sessions.note(opened.conversation_id, opened.token, opened.until)
        return JSONResponse(
            {"token": opened.token, "conversation": opened.conversation_id}, status_code=201
        )


def router(web: WebChat) -> APIRouter:
    routes = APIRouter(prefix="/api/chat", tags=["web chat"])
    gateway, database, hub = web.gateway, web.gateway.database, web.gateway.hub

    async def from_here(request: Request) -> None:  # no thread for nothing
        web.per_address.check(request.client.host if request.client else "")

    async def chat(request: Request, authorization: Annotated[str | None, Header()] = None) -> Chat:
        await from_here(request)
        who = web.sessions.known(authorization)
        if who is None:
            who = await run_in_threadpool(web.sessions.read, authorization)
        web.per_token.check(who.token_hash)
        return who

    @routes.post(
        "/sessions",
        status_code=201,
        responses={204: {"description": "`existing`, and no conversation goes on"}},
        dependencies=[Depends(from_here)],
    )
    def open_session(body: NewSession | None = None) -> Response:
        """Start a conversation. `identity` is the JWT that the shop's page signed.

        Whoever it vouches for, and was written to unasked, finds that conversation instead.
        With `existing`: only the one that goes on already, from any device; else 204.
        """
        return web.open_session(body)

    @routes.post("/messages", status_code=202)
    async def post_message(
        body: NewMessage,
        who: Annotated[Chat, Depends(chat)],
        wait: Annotated[float | None, Query(ge=0, le=LONGEST_WAIT)] = None,
    ) -> JSONResponse:
        """Send a message. The same `id` again is the same message and gives the same answer.

        With `?wait=<seconds>`: 200 and the replies when the turn is done in time, else 202.
        """
        outcome = await converse(gateway, who.conversation_id, body, wait)
        return JSONResponse(outcome.body, outcome.status)

    @routes.get("/messages")
    def history(who: Annotated[Chat, Depends(chat)], after: str | None = None) -> dict[str, Any]:
        """Messages, oldest first; with `after`, only those behind that message."""
        with database.read() as session:
            position = messages.position_of(session, who.conversation_id, after) if after else 0
            shown = shown_after(session, who.conversation_id, position)
            mode = session.get_one(Conversation, who.conversation_id).mode
        return {"messages": [message for _, message in shown], "mode": mode}

    @routes.get("/stream")
    def stream(
        who: Annotated[Chat, Depends(chat)],
        last_event_id: Annotated[str | None, Header()] = None,
        after: str | None = None,
    ) -> StreamingResponse:
        """Server-sent events `message`, `typing`, `mode`; goes on behind Last-Event-ID."""
        seen = last_event_id or after
        with database.read() as session:
            position = messages.position_of(session, who.conversation_id, seen) if seen else 0
        return StreamingResponse(
            events(database, hub, who.conversation_id, position),
            media_type="text/event-stream",
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        )

    signs = TypingSigns(gateway)

    @routes.post("/seen", status_code=204)
    def seen(body: Seen, who: Annotated[Chat, Depends(chat)]) -> None:
        """The page has the messages up to this one, and with `read` somebody has seen them."""
        note_seen(gateway, who.conversation_id, body)

    @routes.post("/typing", status_code=204)
    async def typing(body: Typing, who: Annotated[Chat, Depends(chat)]) -> None:
        """Shown to the colleague who has the conversation; for a few seconds, unless repeated."""
        signs.show(who.conversation_id, body.on)

    @routes.post("/attachments", status_code=201)
    async def attach(request: Request, who: Annotated[Chat, Depends(chat)]) -> dict[str, str]:
        """Keep a file (multipart field `file`): JPEG, PNG, WebP, HEIC or PDF, up to 10 MB."""
        if not request.headers.get("content-type", "").startswith("multipart/form-data"):
            raise files.UnsupportedFile("Send the file as multipart/form-data, field 'file'.")
        async with request.form(max_files=1, max_fields=5) as form:
            file = form.get("file")
            if not isinstance(file, UploadFile):
                raise Invalid("Send the file in the multipart field 'file'.", field="file")
            name, content = file.filename or "file", await file.read()
        kept = await run_in_threadpool(_keep, gateway, who.conversation_id, name, content)
        return {"id": kept.id, "name": kept.name, "type": kept.media_type}

    @routes.get("/attachments/{attachment_id}")
    def attachment(attachment_id: str, who: Annotated[Chat, Depends(chat)]) -> Response:
        """The file itself, for the conversation that it belongs to."""
        with database.read() as session:
            found = session.get(Attachment, attachment_id, options=[undefer(Attachment.content)])
            if found is None or found.conversation_id != who.conversation_id:
                raise NotFound("There is no such attachment.")
            return Response(
                found.content, media_type=found.media_type, headers=files.http_headers(found)
            )

    return routes


def _keep(gateway: Gateway, conversation_id: str, name: str, content: bytes) -> Attachment:
    with gateway.database.begin() as session:
        return files.keep(session, gateway.clock.now(), conversation_id, name, content)


__all__ = ["WebChat", "attachment_json", "router"]
