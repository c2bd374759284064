"""The JSON of the web chat, both ways."""

import re
from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from careline.conversation.messages import Spoken
from careline.conversation.receive import LONGEST_TEXT
from careline.journey.models import Attachment, Message
from careline.journey.words import Author, Delivery

ATTACHMENTS = "/api/chat/attachments"
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def _storable(text: str) -> str:
    if _UNSTORABLE.search(text):
        raise ValueError("The text holds characters that cannot be stored (such as NUL).")
    return text


Storable = Annotated[str, AfterValidator(_storable)]


class NewSession(BaseModel):
    model_config = ConfigDict(extra="ignore")
    identity: Annotated[Storable, Field(max_length=4000)] | None = None
    existing: bool = False  # only a conversation that goes on already


class NewMessage(BaseModel):
    model_config = ConfigDict(extra="ignore")
    id: Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[A-Za-z0-9_.:\-]+$")]
    text: Annotated[Storable, Field(max_length=LONGEST_TEXT)] = ""
    payload: Annotated[Storable, Field(max_length=1000)] | None = None
    attachments: Annotated[
        list[Annotated[Storable, Field(max_length=40)]], Field(max_length=10)
    ] = Field(default_factory=list)


def spoken_json(spoken: Spoken) -> dict[str, Any]:
    """What `message_json` makes of the same message, read from the record."""
    words = spoken.words
    shown = {
        "id": spoken.id,
        "author": Author.BOT,
        "text": words.text,
        "buttons": list(words.buttons),
        "attachments": [],
        "at": _time(spoken.at),
        "delivery": Delivery.SENT,
    }
    return {**shown, "card": words.card} if words.card else shown


def message_json(message: Message, attachments: list[Attachment]) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "id": message.id,
        "author": message.author,
        "text": message.text,
        "buttons": message.buttons or [],
        "attachments": [attachment_json(a) for a in attachments],
        "at": _time(message.created_at),
        "delivery": message.delivery,
    }
    if message.direction == "in":
        shown["client_id"] = message.provider_id
    if message.author_name:
        shown["name"] = message.author_name
    if message.card:
        shown["card"] = message.card
    return shown


def _time(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


def attachment_json(attachment: Attachment) -> dict[str, Any]:
    return {
        "id": attachment.id,
        "name": attachment.name,
        "type": attachment.media_type,
        "url": f"{ATTACHMENTS}/{attachment.id}",
    }
