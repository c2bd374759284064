"""What every public request passes: size limits, headers for browsers, CORS for the chat."""

from collections.abc import Sequence

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from careline.channels.errors import error_response
from careline.conversation.files import UPLOAD_LIMIT
from careline.kit.errors import TooLarge

JSON_LIMIT = 256 * 1024  # bytes
UPLOAD_BODY_LIMIT = UPLOAD_LIMIT + 64 * 1024  # with the multipart wrapping
UPLOADS = "/api/chat/attachments"
DESK_UPLOADS = ("/desk/", "/attachments")  # how their paths begin and end
BULK_LIMIT = 4 * 1024 * 1024  # a list of 1,000 touchpoints or events
BULK = ("/api/touchpoints", "/hooks/")
ORIGINS_REMEMBERED = 1000  # a caller may name any
# A refused upload is read on for so much, so that an ordinary client gets to see the answer
# instead of a broken pipe; then the line is cut.
DRAIN_LIMIT = 4 * 1024 * 1024

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' blob: data:",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
    )
)
_HEADERS = (
    (b"content-security-policy", CONTENT_SECURITY_POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"permissions-policy", b"geolocation=(), microphone=(), camera=()"),
)


class SecurityHeaders:
    """The strict policy on every answer that does not set its own."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                have = {name.lower() for name, _ in message["headers"]}
                message["headers"] = [
                    *message["headers"],
                    *((name, value) for name, value in _HEADERS if name not in have),
                ]
            await send(message)

        await self._app(scope, receive, with_headers if scope["type"] == "http" else send)


class ChatCors:
    """CORS for the chat interface alone: the widget lives on the shop's pages."""

    def __init__(self, app: ASGIApp, origins: Sequence[str]) -> None:
        self._plain = app
        self._shared = _shared_with(origins, app)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_chat = scope["type"] == "http" and scope["path"].startswith("/api/chat/")
        await (self._shared if is_chat else self._plain)(scope, receive, send)


def _shared_with(origins: Sequence[str], app: ASGIApp) -> CORSMiddleware:
    return CORSMiddleware(
        app,
        allow_origins=list(origins),
        allow_methods=["GET", "POST"],
        allow_headers=["Authorization", "Content-Type", "Last-Event-ID", "Cache-Control"],
        expose_headers=["Retry-After"],
        max_age=600,
    )


class ChatHeaders:
    """What SecurityHeaders and ChatCors add to an answer of the chat, worked out once an origin."""

    def __init__(self, origins: Sequence[str]) -> None:
        self._layers = SecurityHeaders(_shared_with(origins, _answer_nothing))
        self._found: dict[bytes | None, list[tuple[bytes, bytes]]] = {}

    async def of(self, origin: bytes | None) -> list[tuple[bytes, bytes]]:
        found = self._found.get(origin)
        if found is None:
            if len(self._found) >= ORIGINS_REMEMBERED:
                self._found.clear()
            found = self._found[origin] = await self._from_layers(origin)
        return found

    async def _from_layers(self, origin: bytes | None) -> list[tuple[bytes, bytes]]:
        asked: Scope = {
            "type": "http",
            "method": "POST",
            "headers": [] if origin is None else [(b"origin", origin)],
        }
        added: list[tuple[bytes, bytes]] = []

        async def note(message: Message) -> None:
            added.extend(message["headers"])

        await self._layers(asked, _nothing_comes, note)
        return added


async def _answer_nothing(_scope: Scope, _receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})


async def _nothing_comes() -> Message:
    return {"type": "http.disconnect"}


class BodyLimit:
    """Refuse a body that is too large as soon as that is seen, without keeping it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = _limit_of(scope["path"])
        announced = dict(scope["headers"]).get(b"content-length", b"0")
        if announced.isdigit() and int(announced) > limit:
            await _drain(receive)
            await _refuse(limit, scope, receive, send)
            return
        seen, more = 0, True

        async def counted() -> Message:
            nonlocal seen, more
            message = await receive()
            seen += len(message.get("body", b""))
            more = bool(message.get("more_body"))
            if seen > limit:
                raise TooLarge(_advice(limit))
            return message

        async def cutting(message: Message) -> None:
            """Whoever words the refusal further in: the rest of the body is not read."""
            if seen > limit and more and message["type"] == "http.response.start":
                await _drain(receive)
                message["headers"] = [*message["headers"], (b"connection", b"close")]
            await send(message)

        try:
            await self._app(scope, counted, cutting)
        except TooLarge:
            if more:
                await _drain(receive)
            await _refuse(limit, scope, receive, send)


def _limit_of(path: str) -> int:
    begin, end = DESK_UPLOADS
    if path == UPLOADS or (path.startswith(begin) and path.endswith(end)):
        return UPLOAD_BODY_LIMIT
    return BULK_LIMIT if path.startswith(BULK) else JSON_LIMIT


async def _drain(receive: Receive) -> None:
    read = 0
    while read < DRAIN_LIMIT:
        message = await receive()
        read += len(message.get("body", b""))
        if message["type"] == "http.disconnect" or not message.get("more_body"):
            return


async def _refuse(limit: int, scope: Scope, receive: Receive, send: Send) -> None:
    response = error_response(TooLarge(_advice(limit)))
    response.headers["Connection"] = "close"
    await response(scope, receive, send)


def _advice(limit: int) -> str:
    if limit == UPLOAD_BODY_LIMIT:
        return "The file is larger than 10 MB."
    return f"The body is larger than {limit // 1024} kB."
