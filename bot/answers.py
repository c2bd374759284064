"""Read from a tracker what a turn gave: replies, what was understood, which actions ran.

The first answer and a repeated one are read the same way, so they cannot differ.
"""

from __future__ import annotations

from typing import Any

from rasa.shared.core.constants import (
    ACTION_LISTEN_NAME,
    ACTION_SESSION_START_NAME,
    REQUESTED_SLOT,
)
from rasa.shared.core.events import ActionExecuted, BotUttered, Event, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.classifier import RANKING, UNDERSTANDING

RANKED = 5  # readings told to the application
_QUIET = {ACTION_LISTEN_NAME, ACTION_SESSION_START_NAME}


def answer_to(
    tracker: DialogueStateTracker, message_id: str, *, repeated: bool
) -> dict[str, Any] | None:
    """The answer to a message that the tracker holds; None if it does not."""
    turn = _turn(list(tracker.events), message_id)
    if turn is None:
        return None
    asked, events = turn
    return {
        "replies": [_reply(e) for e in events if isinstance(e, BotUttered)],
        "understood": understood(asked),
        "actions": [
            e.action_name
            for e in events
            if isinstance(e, ActionExecuted) and e.action_name not in _QUIET
        ],
        "repeated": repeated,
        "left_open": left_open(tracker),
        "taken_up": tracker.get_slot("taken_up"),
    }


def left_open(tracker: DialogueStateTracker) -> dict[str, Any] | None:
    """The request in hand while a question of it stands; what was answered is in it."""
    task = tracker.get_slot("task")
    if not tracker.active_loop_name or not tracker.get_slot(REQUESTED_SLOT) or not task:
        return None
    return {"task": task, "waiting": tracker.get_slot("waiting_requests") or []}


def understood(asked: UserUttered) -> dict[str, Any]:
    parse = asked.parse_data or {}
    intent = parse.get("intent") or {}
    reading = parse.get(UNDERSTANDING) or {}
    told: dict[str, Any] = {
        "intent": intent.get("name"),
        "confidence": intent.get("confidence"),
        "ranking": ranking(parse),
        "entities": parse.get("entities") or [],
        "requests": [request["intent"] for request in reading.get("requests", [])],
    }
    if reading.get("thresholds"):
        told["thresholds"] = reading["thresholds"]
    return told


def ranking(parse: dict[str, Any]) -> list[dict[str, Any]]:
    """The likeliest readings, without the fallback, which is none."""
    readings = [r for r in parse.get(RANKING) or [] if r["name"] != "nlu_fallback"]
    return [{"name": r["name"], "confidence": r["confidence"]} for r in readings[:RANKED]]


def _turn(events: list[Event], message_id: str) -> tuple[UserUttered, list[Event]] | None:
    """The message with this id and what followed until the next message."""
    for place in range(len(events) - 1, -1, -1):
        asked = events[place]
        if isinstance(asked, UserUttered) and asked.message_id == message_id:
            followed = events[place + 1 :]
            end = next((i for i, e in enumerate(followed) if isinstance(e, UserUttered)), None)
            return asked, followed[:end]
    return None


def _reply(said: BotUttered) -> dict[str, Any]:
    data = said.data or {}
    reply: dict[str, Any] = {"text": said.text or "", "buttons": _buttons(data)}
    for part in ("custom", "image", "attachment"):
        if data.get(part):
            reply[part] = data[part]
    return reply


def _buttons(data: dict[str, Any]) -> list[dict[str, str]]:
    buttons = [*(data.get("buttons") or []), *(data.get("quick_replies") or [])]
    return [
        {"title": str(b.get("title", "")), "payload": str(b.get("payload") or b.get("title", ""))}
        for b in buttons
    ]
