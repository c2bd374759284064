"""What a customer sent, made safe for Rasa: typed text is never a command, payloads are checked.

Rasa takes any text that starts with "/" for an intent with entities, "/restart" included. Only
what arrives as `payload` (a button we offered; the gateway checks that) may be that. Typed, it is
nobody's words either: "/affirm" is no yes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Container
from typing import Any

from bot.errors import Refused

_PAYLOAD = re.compile(r"/(?P<intent>[A-Za-z_][\w+-]*)\s*(?P<entities>\{.*\})?\s*", re.DOTALL)
_LEADING = re.compile(r"^[\s/\u200b-\u200f\ufeff]+")

# Rasa's own intents that reset or rewind a conversation; no button of ours offers them.
_RASAS_OWN = frozenset({"restart", "back", "session_start"})


def safe_text(text: str, intents: Container[str] = ()) -> str:
    """The customer's words without the slashes that would make them a command.

    Never empty, and free of half characters that the tokeniser cannot take. What only spells out
    a button, as "/affirm" or "/choose{...}" do, holds no words: nothing may be agreed to by it.
    """
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    words = _LEADING.sub("", whole).strip()
    typed = _PAYLOAD.match(f"/{words}") if words and "/" in whole[: whole.find(words)] else None
    if typed and (typed["entities"] or (typed.end() > len(words) and typed["intent"] in intents)):
        return "?"
    return words or "?"


def read_payload(payload: str, intents: Container[str]) -> dict[str, Any]:
    """The parse of "/intent" or "/intent{json}", as Rasa's NLU would give it.

    Raises Refused if it is not of that form or the intent is unknown or Rasa's own.
    """
    match = _PAYLOAD.fullmatch(payload.strip())
    if match is None:
        raise Refused("bad_payload", 'expected "/intent" or "/intent{json}"', field="payload")
    intent = match.group("intent")
    if intent in _RASAS_OWN or intent not in intents:
        raise Refused("unknown_intent", f"no button gives the intent {intent!r}", field="payload")
    entities = _entities(match.group("entities") or "{}")
    return parse_of(payload.strip(), intent, entities)


def parse_of(text: str, intent: str, entities: dict[str, Any]) -> dict[str, Any]:
    """A parse with nothing to doubt in it."""
    certain = {"name": intent, "confidence": 1.0}
    return {
        "text": text,
        "intent": certain,
        "intent_ranking": [certain],
        "entities": [
            {"entity": name, "value": value, "start": 0, "end": len(text), "extractor": "payload"}
            for name, values in entities.items()
            for value in (values if isinstance(values, list) else [values])
        ],
    }


def _entities(written: str) -> dict[str, Any]:
    try:
        entities = json.loads(written)
    except ValueError as error:
        raise Refused("bad_payload", f"entities are not JSON: {error}", field="payload") from error
    return dict(entities)  # the pattern lets only an object through
