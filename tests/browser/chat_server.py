"""A chat server for browser tests: it behaves by the web chat API and does as a test tells it.

Kept in memory, with a scripted bot: `answers` maps what the customer writes to the replies.
"""

import asyncio
import json
import secrets
import threading
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from fastapi import FastAPI, Request, UploadFile
from fastapi.responses import FileResponse, JSONResponse, Response, StreamingResponse
from starlette.middleware.cors import CORSMiddleware

from careline.kit.ids import new_id

Fields = dict[str, Any]


class Refusal(Exception):
    """Becomes the API's error shape."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


@dataclass
class Talk:
    """One conversation as the server keeps it."""

    id: str
    messages: list[Fields] = field(default_factory=list)
    mode: str = "bot"
    listeners: list[asyncio.Queue[str]] = field(default_factory=list)

    def tell(self, event: str, data: Fields, event_id: str | None = None) -> None:
        lines = [f"id: {event_id}"] if event_id else []
        lines += [f"event: {event}", f"data: {json.dumps(data)}", "", ""]
        for listener in self.listeners:
            listener.put_nowait("\n".join(lines))

    def add(self, author: str, text: str, **more: Any) -> Fields:
        message: Fields = {
            "id": new_id("msg"),
            "author": author,
            "text": text,
            "buttons": [],
            "attachments": [],
            "at": datetime.now(UTC).isoformat(),
        } | more
        self.messages.append(message)
        self.tell("message", message, message["id"])
        return message


class ChatServer:
    def __init__(self, widget_file: str) -> None:
        self.talks: dict[str, Talk] = {}
        self.tokens: dict[str, str] = {}  # token -> conversation
        self.identities: list[str] = []  # as they came
        self.asked: list[str] = []  # whose pages asked for a conversation that goes on
        self.goes_on: dict[str, str] = {}  # identity -> conversation
        self.files: dict[str, tuple[Fields, bytes]] = {}
        self.answers: dict[str, list[Fields]] = {}
        self.received: list[str] = []  # client ids, repeats included
        self.refuse_texts: dict[str, Refusal] = {}
        self.silent = False  # the bot does not answer
        self._loop: asyncio.AbstractEventLoop | None = None
        self._lock = threading.RLock()
        self.app = self._routes(widget_file)

    # --- what a test does from outside ---

    @property
    def talk(self) -> Talk:
        """The latest conversation."""
        return list(self.talks.values())[-1]

    def say(self, text: str, author: str = "bot", **more: Any) -> None:
        self._inside(lambda: self.talk.add(author, text, **more))

    def typing(self, on: bool) -> None:
        self._inside(lambda: self.talk.tell("typing", {"on": on}))

    def hand_to(self, mode: str) -> None:
        def change() -> None:
            self.talk.mode = mode
            self.talk.tell("mode", {"mode": mode})

        self._inside(change)

    def forget_tokens(self) -> None:
        self.tokens.clear()

    def texts(self) -> list[str]:
        return [message["text"] for message in self.talk.messages]

    def _inside(self, work: Any) -> None:
        """Run on the server's loop, whose queues belong to it, and wait until it is done."""
        assert self._loop is not None

        async def run() -> None:
            work()

        asyncio.run_coroutine_threadsafe(run(), self._loop).result(timeout=5)

    # --- the API ---

    def _talk_of(self, request: Request) -> Talk:
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        if token not in self.tokens:
            raise Refusal(401, "token_invalid", "Start a new session.")
        return self.talks[self.tokens[token]]

    def _take(self, talk: Talk, body: Fields) -> Fields:
        self.received.append(body["id"])
        known = [each for each in talk.messages if each.get("client_id") == body["id"]]
        if known:
            return known[0]
        text = body.get("text", "")
        if text in self.refuse_texts:
            raise self.refuse_texts[text]
        attachments = [self.files[each][0] for each in body.get("attachments", [])]
        message = talk.add("customer", text, client_id=body["id"], attachments=attachments)
        if talk.mode == "bot" and not self.silent:
            talk.tell("typing", {"on": True})
            default = [{"text": f"You wrote: {text}"}]
            for reply in self.answers.get(body.get("payload") or text, default):
                talk.add("bot", **reply)
            talk.tell("typing", {"on": False})
        return message

    async def _events(self, talk: Talk, after: str) -> AsyncIterator[str]:
        queue: asyncio.Queue[str] = asyncio.Queue()
        talk.listeners.append(queue)
        try:
            yield ": keep-alive\n\n"
            for message in [each for each in talk.messages if each["id"] > after]:
                yield f"id: {message['id']}\nevent: message\ndata: {json.dumps(message)}\n\n"
            while True:
                yield await queue.get()
        finally:
            talk.listeners.remove(queue)

    def _existing(self, identity: str) -> Any:
        """The conversation that goes on with this customer, for a device that does not know it."""
        self.asked.append(identity)
        found = self.goes_on.get(identity)
        if found is None:
            return Response(status_code=204)
        token = secrets.token_urlsafe()
        self.tokens[token] = found
        return {"token": token, "conversation": found}

    def _routes(self, widget_file: str) -> FastAPI:
        app = FastAPI()
        app.add_middleware(
            CORSMiddleware,
            allow_origins=["*"],
            allow_methods=["*"],
            allow_headers=["authorization", "content-type", "last-event-id"],
        )

        @app.exception_handler(Refusal)
        async def refused(request: Request, error: Refusal) -> JSONResponse:
            body = {"error": {"code": error.code, "message": error.message}}
            return JSONResponse(body, error.status)

        @app.get("/static/widget.js")
        async def widget() -> FileResponse:
            return FileResponse(widget_file, media_type="text/javascript")

        @app.post("/api/chat/sessions", status_code=201)
        async def start(request: Request) -> Any:
            self._loop = asyncio.get_running_loop()
            asked = await request.json()
            identity = asked.get("identity")
            if identity == "expired":
                raise Refusal(401, "token_expired", "The identity has expired.")
            if asked.get("existing"):
                return self._existing(identity)
            self.identities.append(identity or "")
            talk, token = Talk(new_id("cnv")), secrets.token_urlsafe()
            self.talks[talk.id], self.tokens[token] = talk, talk.id
            return {"token": token, "conversation": talk.id}

        @app.post("/api/chat/messages", status_code=202)
        async def post(request: Request) -> Fields:
            return {"message": self._take(self._talk_of(request), await request.json())}

        @app.get("/api/chat/messages")
        async def history(request: Request, after: str = "") -> Fields:
            talk = self._talk_of(request)
            newer = [each for each in talk.messages if each["id"] > after]
            return {"messages": newer, "mode": talk.mode}

        @app.get("/api/chat/stream")
        async def stream(request: Request) -> StreamingResponse:
            self._loop = asyncio.get_running_loop()
            after = request.headers.get("last-event-id", "")
            events = self._events(self._talk_of(request), after)
            return StreamingResponse(events, media_type="text/event-stream")

        @app.post("/api/chat/attachments", status_code=201)
        async def upload(request: Request, file: UploadFile) -> Fields:
            self._talk_of(request)
            content = await file.read()
            if content.startswith(b"MZ"):
                raise Refusal(415, "unsupported_type", "This kind of file is not taken.")
            kept = {"id": new_id("att"), "name": file.filename, "type": file.content_type}
            kept["url"] = f"/api/chat/attachments/{kept['id']}"
            self.files[kept["id"]] = (kept, content)
            return kept

        @app.get("/api/chat/attachments/{attachment}")
        async def download(request: Request, attachment: str) -> Response:
            self._talk_of(request)
            kept, content = self.files[attachment]
            return Response(content, media_type=kept["type"])

        return app
