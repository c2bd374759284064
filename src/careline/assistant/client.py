"""Ask Rasa through our own connector (bot/connector.py), and read its answers.

Every way in which there is no usable answer becomes AssistantUnavailable, with the reason.
"""

import asyncio
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from careline.assistant.failures import ActionFailures
from careline.assistant.lines import Lines, Unreachable
from careline.assistant.lines import Reply as HttpReply
from careline.assistant.loop_lines import LoopLines
from careline.conversation.ports import (
    ActionFailed,
    Answer,
    AssistantUnavailable,
    Question,
    Reply,
)

HEALTHY_WITHIN = 2.0  # seconds
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
    left_open: dict[str, Any] | None = None
    taken_up: str | None = None


class RasaAssistant:
    def __init__(
        self, urls: Sequence[str], token: str, reply_within: timedelta, failures: ActionFailures
    ) -> None:
        self._failures = failures
        self._reply_within = reply_within.total_seconds()
        self._lines = Lines(
            list(urls),
            {"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
        )
        self._loop: asyncio.AbstractEventLoop | None = None
        self._loop_lines = LoopLines(self._lines)

    def ask(self, question: Question) -> Answer:
        path, body = _as_asked(question)
        with self._failures_named(question.conversation_id):
            return _answer(self._send(question.conversation_id, "POST", path, body))

    async def ask_on_loop(self, question: Question) -> Answer:
        conversation_id = question.conversation_id
        path, body = _as_asked(question)
        with self._failures_named(conversation_id):
            with _faults_named():
                reply = await self._on_loop().send(
                    conversation_id, "POST", _PATH + path, body, self._reply_within
                )
            return _answer(_object(reply))

    def leave_loop(self) -> None:
        self._loop_lines.close()

    def health(self) -> bool:
        """Whether every worker of Rasa understands as it can, its sentence encoder in use.

        Raises AssistantUnavailable while a worker is not up or has no model.
        """
        understands_fully = True
        for line in self._lines.all:
            with _faults_named():
                reply = line.send("GET", _PATH + "/health", None, HEALTHY_WITHIN)
            understands_fully &= _object(reply).get("understands", "fully") == "fully"
        return understands_fully

    def export(self, conversation_id: str) -> dict[str, Any]:
        """All that Rasa remembers of the conversation."""
        return self._send(conversation_id, "GET", f"/conversations/{conversation_id}")

    def erase(self, conversation_id: str) -> None:
        self._send(conversation_id, "DELETE", f"/conversations/{conversation_id}")

    def close(self) -> None:
        self._lines.close()

    def _on_loop(self) -> LoopLines:
        """Connections belong to the loop that they were made on."""
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            self._loop, self._loop_lines = loop, LoopLines(self._lines)
        return self._loop_lines

    @contextmanager
    def _failures_named(self, conversation_id: str) -> Iterator[None]:
        self._failures.take(conversation_id)  # of an earlier turn, given up meanwhile
        try:
            yield
        finally:
            failed = self._failures.take(conversation_id)
            if failed is not None:  # says more than the status that Rasa gives the turn then
                raise ActionFailed(failed)

    def _send(
        self, conversation_id: str, method: str, path: str, body: bytes | None = None
    ) -> dict[str, Any]:
        with _faults_named():
            reply = self._lines.send(
                conversation_id, method, _PATH + path, body, self._reply_within
            )
        return _object(reply)


def _as_asked(question: Question) -> tuple[str, bytes]:
    """The path, and the body."""
    body: dict[str, Any] = {
        "conversation": question.conversation_id,
        "message_id": question.message_id,
        "metadata": dict(question.metadata),
    }
    path = "/webhook"
    if question.happened is not None:
        path, body["intent"] = "/trigger", question.happened
    elif question.payload is not None:
        body["payload"] = question.payload
    else:
        body["text"] = question.text
    return path, json.dumps(body).encode()


def _answer(raw: dict[str, Any]) -> Answer:
    try:
        read = _Body.model_validate(raw)
    except ValidationError as error:
        raise AssistantUnavailable(f"Rasa's answer is not readable: {error}") from error
    replies = tuple(reply.as_reply() for reply in read.replies)
    answer = Answer(
        replies=tuple(r for r in replies if r.text or r.buttons or r.card),
        intent=read.understood.get("intent"),
        confidence=read.understood.get("confidence"),
        understood={**read.understood, "actions": read.actions},
        repeated=read.repeated,
        left_open=read.left_open,
        taken_up=read.taken_up,
    )
    if not answer.replies:
        raise AssistantUnavailable("Rasa had nothing to say")
    return answer


@contextmanager
def _faults_named() -> Iterator[None]:
    """What goes wrong on the line, as AssistantUnavailable."""
    try:
        yield
    except TimeoutError as error:
        raise AssistantUnavailable("Rasa did not answer in time") from error
    except (Unreachable, OSError) as error:
        raise AssistantUnavailable(f"Rasa cannot be reached ({type(error).__name__})") from error


def _object(reply: HttpReply) -> dict[str, Any]:
    if reply.status == HTTPStatus.NO_CONTENT:
        return {}
    if reply.status != HTTPStatus.OK:
        raise AssistantUnavailable(f"Rasa answered {reply.status}")
    try:
        body = json.loads(reply.body)
    except ValueError as error:
        raise AssistantUnavailable("Rasa's answer is not JSON") from error
    if not isinstance(body, dict):
        raise AssistantUnavailable("Rasa's answer is not an object")
    return body
