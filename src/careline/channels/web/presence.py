"""What the customer's page tells beside messages: seen up to here, and somebody is typing.

Only asked while people are in the conversation; the bot does not care.
"""

import asyncio
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from careline.conversation import messages
from careline.conversation.gateway import Gateway
from careline.conversation.staff import seen_by_customer

TYPING_STAYS_SECONDS = 6.0  # should the "off" get lost; the page repeats its "on" before that


class Seen(BaseModel):
    model_config = ConfigDict(extra="ignore")
    message: Annotated[str, Field(max_length=40)]  # the newest one that the page has
    read: bool = True  # false: it is there, and nobody looks


class Typing(BaseModel):
    model_config = ConfigDict(extra="ignore")
    on: bool


def note_seen(gateway: Gateway, conversation_id: str, seen: Seen) -> None:
    """Raises NotFound for a message of another conversation."""
    with gateway.database.begin() as session:
        position = messages.position_of(session, conversation_id, seen.message)
        is_news = seen_by_customer(
            session, gateway.clock.now(), conversation_id, position, read=seen.read
        )
    if is_news:
        gateway.hub.nudge(conversation_id)


class TypingSigns:
    """Passes the sign on to the desk, and takes it away when the page falls silent."""

    def __init__(self, gateway: Gateway) -> None:
        self._hub = gateway.hub
        self._ends: dict[str, asyncio.TimerHandle] = {}

    def show(self, conversation_id: str, on: bool) -> None:
        """On the event loop."""
        if former := self._ends.pop(conversation_id, None):
            former.cancel()
        self._hub.customer_typing(conversation_id, on)
        if on:
            self._ends[conversation_id] = asyncio.get_running_loop().call_later(
                TYPING_STAYS_SECONDS, self.show, conversation_id, False
            )
