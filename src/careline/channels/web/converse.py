"""One message and its answer: what POST /api/chat/messages does, apart from HTTP."""

import asyncio
from dataclasses import dataclass
from typing import Any

from starlette.concurrency import run_in_threadpool

from careline.channels.web.wire import NewMessage, message_json, spoken_json
from careline.conversation import messages
from careline.conversation.gateway import Gateway
from careline.journey.models import Conversation, Message
from careline.journey.words import TurnState

LONGEST_WAIT = 30.0  # seconds
LOOK_EVERY = 1.0  # seconds; finds an answer that another process wrote
_SETTLED = (TurnState.DONE, TurnState.QUEUED)


@dataclass(frozen=True)
class Outcome:
    """How far a message has come, as the customer may see it."""

    body: dict[str, Any]
    is_settled: bool = False

    @property
    def status(self) -> int:
        return 200 if self.is_settled else 202


async def converse(
    gateway: Gateway, conversation_id: str, said: NewMessage, wait: float | None
) -> Outcome:
    """Write the message down; with `wait`, give its turn so many seconds."""
    until = asyncio.get_running_loop().time() + (wait or 0)
    underway = gateway.take_in_aside(
        conversation_id=conversation_id,
        provider_id=said.id,
        text=said.text,
        payload=said.payload,
        attachments=said.attachments,
    )
    if not wait:
        received = await underway.written()
        if wait is None:
            return Outcome({"message": message_json(received.message, list(received.files))})
        return await run_in_threadpool(_look, gateway, received.message.id)
    finished = await underway.answered(wait)
    received = await underway.written()
    if finished is not None and finished.replies and received.message.tries == 1:
        return Outcome(
            {
                "message": message_json(received.message, list(received.files)),
                "replies": [spoken_json(reply) for reply in finished.replies],
                "mode": finished.mode,
            },
            is_settled=True,
        )
    return await _watch(gateway, conversation_id, received.message.id, until)


async def _watch(gateway: Gateway, conversation_id: str, message_id: str, until: float) -> Outcome:
    """Look until the message is settled or the time is up; its turn is in other hands."""
    with gateway.hub.listen(conversation_id) as listener:
        while True:
            outcome = await run_in_threadpool(_look, gateway, message_id)
            left = until - asyncio.get_running_loop().time()
            if outcome.is_settled or left <= 0 or gateway.hub.closed:
                return outcome
            await listener.wait(min(left, LOOK_EVERY))


def _look(gateway: Gateway, message_id: str) -> Outcome:
    with gateway.database.read() as session:
        message = session.get_one(Message, message_id)
        replies = messages.replies_to(session, message_id)
        files = messages.attachments_of(session, [message.id, *(r.id for r in replies)])
        mode = session.get_one(Conversation, message.conversation_id).mode
        body = {
            "message": message_json(message, files.get(message.id, [])),
            "replies": [message_json(r, files.get(r.id, [])) for r in replies],
            "mode": mode,
        }
    return Outcome(body, message.turn_state in _SETTLED or bool(replies))
