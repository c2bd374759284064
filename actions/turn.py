"""What the customer just did, as an action sees it: one value read from Rasa's tracker."""

from dataclasses import dataclass, field
from typing import Any

from rasa_sdk.interfaces import Tracker


@dataclass(frozen=True)
class PartialRequest:
    """One of several requests in a message: its intent and the words that carried it."""

    intent: str
    text: str


@dataclass(frozen=True)
class Turn:
    conversation_id: str
    message_id: str
    text: str
    intent: str
    confidence: float
    entities: tuple[dict[str, Any], ...] = ()
    ranking: tuple[tuple[str, float], ...] = ()  # likeliest first, without the fallback
    others: tuple[PartialRequest, ...] = ()  # further requests of the same message
    choice: str | None = None  # the button that was pressed
    has_attachment: bool = False
    code: dict[str, Any] = field(default_factory=dict)  # what became of a one-time code

    @classmethod
    def of(cls, tracker: Tracker) -> "Turn":
        latest = tracker.latest_message or {}
        metadata = latest.get("metadata") or {}
        entities = tuple(latest.get("entities") or ())
        intent = latest.get("intent") or {}
        is_payload = str(latest.get("text") or "").startswith("/")
        return cls(
            conversation_id=tracker.sender_id,
            message_id=str(latest.get("message_id") or ""),
            text="" if is_payload else str(latest.get("text") or ""),
            intent=str(intent.get("name") or ""),
            confidence=float(intent.get("confidence") or 0.0),
            entities=entities,
            ranking=_ranking(metadata.get("ranking") or latest.get("intent_ranking") or ()),
            others=tuple(_request(r) for r in metadata.get("requests") or ()),
            choice=_first(entities, "choice") if intent.get("name") == "choose" else None,
            has_attachment=bool(metadata.get("attachments")),
            code=metadata.get("code") or {},
        )

    def entity(self, name: str) -> str | None:
        return _first(self.entities, name)


def _first(entities: tuple[dict[str, Any], ...], name: str) -> str | None:
    return next((str(e["value"]) for e in entities if e.get("entity") == name), None)


def _ranking(entries: Any) -> tuple[tuple[str, float], ...]:
    return tuple(
        (str(entry["name"]), float(entry["confidence"]))
        for entry in entries
        if entry.get("name") != "nlu_fallback"
    )


def _request(entry: Any) -> PartialRequest:
    if isinstance(entry, str):
        return PartialRequest(entry, "")
    return PartialRequest(str(entry.get("intent") or ""), str(entry.get("text") or ""))
