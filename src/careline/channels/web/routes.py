"""The web chat's interface: sessions, messages, history, stream, attachments."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, Header, Query, Request
from sqlalchemy.orm import undefer
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.responses import JSONResponse, Response, StreamingResponse

from careline.channels.limits import RateLimit
from careline.channels.web import sessions, uploads
from careline.channels.web.sessions import Chat
from careline.channels.web.stream import events, shown_after
from careline.channels.web.wire import NewMessage, NewSession, attachment_json, message_json
from careline.conversation import messages
from careline.conversation.gateway import Gateway
from careline.conversation.start import start_conversation
from careline.journey.models import Attachment, Conversation, Message
from careline.journey.words import TurnState
from careline.kit.errors import Invalid, NotFound

LONGEST_WAIT = 30.0  # seconds
LOOK_EVERY = 1.0  # seconds; finds an answer that another process wrote
_SETTLED = (TurnState.DONE, TurnState.QUEUED)

# Who the shop's page says its visitor is: signed identity in, our customer's id out.
Identify = Callable[[str], str]


@dataclass(frozen=True)
class WebChat:
    """What the interface needs; made by bootstrap."""

    gateway: Gateway
    identify: Identify
    session_lifetime: timedelta
    per_token: RateLimit
    per_address: RateLimit


@dataclass(frozen=True)
class Outcome:
    """How far a message has come, as the customer may see it."""

    settled: bool
    body: dict[str, Any]


def router(web: WebChat) -> APIRouter:
    routes = APIRouter(prefix="/api/chat", tags=["web chat"])
    gateway, database, hub = web.gateway, web.gateway.database, web.gateway.hub

    def from_here(request: Request) -> None:
        web.per_address.check(request.client.host if request.client else "")

    def chat(request: Request, authorization: Annotated[str | None, Header()] = None) -> Chat:
        from_here(request)
        with database.read() as session:
            who = sessions.read(session, gateway.clock.now(), authorization)
        web.per_token.check(who.token_hash)
        return who

    @routes.post("/sessions", status_code=201, dependencies=[Depends(from_here)])
    def open_session(body: NewSession | None = None) -> dict[str, str]:
        """Start a conversation. `identity` is the JWT that the shop's page signed."""
        customer_id = web.identify(body.identity) if body and body.identity else None
        now = gateway.clock.now()
        with database.begin() as session:
            conversation = start_conversation(
                session, now, customer_id=customer_id, verified_by="identity"
            )
            token = sessions.issue(session, now, conversation.id, web.session_lifetime)
        return {"token": token, "conversation": conversation.id}

    @routes.post("/messages", status_code=202)
    async def post_message(
        body: NewMessage,
        who: Annotated[Chat, Depends(chat)],
        wait: Annotated[float | None, Query(ge=0, le=LONGEST_WAIT)] = None,
    ) -> JSONResponse:
        """Send a message. The same `id` again is the same message and gives the same answer.

        With `?wait=<seconds>`: 200 and the replies when the turn is done in time, else 202.
        """
        with hub.listen(who.conversation_id) as listener:
            received = await run_in_threadpool(
                gateway.take_in,
                conversation_id=who.conversation_id,
                provider_id=body.id,
                text=body.text,
                payload=body.payload,
                attachments=body.attachments,
            )
            until = asyncio.get_running_loop().time() + (wait or 0)
            if wait and received.message.turn_state not in _SETTLED:
                await listener.wait(min(wait, LOOK_EVERY))  # there is nothing to see yet
            while True:
                outcome = await run_in_threadpool(_outcome, gateway, received.message.id)
                left = until - asyncio.get_running_loop().time()
                if wait is None or outcome.settled or left <= 0 or hub.closed:
                    break
                await listener.wait(min(left, LOOK_EVERY))
        if wait is None:
            return JSONResponse({"message": outcome.body["message"]}, 202)
        return JSONResponse(outcome.body, 200 if outcome.settled else 202)

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

    @routes.post("/attachments", status_code=201)
    async def attach(request: Request, who: Annotated[Chat, Depends(chat)]) -> dict[str, str]:
        """Keep a file (multipart field `file`): JPEG, PNG, WebP, HEIC or PDF, up to 10 MB."""
        if not request.headers.get("content-type", "").startswith("multipart/form-data"):
            raise uploads.UnsupportedFile("Send the file as multipart/form-data, field 'file'.")
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
            return file_response(found)

    return routes


def file_response(file: Attachment) -> Response:
    """As it was sent; PDFs are saved, not opened in our own origin."""
    how = "attachment" if file.media_type == "application/pdf" else "inline"
    return Response(
        file.content,
        media_type=file.media_type,
        headers={
            "Content-Disposition": f"{how}; filename*=UTF-8''{quote(file.name, safe='')}",
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "Cache-Control": "private, max-age=3600",
        },
    )


def _outcome(gateway: Gateway, message_id: str) -> Outcome:
    with gateway.database.read() as session:
        message = session.get_one(Message, message_id)
        replies = messages.replies_to(session, message_id)
        files = messages.attachments_of(session, [message.id, *(r.id for r in replies)])
        mode = session.get_one(Conversation, message.conversation_id).mode
        body = {
            "message": message_json(message, files.get(message.id, [])),
            "replies": [message_json(r, files.get(r.id, [])) for r in replies],
            "mode": mode,
        }
    return Outcome(message.turn_state in _SETTLED or bool(replies), body)


def _keep(gateway: Gateway, conversation_id: str, name: str, content: bytes) -> Attachment:
    with gateway.database.begin() as session:
        return uploads.keep(session, gateway.clock.now(), conversation_id, name, content)


__all__ = ["Identify", "WebChat", "attachment_json", "file_response", "router"]
