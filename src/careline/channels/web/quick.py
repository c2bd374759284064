"""A short way for the request that most of the work is: an ordinary message of a known chat.

The route in `routes` is the reference and takes whatever is out of the ordinary: a token not
seen before, a body that is not valid. For the rest its layers (routing, dependencies, response
models) would cost more processor time than the turn itself.
"""

import json
from urllib.parse import parse_qs

from pydantic import ValidationError
from sqlalchemy.exc import OperationalError
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from careline.channels.errors import busy_response, error_response
from careline.channels.web.converse import LONGEST_WAIT, Outcome, converse
from careline.channels.web.routes import WebChat
from careline.channels.web.sessions import Chat
from careline.channels.web.wire import NewMessage
from careline.kit.errors import CarelineError, Unauthorised

PATH = "/api/chat/messages"


class QuickMessages:
    """In front of the routes, behind the middleware that every request passes."""

    def __init__(self, app: ASGIApp, web: WebChat) -> None:
        self._app = app
        self._web = web

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_ours = scope["type"] == "http" and scope["method"] == "POST" and scope["path"] == PATH
        if not is_ours:
            await self._app(scope, receive, send)
            return
        try:
            await self._take(scope, receive, send)
        except OperationalError as error:
            await busy_response(error)(scope, receive, send)
        except CarelineError as error:
            await error_response(error)(scope, receive, send)

    async def _take(self, scope: Scope, receive: Receive, send: Send) -> None:
        who = self._known(scope)
        body = await _body(receive)
        said = _read(body) if who is not None else None
        wait = _wait(scope)
        if who is None or said is None or wait is _ODD:
            await self._app(scope, _again(body, receive), send)
            return
        self._check(who, scope)
        outcome = await converse(self._web.gateway, who.conversation_id, said, wait)
        await _send(outcome, send)

    def _known(self, scope: Scope) -> Chat | None:
        try:
            return self._web.sessions.known(Headers(scope=scope).get("authorization"))
        except Unauthorised:
            return None

    def _check(self, who: Chat, scope: Scope) -> None:
        client = scope.get("client")
        self._web.per_address.check(client[0] if client else "")
        self._web.per_token.check(who.token_hash)


_ODD = -1.0  # no wait is below nothing


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


def _read(body: bytes) -> NewMessage | None:
    try:
        return NewMessage.model_validate_json(body)
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


async def _send(outcome: Outcome, send: Send) -> None:
    content = json.dumps(outcome.body, ensure_ascii=False, separators=(",", ":")).encode()
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(content)).encode()),
    ]
    await send({"type": "http.response.start", "status": outcome.status, "headers": headers})
    await send({"type": "http.response.body", "body": content})
