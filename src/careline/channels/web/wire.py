"""The JSON of the web chat, both ways."""

import re
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from careline.conversation.receive import LONGEST_TEXT
from careline.journey.models import Attachment, Message

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


def message_json(message: Message, attachments: list[Attachment]) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "id": message.id,
        "author": message.author,
        "text": message.text,
        "buttons": message.buttons or [],
        "attachments": [attachment_json(a) for a in attachments],
        "at": message.created_at.isoformat().replace("+00:00", "Z"),
        "delivery": message.delivery,
    }
    if message.direction == "in":
        shown["client_id"] = message.provider_id
    if message.author_name:
        shown["name"] = message.author_name
    if message.card:
        shown["card"] = message.card
    return shown


def attachment_json(attachment: Attachment) -> dict[str, Any]:
    return {
        "id": attachment.id,
        "name": attachment.name,
        "type": attachment.media_type,
        "url": f"{ATTACHMENTS}/{attachment.id}",
    }
