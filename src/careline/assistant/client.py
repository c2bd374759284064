"""Ask Rasa through our own connector (bot/connector.py), and read its answers.

Every way in which there is no usable answer becomes AssistantUnavailable, with the reason.
"""

from datetime import timedelta
from typing import Any

import httpx
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from careline.assistant.failures import ActionFailures
from careline.conversation.ports import (
    ActionFailed,
    Answer,
    AssistantUnavailable,
    Question,
    Reply,
)

CONNECT_WITHIN = 2.0  # seconds; Rasa is on this machine or beside it
_PATH = "/webhooks/careline"


class _Button(BaseModel):
    model_config = ConfigDict(extra="ignore")
    title: str
    payload: str


class _Reply(BaseModel):
    model_config = ConfigDict(extra="ignore")
    text: str | None = None
    buttons: list[_Button] | None = None
    custom: dict[str, Any] | None = None
    image: str | None = None

    def as_reply(self) -> Reply:
        card = (self.custom or {}).get("card")
        text = "\n".join(part for part in (self.text, self.image) if part)
        return Reply(text, tuple(b.model_dump() for b in self.buttons or ()), card)


class _Body(BaseModel):
    """What the connector answers; anything it adds later is ignored."""

    model_config = ConfigDict(extra="ignore")
    replies: list[_Reply] = Field(default_factory=list)
    understood: dict[str, Any] = Field(default_factory=dict)
    actions: list[str] = Field(default_factory=list)
    repeated: bool = False


class RasaAssistant:
    def __init__(
        self, url: str, token: str, reply_within: timedelta, failures: ActionFailures
    ) -> None:
        self._failures = failures
        self._client = httpx.Client(
            base_url=url,
            headers={"Authorization": f"Bearer {token}"},
            timeout=httpx.Timeout(reply_within.total_seconds(), connect=CONNECT_WITHIN),
            limits=httpx.Limits(max_connections=64, max_keepalive_connections=32),
            trust_env=False,  # never through a proxy: the text is a customer's
        )

    def ask(self, question: Question) -> Answer:
        body: dict[str, Any] = {
            "conversation": question.conversation_id,
            "message_id": question.message_id,
            "metadata": dict(question.metadata),
        }
        if question.payload is not None:
            body["payload"] = question.payload
        else:
            body["text"] = question.text
        self._failures.take(question.conversation_id)  # of an earlier turn, given up meanwhile
        try:
            answer = self._answer("/webhook", body)
        finally:
            failed = self._failures.take(question.conversation_id)
            if failed is not None:  # says more than the status that Rasa gives the turn then
                raise ActionFailed(failed)
        if not answer.replies:
            raise AssistantUnavailable("Rasa had nothing to say")
        return answer

    def trigger(
        self,
        conversation_id: str,
        intent: str,
        *,
        entities: dict[str, Any] | None = None,
        metadata: dict[str, Any] | None = None,
    ) -> Answer:
        """Have Rasa act on something that happened, as if it were an intent of the customer."""
        return self._answer(
            "/trigger",
            {
                "conversation": conversation_id,
                "intent": intent,
                "entities": entities or {},
                "metadata": metadata or {},
            },
        )

    def health(self) -> dict[str, Any]:
        """Raises AssistantUnavailable while Rasa is not up or has no model."""
        return self._send("GET", "/health", timeout=CONNECT_WITHIN)

    def export(self, conversation_id: str) -> dict[str, Any]:
        """All that Rasa remembers of the conversation."""
        return self._send("GET", f"/conversations/{conversation_id}")

    def erase(self, conversation_id: str) -> None:
        self._send("DELETE", f"/conversations/{conversation_id}")

    def close(self) -> None:
        self._client.close()

    def _answer(self, path: str, body: dict[str, Any]) -> Answer:
        raw = self._send("POST", path, json=body)
        try:
            read = _Body.model_validate(raw)
        except ValidationError as error:
            raise AssistantUnavailable(f"Rasa's answer is not readable: {error}") from error
        replies = tuple(reply.as_reply() for reply in read.replies)
        return Answer(
            replies=tuple(r for r in replies if r.text or r.buttons or r.card),
            intent=read.understood.get("intent"),
            confidence=read.understood.get("confidence"),
            understood={**read.understood, "actions": read.actions},
            repeated=read.repeated,
        )

    def _send(self, method: str, path: str, **options: Any) -> dict[str, Any]:
        try:
            response = self._client.request(method, _PATH + path, **options)
        except httpx.TimeoutException as error:
            raise AssistantUnavailable("Rasa did not answer in time") from error
        except httpx.HTTPError as error:
            raise AssistantUnavailable(
                f"Rasa cannot be reached ({type(error).__name__})"
            ) from error
        if response.status_code == httpx.codes.NO_CONTENT:
            return {}
        if response.status_code != httpx.codes.OK:
            raise AssistantUnavailable(f"Rasa answered {response.status_code}")
        try:
            body = response.json()
        except ValueError as error:
            raise AssistantUnavailable("Rasa's answer is not JSON") from error
        if not isinstance(body, dict):
            raise AssistantUnavailable("Rasa's answer is not an object")
        return body
