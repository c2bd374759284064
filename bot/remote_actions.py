"""Five repairs to how Rasa 3.6.21 calls custom actions; installed by the connector.

1. Rasa re-checks its JSON schema itself at every answer (55% of a turn): built once here, and
   not even asked about the two plain events that nearly all answers consist of.
2. Rasa swallows an action's failure and goes on without its events: a turn of ours ends instead.
3. Rasa opens a new HTTP connection for each call and would wait 300 s: kept open, 8 s.
4. Rasa sends the whole domain and the whole conversation with each call: our actions read the
   slots and the latest message, so these are what they get.
5. Rasa searches all its classes for the one of each event: found once.
"""

from __future__ import annotations

import contextlib
import contextvars
import functools
import logging
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import aiohttp
import rasa
import rasa.core.actions.action as rasa_action
from jsonschema import ValidationError
from jsonschema.exceptions import best_match
from jsonschema.validators import validator_for
from rasa.core.actions.action import ActionExecutionRejection, RemoteAction
from rasa.shared.core.events import Event
from rasa.utils.endpoints import ClientResponseError, EndpointConfig

from bot import quick_json
from bot.errors import ActionBroke
from bot.kept_lines import KeptLines

logger = logging.getLogger(__name__)

KNOWN_RASA = "3.6.21"
# Below the gateway's deadline for a whole turn (10 s), so that it hears the reason.
ANSWER_WITHIN_SECONDS = 8.0

_in_our_turn: contextvars.ContextVar[bool] = contextvars.ContextVar("in_our_turn", default=False)


@contextlib.contextmanager
def failures_end_the_turn() -> Iterator[None]:
    """Inside, an action that fails raises ActionBroke; elsewhere Rasa does as it always did."""
    token = _in_our_turn.set(True)
    try:
        yield
    finally:
        _in_our_turn.reset(token)


def build_check() -> Any:
    """A check of action answers whose schema has been checked once, here."""
    schema = RemoteAction.action_response_format_spec()
    validator_class = validator_for(schema)
    validator_class.check_schema(schema)
    validator = validator_class(schema)

    def check(self: RemoteAction, result: dict[str, Any]) -> bool:
        if _is_plain(result) or validator.is_valid(result):
            return True
        error = best_match(validator.iter_errors(result))
        # The place and the rule, not the value: it may hold a customer's words, and is logged.
        raise ValidationError(
            f"the answer of action {self.name()} is malformed at {error.json_path}"
            f" (rule: {error.validator})"
        )

    return check


def _is_plain(result: Any) -> bool:
    """Surely well-formed: slots set and actions to follow, with nothing unusual about them."""
    return (
        isinstance(result, dict)
        and isinstance(events := result.get("events", []), list)
        and all(_is_plain_event(event) for event in events)
        and isinstance(responses := result.get("responses", []), list)
        and all(isinstance(response, dict) for response in responses)
    )


def _is_plain_event(event: Any) -> bool:
    if not isinstance(event, dict) or event.get("timestamp") is not None or "metadata" in event:
        return False
    if event.get("event") == "slot":
        return isinstance(event.get("name"), str) and "value" in event
    return event.get("event") == "followup" and isinstance(event.get("name"), str)


def install() -> bool:
    """Put the repairs in place, once. On another Rasa than the known one nothing is touched."""
    if rasa.__version__ != KNOWN_RASA:
        logger.warning(
            "Rasa %s is not %s: its action calls stay as they are", rasa.__version__, KNOWN_RASA
        )
        return False
    if not getattr(RemoteAction, "repaired", False):
        RemoteAction._validate_action_result = build_check()
        RemoteAction.run = _run_or_end_the_turn(RemoteAction.run)
        RemoteAction._action_call_format = _what_actions_read
        Event.resolve_by_type = staticmethod(functools.cache(Event.resolve_by_type))
        RemoteAction.repaired = True
        rasa_action.DEFAULT_REQUEST_TIMEOUT = ANSWER_WITHIN_SECONDS
    return True


def _what_actions_read(self: RemoteAction, tracker: Any, domain: Any) -> dict[str, Any]:
    """The call as Rasa makes it, without the domain, the events and what they repeat."""
    loop = tracker.active_loop_name
    return {
        "next_action": self.name(),
        "sender_id": tracker.sender_id,
        "tracker": {
            "sender_id": tracker.sender_id,
            "slots": tracker.current_slot_values(),
            "latest_message": tracker._latest_message_data(),
            "latest_action_name": tracker.latest_action_name,
            "active_loop": {"name": loop} if loop else {},
            "followup_action": tracker.followup_action,
            "paused": tracker.is_paused(),
            "events": [],
        },
        "version": rasa.__version__,
    }


def _run_or_end_the_turn(run: Any) -> Any:
    async def guarded(self: RemoteAction, *given: Any, **named: Any) -> Any:
        try:
            return await run(self, *given, **named)
        except ActionExecutionRejection:
            raise  # an action's regular way to say "not me"; forms live by it
        except Exception as error:  # whatever it is, the turn must not go on
            if not _in_our_turn.get():
                raise
            raise ActionBroke(self.name(), f"{type(error).__name__}: {error}") from error

    return guarded


class KeptOpen(EndpointConfig):
    """The action endpoint over connections that stay open between calls."""

    _lines: KeptLines | None = None

    async def close(self) -> None:
        if self._lines is not None:
            self._lines.close()

    @classmethod
    def like(cls, endpoint: EndpointConfig) -> KeptOpen:
        return cls(
            endpoint.url,
            endpoint.params,
            endpoint.headers,
            endpoint.basic_auth,
            endpoint.token,
            endpoint.token_name,
            endpoint.cafile,
            type=endpoint.type,
            **endpoint.kwargs,
        )

    async def request(
        self,
        method: str = "post",
        subpath: str | None = None,
        content_type: str | None = "application/json",
        compress: bool = False,
        **kwargs: Any,
    ) -> Any:
        if not self._is_plain_call(method, subpath, content_type, compress, kwargs):
            return await super().request(method, subpath, content_type, compress, **kwargs)
        if self._lines is None:
            self._lines = self._new_lines()
        body = quick_json.dumps(kwargs.get("json")).encode()
        answer = await self._lines.post(body, within=ANSWER_WITHIN_SECONDS)
        if not 200 <= answer.status < 300:
            raise ClientResponseError(answer.status, answer.reason, answer.body)
        return quick_json.loads(answer.body)

    def _is_plain_call(
        self,
        method: str,
        subpath: str | None,
        content_type: str | None,
        compress: bool,
        more: dict[str, Any],
    ) -> bool:
        """As Rasa calls an action of ours; anything else goes Rasa's own way."""
        return (
            method == "post"
            and content_type == "application/json"
            and more.keys() <= {"json", "timeout"}
            and not (subpath or compress or self.cafile)
            and str(self.url).startswith("http://")
            and "@" not in str(self.url)
        )

    def _new_lines(self) -> KeptLines:
        query = urlencode(self.combine_parameters())
        headers = {"Content-Type": "application/json", **self.headers}
        if self.basic_auth:
            known = aiohttp.BasicAuth(self.basic_auth["username"], self.basic_auth["password"])
            headers["Authorization"] = known.encode()
        return KeptLines(f"{self.url}{'?' + query if query else ''}", headers)
