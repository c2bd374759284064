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
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from careline.assistant.failures import ActionFailures
from careline.kit.logging import get_logger

log = get_logger("assistant")

WORKERS = 24


def actions_app(actions: Sequence[Action], failures: ActionFailures) -> Starlette:
    """Rasa's webhook, its health and the list of actions."""
    executor = ActionExecutor()
    for action in actions:
        executor.register_action(action)
    pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="action")

    async def webhook(request: Request) -> JSONResponse:
        body = await request.body()
        if request.headers.get("content-encoding") == "deflate":
            body = zlib.decompress(body)
        try:
            call = json.loads(body)
        except ValueError:
            return JSONResponse({"error": "the body is not JSON"}, 400)
        if not isinstance(call, dict):
            return JSONResponse({"error": "the body is not an action call"}, 400)
        loop = asyncio.get_running_loop()
        answer, status = await loop.run_in_executor(pool, _run, executor, call, failures)
        return JSONResponse(answer, status)

    async def health(_: Request) -> JSONResponse:
        return JSONResponse({"status": "ok", "actions": len(executor.actions)})

    async def listing(_: Request) -> JSONResponse:
        return JSONResponse([{"name": name} for name in sorted(executor.actions)])

    return Starlette(
        routes=[
            Route("/webhook", webhook, methods=["POST"]),
            Route("/health", health),
            Route("/actions", listing),
        ]
    )


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
