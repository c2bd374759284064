"""policies/canned_replies.yml: what staff often say, with fields."""

import re
from typing import Annotated

from pydantic import Field, field_validator

from careline.service.policies.base import Section, Sentence, Word

FIELDS = (
    "customer.first_name",
    "customer.name",
    "order.number",
    "case.number",
    "staff.name",
    "shop.name",
)
FIELD = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")


class CannedPromise(Section):
    """What the reply says will happen, and by when; 0 is today."""

    what: Annotated[str, Field(min_length=1, max_length=80)]
    within_working_days: Annotated[int, Field(ge=0, le=60)]


class CannedReply(Section):
    title: Sentence
    text: Sentence
    promise: CannedPromise | None = None

    @field_validator("text")
    @classmethod
    def _fields_are_known(cls, text: str) -> str:
        unknown = [name for name in FIELD.findall(text) if name not in FIELDS]
        if unknown:
            raise ValueError(
                f"no field is called {', '.join(unknown)}; there are {', '.join(FIELDS)}"
            )
        return text


class CannedReplies(Section):
    replies: dict[Word, CannedReply]
