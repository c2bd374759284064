"""The route by which Rasa calls our custom actions; on an address that only Rasa can reach.

rasa-sdk's executor does the work. Actions are synchronous and wait for the database and the
shop; action_server gives each connection of Rasa's a thread.
"""

import json
import zlib
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from rasa_sdk.executor import ActionExecutor
from rasa_sdk.interfaces import (
    Action,
    ActionExecutionRejection,
    ActionMissingDomainException,
    ActionNotFoundException,
)

from careline.assistant.failures import ActionFailures
from careline.kit.logging import get_logger

log = get_logger("assistant")

# Method, path and body of a request; the answer's JSON and its status.
Route = Callable[[str, str, bytes], tuple[bytes, int]]


def actions_route(actions: Sequence[Action], failures: ActionFailures) -> Route:
    """Rasa's webhook, its health and the list of actions."""
    executor = ActionExecutor()
    for action in actions:
        executor.register_action(action)

    def answer(method: str, path: str, body: bytes) -> tuple[bytes, int]:
        asked = (method, path)
        if asked == ("POST", "/webhook"):
            return _call(executor, body, failures)
        if asked == ("GET", "/health"):
            return _json({"status": "ok", "actions": len(executor.actions)}), 200
        if asked == ("GET", "/actions"):
            return _json([{"name": name} for name in sorted(executor.actions)]), 200
        return _json({"error": "there is nothing at this address"}), 404

    return answer


def inflated(body: bytes) -> bytes:
    """A body sent with Content-Encoding: deflate. Raises ValueError if it is not."""
    try:
        return zlib.decompress(body)
    except zlib.error as error:
        raise ValueError("the body is not compressed as its header says") from error


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
