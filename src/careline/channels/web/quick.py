"""A short way for what most of the work is: a chat's opening, and an ordinary message of it.

The routes in `routes`, behind the application's middleware, are the reference and take whatever is
out of the ordinary: a token not seen before, a body that is large or not valid. For the rest those
layers (middleware, routing, dependencies, response models) would cost more processor time than the
turn itself; what they do for such a request is done here in one place.
"""

from collections.abc import Mapping
from typing import TypeVar
from urllib.parse import parse_qs

from pydantic import BaseModel, ValidationError
from sqlalchemy.exc import OperationalError
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from careline.channels.errors import busy_response, error_response, fault_response
from careline.channels.middleware import JSON_LIMIT, ChatHeaders
from careline.channels.web.converse import LONGEST_WAIT, converse
from careline.channels.web.routes import WebChat
from careline.channels.web.sessions import Chat
from careline.channels.web.wire import NewMessage, NewSession
from careline.kit.errors import CarelineError, Unauthorised

# A request's headers, each once: the first where it came twice.
Headers = Mapping[bytes, bytes]
Body = TypeVar("Body", bound=BaseModel)


class QuickChat:
    """In front of the whole application, which gets every other request as it came."""

    def __init__(self, app: ASGIApp, web: WebChat, headers: ChatHeaders) -> None:
        self._app = app
        self._web = web
        self._headers = headers
        self._ways = {"/api/chat/messages": self._message, "/api/chat/sessions": self._session}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        way = self._ways.get(scope["path"]) if scope["type"] == "http" else None
        if way is None or scope["method"] != "POST":
            await self._app(scope, receive, send)
            return
        headers = dict(reversed(scope["headers"]))
        if not _is_small_json(headers):
            await self._app(scope, receive, send)
            return
        body = await _body(receive)
        try:
            answer = await way(scope, headers, body)
        except OperationalError as error:
            answer = busy_response(error)
        except CarelineError as error:
            answer = error_response(error)
        except Exception as error:  # noqa: BLE001 - answered as the application would
            answer = fault_response(scope, error)
        if answer is None:
            await self._app(scope, _again(body, receive), send)
            return
        answer.raw_headers += await self._headers.of(headers.get(b"origin"))
        await answer(scope, receive, send)

    async def _message(self, scope: Scope, headers: Headers, body: bytes) -> Response | None:
        who, wait = self._known(headers), _wait(scope)
        said = _read(NewMessage, body) if who is not None else None
        if who is None or said is None or wait is _ODD:
            return None
        self._web.per_address.check(_address(scope))
        self._web.per_token.check(who.token_hash)
        outcome = await converse(self._web.gateway, who.conversation_id, said, wait)
        return JSONResponse(outcome.body, outcome.status)

    async def _session(self, scope: Scope, _: Headers, body: bytes) -> Response | None:
        asked = _read(NewSession, body)
        if asked is None:
            return None
        self._web.per_address.check(_address(scope))
        return await run_in_threadpool(self._web.open_session, asked)

    def _known(self, headers: Headers) -> Chat | None:
        given = headers.get(b"authorization")
        try:
            return self._web.sessions.known(given.decode("latin-1") if given else None)
        except Unauthorised:
            return None


_ODD = -1.0  # no wait is below nothing


def _is_small_json(headers: Headers) -> bool:
    length = headers.get(b"content-length", b"")
    is_json = headers.get(b"content-type", b"").startswith(b"application/json")
    return is_json and length.isdigit() and int(length) <= JSON_LIMIT


def _address(scope: Scope) -> str:
    client = scope.get("client")
    return client[0] if client else ""


def _wait(scope: Scope) -> float | None:
    query = parse_qs(scope["query_string"].decode("latin-1"))
    if "wait" not in query:
        return None
    try:
        wait = float(query["wait"][-1])
    except ValueError:
        return _ODD
    return wait if 0 <= wait <= LONGEST_WAIT else _ODD


async def _body(receive: Receive) -> bytes:
    parts = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)


def _read(kind: type[Body], body: bytes) -> Body | None:
    try:
        return kind.model_validate_json(body)
    except ValidationError:
        return None


def _again(body: bytes, receive: Receive) -> Receive:
    """The body that was read, for whoever reads it next."""
    is_given = False

    async def replay() -> Message:
        nonlocal is_given
        if is_given:
            return await receive()
        is_given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay
