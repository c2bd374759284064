"""The route by which Rasa calls our custom actions; on an address that only Rasa can reach.

rasa-sdk's executor does the work. Actions are synchronous and wait for the database and the
shop, so each call has a thread; the event loop stays free.
"""

import asyncio
import json
import zlib
from collections.abc import Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from rasa_sdk.executor import ActionExecutor
from rasa_sdk.interfaces import (
    Action,
    ActionExecutionRejection,
    ActionMissingDomainException,
    ActionNotFoundException,
)
from starlette.types import ASGIApp, Receive, Scope, Send

from careline.assistant.failures import ActionFailures
from careline.kit.logging import get_logger

log = get_logger("assistant")

WORKERS = 24


def actions_app(actions: Sequence[Action], failures: ActionFailures) -> ASGIApp:
    """Rasa's webhook, its health and the list of actions.

    Without a framework: Rasa alone calls, several times a turn, and nothing here is variable.
    """
    executor = ActionExecutor()
    for action in actions:
        executor.register_action(action)
    pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="action")

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise ValueError(f"the action route takes HTTP, not {scope['type']}")
        asked = (scope["method"], scope["path"])
        if asked == ("POST", "/webhook"):
            body = await _body(scope, receive)
            loop = asyncio.get_running_loop()
            content, status = await loop.run_in_executor(pool, _call, executor, body, failures)
        elif asked == ("GET", "/health"):
            content, status = _json({"status": "ok", "actions": len(executor.actions)}), 200
        elif asked == ("GET", "/actions"):
            content, status = _json([{"name": name} for name in sorted(executor.actions)]), 200
        else:
            content, status = _json({"error": "there is nothing at this address"}), 404
        headers = [
            (b"content-type", b"application/json"),
            (b"content-length", str(len(content)).encode()),
        ]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": content})

    return app


async def _body(scope: Scope, receive: Receive) -> bytes:
    parts = []
    more = True
    while more:
        message = await receive()
        parts.append(message.get("body", b""))
        more = bool(message.get("more_body"))
    body = b"".join(parts)
    is_compressed = (b"content-encoding", b"deflate") in scope["headers"]
    return zlib.decompress(body) if is_compressed else body


def _call(executor: ActionExecutor, body: bytes, failures: ActionFailures) -> tuple[bytes, int]:
    try:
        call = json.loads(body)
    except ValueError:
        return _json({"error": "the body is not JSON"}), 400
    if not isinstance(call, dict):
        return _json({"error": "the body is not an action call"}), 400
    answer, status = _run(executor, call, failures)
    return _json(answer), status


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _run(
    executor: ActionExecutor, call: dict[str, Any], failures: ActionFailures
) -> tuple[Any, int]:
    name = str(call.get("next_action") or "")
    conversation_id = str(call.get("sender_id") or "")
    call.setdefault("domain", {})  # our connector leaves it out; rasa-sdk insists on one
    try:
        result = _finish(executor.run(call))
    except ActionExecutionRejection as refusal:  # a form that leaves the turn to other rules
        return {"error": refusal.message, "action_name": refusal.action_name}, 400
    except ActionNotFoundException as error:
        failures.remember(conversation_id, name)
        log.error("action.unknown", action=name)
        return {"error": error.message, "action_name": error.action_name}, 404
    except ActionMissingDomainException as error:
        return {"error": error.message, "action_name": error.action_name}, 449
    except Exception as error:
        failures.remember(conversation_id, name)
        log.error("action.raised", action=name, conversation=conversation_id, exc_info=error)
        # Not 400: to Rasa that would be an action declining, and the turn would go on.
        return {"error": f"{name} raised", "action_name": name}, 500
    return (result.model_dump() if result else None), 200


def _finish(running: Coroutine[Any, Any, Any]) -> Any:
    """Drive rasa-sdk's coroutine to its end without an event loop: our actions wait in place."""
    try:
        running.send(None)
    except StopIteration as end:
        return end.value
    running.close()
    raise RuntimeError("an action awaited something; ours are synchronous")
