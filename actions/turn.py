"""What the customer just did, as an action sees it: one value read from Rasa's tracker."""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from rasa_sdk.interfaces import Tracker

NOT_UNDERSTOOD = "nlu_fallback"
RATING = "give_rating_or_feedback"
HANDED_BACK = "handed_back"  # the intent by which the desk tells it


@dataclass(frozen=True)
class PartialRequest:
    """One of several requests in a message: its intent and the words that carried it."""

    intent: str
    text: str


@dataclass(frozen=True)
class Touched:
    """What we said unasked, and what may come back to it."""

    id: str
    about: dict[str, Any]
    survey: str | None
    replies: dict[str, str]  # intent → topic
    is_last: bool  # nothing was said since
    is_rated: bool
    score: int | None
    has_case: bool

    @classmethod
    def of(cls, entry: Any) -> "Touched | None":
        if not isinstance(entry, dict) or not entry.get("id"):
            return None
        return cls(
            id=str(entry["id"]),
            about=dict(entry.get("about") or {}),
            survey=entry.get("survey"),
            replies=dict(entry.get("replies") or {}),
            is_last=bool(entry.get("is_last")),
            is_rated=bool(entry.get("is_rated")),
            score=entry.get("score"),
            has_case=bool(entry.get("has_case")),
        )


@dataclass(frozen=True)
class Rated:
    """The button of a touch: which touch, which survey, and the score; None for "all good"."""

    touch: str
    survey: str | None = None
    score: int | None = None

    @classmethod
    def of(cls, choice: str | None) -> "Rated | None":
        touch, _, said = (choice or "").partition(":")
        if not touch.startswith("tch_") or not said:
            return None
        survey, _, score = said.partition(":")
        return cls(touch, survey, int(score)) if score.isdigit() else cls(touch)


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
    handed_back: dict[str, Any] = field(default_factory=dict)  # what a person decided, if just now
    touch: Touched | None = None  # what we said unasked, if this may answer it
    reply: dict[str, Any] = field(default_factory=dict)  # bot/replies.py: what it means after that
    rated: Rated | None = None  # a number of a survey, or "all good", that was pressed
    unclear_words: str = ""  # said before, and asked back about

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
            handed_back=metadata if intent.get("name") == HANDED_BACK else {},
            touch=Touched.of(metadata.get("touch")),
            reply=dict(metadata.get("reply") or {}),
            rated=Rated.of(_first(entities, "choice")) if intent.get("name") == RATING else None,
            unclear_words=_unclear(tracker),
        )

    @property
    def said(self) -> str:
        """The customer's words; those before the topic button, if they pressed one."""
        return self.text or self.unclear_words

    @property
    def leaning(self) -> tuple[str, float]:
        """The likeliest reading and how sure it is, also where it is too unsure to begin with.

        In the middle of something a side step is cheaper than a misplaced "did you mean".
        """
        if self.intent == NOT_UNDERSTOOD and self.ranking:
            return self.ranking[0]
        return self.intent, self.confidence

    def sure_of_any(self, intents: Collection[str]) -> float:
        """How sure it is that one of these was meant, whichever."""
        if self.intent in intents:
            return self.confidence
        return sum(sure for intent, sure in self.ranking if intent in intents)

    def entity(self, name: str) -> str | None:
        return _first(self.entities, name)


def _unclear(tracker: Tracker) -> str:
    """What the bot asked back about, if nothing else came between."""
    noted = tracker.get_slot("next_request") or {}
    asked_back = bool(tracker.get_slot("misunderstood")) and not noted.get("intent")
    return str(noted.get("text") or "") if asked_back else ""


def _first(entities: tuple[dict[str, Any], ...], name: str) -> str | None:
    return next((str(e["value"]) for e in entities if e.get("entity") == name), None)


def _ranking(entries: Any) -> tuple[tuple[str, float], ...]:
    return tuple(
        (str(entry["name"]), float(entry["confidence"]))
        for entry in entries
        if entry.get("name") != NOT_UNDERSTOOD
    )


def _request(entry: Any) -> PartialRequest:
    if isinstance(entry, str):
        return PartialRequest(entry, "")
    return PartialRequest(str(entry.get("intent") or ""), str(entry.get("text") or ""))
