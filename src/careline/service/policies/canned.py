"""policies/canned_replies.yml: what staff often say, with fields."""

import re

from pydantic import field_validator

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


class CannedReply(Section):
    title: Sentence
    text: Sentence

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
