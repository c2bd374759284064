"""The door between the application and Rasa: a channel of ours in place of Rasa's REST channel.

It answers with the replies and with what was understood, says honestly when a turn failed, and
gives the same answer to the same message id. Only the application calls it, with a shared token.
"""

from __future__ import annotations

import asyncio
import hmac
import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from rasa.core.channels.channel import InputChannel, UserMessage
from rasa.core.lock_store import LockError
from rasa.shared.exceptions import RasaException
from sanic import Blueprint, Request, Sanic, response
from sanic.exceptions import InvalidUsage, SanicException
from sanic.response import HTTPResponse

from bot import remote_actions, turns
from bot.errors import ActionBroke, Refused

logger = logging.getLogger(__name__)

LONGEST_ID = 200
_under_way: set[asyncio.Task[Any]] = set()


class CarelineInput(InputChannel):
    """Named in credentials.yml as bot.connector.CarelineInput; needs `token`."""

    def __init__(self, token: str) -> None:
        self._token = token

    @classmethod
    def name(cls) -> str:
        return turns.CHANNEL

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> CarelineInput:
        token = str((credentials or {}).get("token") or "")
        if not token:
            raise RasaException("credentials.yml: bot.connector.CarelineInput needs a token")
        remote_actions.install()
        return cls(token)

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        door = Blueprint("careline_connector")
        door.route("/health", methods=["GET"])(health)
        door.exception(Exception)(failed)

        @door.route("/webhook", methods=["POST"])
        async def webhook(request: Request) -> HTTPResponse:
            self._check(request)
            said = said_in(body_of(request))
            return response.json(await finished(turns.take_turn(request.app.ctx.agent, said)))

        @door.route("/trigger", methods=["POST"])
        async def trigger(request: Request) -> HTTPResponse:
            self._check(request)
            happened = happened_in(body_of(request))
            return response.json(await finished(turns.tell(request.app.ctx.agent, happened)))

        @door.route("/conversations/<conversation:str>", methods=["GET"])
        async def export(request: Request, conversation: str) -> HTTPResponse:
            self._check(request)
            events = await turns.export(request.app.ctx.agent, conversation)
            return response.json({"conversation": conversation, "events": events})

        @door.route("/conversations/<conversation:str>", methods=["DELETE"])
        async def erase(request: Request, conversation: str) -> HTTPResponse:
            self._check(request)
            erased = await turns.erase(request.app.ctx.agent, conversation)
            return response.json({"erased": erased})

        @door.listener("after_server_stop")
        async def close(app: Sanic, _: Any) -> None:
            await turns.close(getattr(app.ctx, "agent", None))

        return door

    def _check(self, request: Request) -> None:
        given = request.headers.get("authorization", "").removeprefix("Bearer ")
        if not hmac.compare_digest(given.encode(), self._token.encode()):
            raise Refused("unauthorised", "the token is missing or wrong", status=401)


async def health(request: Request) -> HTTPResponse:
    processor = turns.ready(getattr(request.app.ctx, "agent", None))
    understands = "less" if await turns.is_on_words_alone(processor) else "fully"
    return response.json(
        {"status": "ok", "model": processor.model_filename, "understands": understands}
    )


async def finished(turn: Coroutine[Any, Any, dict[str, Any]]) -> dict[str, Any]:
    """Run the turn to its end even if the caller hangs up: asked again, it gets the answer."""
    task = asyncio.ensure_future(_no_base_exception(turn))
    _under_way.add(task)
    task.add_done_callback(_under_way.discard)
    return await asyncio.shield(task)


async def _no_base_exception(turn: Coroutine[Any, Any, dict[str, Any]]) -> dict[str, Any]:
    try:
        return await turn
    except ActionBroke as error:  # has passed Rasa by now; an error like others from here on
        raise TurnFailed(str(error)) from error


class TurnFailed(Exception):
    """The turn was given up and nothing of it is kept; asking again with the same id is safe."""


async def failed(request: Request, error: Exception) -> HTTPResponse:
    """Every error in one shape; never 200, and never Rasa's inner words to the outside."""
    if isinstance(error, Refused):
        return _error(error.status, error.code, error.message, error.field)
    if isinstance(error, TurnFailed):
        logger.error("turn failed: %s", error)
        return _error(500, "turn_failed", str(error).split(":")[0])
    if isinstance(error, LockError):
        return _error(503, "conversation_busy", "an earlier message is still being answered")
    if isinstance(error, SanicException):
        return _error(error.status_code or 500, "bad_request", str(error))
    logger.error("turn failed", exc_info=error)
    return _error(500, "turn_failed", f"{type(error).__name__} while the message was handled")


def _error(status: int, code: str, message: str, field: str | None = None) -> HTTPResponse:
    told = {"code": code, "message": message} | ({"field": field} if field else {})
    return response.json({"error": told}, status=status)


def body_of(request: Request) -> dict[str, Any]:
    try:
        body = request.json
    except InvalidUsage as error:
        raise Refused("not_json", "the body is not JSON", status=400) from error
    if not isinstance(body, dict):
        raise Refused("not_json", "the body is not a JSON object", status=400)
    return body


def said_in(body: dict[str, Any]) -> turns.Said:
    text, payload = body.get("text"), body.get("payload")
    metadata = _object(body, "metadata")
    if payload is None and not isinstance(text, str):
        raise Refused("invalid", "text or payload is needed", field="text")
    if payload is not None and not isinstance(payload, str):
        raise Refused("invalid", "payload must be text", field="payload")
    if payload is None and not str(text).strip() and not metadata.get("attachments"):
        raise Refused("invalid", "there is nothing in this message", field="text")
    return turns.Said(_id(body, "conversation"), _id(body, "message_id"), text, payload, metadata)


def happened_in(body: dict[str, Any]) -> turns.Happened:
    named = {"message_id": _id(body, "message_id")} if body.get("message_id") else {}
    return turns.Happened(
        _id(body, "conversation"),
        _id(body, "intent"),
        _object(body, "entities"),
        _object(body, "metadata"),
        **named,
    )


def _id(body: dict[str, Any], field: str) -> str:
    value = body.get(field)
    if not isinstance(value, str) or not 0 < len(value) <= LONGEST_ID:
        raise Refused("invalid", f"{field} must be a text of 1 to {LONGEST_ID}", field=field)
    return value


def _object(body: dict[str, Any], field: str) -> dict[str, Any]:
    value = body.get(field)
    if value is not None and not isinstance(value, dict):
        raise Refused("invalid", f"{field} must be an object", field=field)
    return value or {}
