"""One error shape for everything: {"error": {"code", "message", "field"?}}."""

from collections.abc import Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import OperationalError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from careline.kit.errors import CarelineError, TooLarge
from careline.kit.logging import get_logger

log = get_logger("channels")

_CODES = {
    400: "bad_request",
    401: "unauthorised",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    413: "too_large",
    415: "unsupported_media_type",
}
_MESSAGES = {404: "There is nothing at this address.", 405: "This address takes other methods."}


class TooManyRequests(CarelineError):
    """Asked more often than agreed; wait for the seconds in Retry-After."""

    code = "too_many_requests"
    status = 429

    def __init__(self, retry_after_seconds: int) -> None:
        super().__init__("Too many requests; please wait a moment.")
        self.retry_after_seconds = retry_after_seconds


def install(app: FastAPI) -> None:
    """Give every error of this app the one shape; see also FaultsAsErrors."""
    app.add_exception_handler(CarelineError, _named)
    app.add_exception_handler(RequestValidationError, _not_valid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(OperationalError, _busy)


def error_response(error: CarelineError) -> JSONResponse:
    headers = {}
    if error.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    if isinstance(error, TooManyRequests):
        headers["Retry-After"] = str(error.retry_after_seconds)
    return JSONResponse(error.as_json(), error.status, headers=headers)


async def _named(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, CarelineError)
    return error_response(error)


async def _not_valid(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    body: dict[str, Any] = {"code": "invalid", "message": _advice(first)}
    if field := _field(first.get("loc", ())):
        body["field"] = field
    return JSONResponse({"error": body}, 422)


async def _http(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    code = _CODES.get(error.status_code, "error")
    message = _MESSAGES.get(error.status_code, str(error.detail))
    return JSONResponse(
        {"error": {"code": code, "message": message}}, error.status_code, headers=error.headers
    )


async def _busy(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, OperationalError)
    return busy_response(error)


def busy_response(error: OperationalError) -> JSONResponse:
    log.warning("database.busy", why=str(error.orig))
    body = {"code": "busy", "message": "The record is busy; please send the same again."}
    return JSONResponse({"error": body}, 503, headers={"Retry-After": "1"})


def _advice(error: Any) -> str:
    if error.get("type") == "json_invalid":
        return "The body is not JSON."
    if error.get("type") == "string_unicode":
        return "The text holds characters that cannot be stored (half of a surrogate pair)."
    return str(error.get("msg", "Not valid.")).removeprefix("Value error, ")


def _field(location: Sequence[Any]) -> str:
    return ".".join(str(part) for part in location if part not in ("body", "query", "header"))


class FaultsAsErrors:
    """Answer a fault of ours with 500 in the one shape, inside the other middleware."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except TooLarge as error:
            if started:
                raise
            await error_response(error)(scope, receive, send)
        except Exception as error:
            response = fault_response(scope, error)
            if started:
                raise
            await response(scope, receive, send)


def fault_response(scope: Scope, error: Exception) -> JSONResponse:
    log.error("request.fault", path=scope["path"], exc_info=error)
    body = {"code": "internal", "message": "Something broke on our side; it is logged."}
    return JSONResponse({"error": body}, 500)
