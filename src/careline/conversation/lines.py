"""What Careline itself says when the bot cannot: the honest lines, and when a person answers.

Two wordings each, so that a line is not sent twice running; the facts are the same.
"""

from datetime import datetime
from zoneinfo import ZoneInfo

from babel.dates import format_date

BACK_PAYLOAD = "/back_to_assistant"
BACK_BUTTON = {"title": "Carry on with the assistant", "payload": BACK_PAYLOAD}

_STUCK = (
    "I've got your message, and something on our side is stuck. I'm trying again; if that "
    "doesn't work, a colleague answers you here by {by}.",
    "Your message is safe here, but our assistant isn't answering just now. I keep trying, and "
    "otherwise a colleague writes to you here by {by}.",
)
_ALSO_KEPT = (
    "I've kept this one too. Both get an answer here, from a colleague by {by} at the latest.",
    "Got this as well; it's kept in order. You'll hear from us here by {by} at the latest.",
)
_GIVEN_UP = (
    "Sorry, this is still stuck on our side, so I've passed it to a colleague. You'll hear from "
    "us here by {by}.",
    "Sorry about the wait: our assistant can't answer at the moment. A colleague has your "
    "message and writes to you here by {by}.",
)
_ACTION_FAILED = (
    "Sorry, I couldn't finish that on our side. A colleague checks what was done and writes to "
    "you here by {by}.",
    "Sorry, something broke on our side while I was doing that. I've passed it to a colleague; "
    "you'll hear from us here by {by}.",
)
_WITH_OUR_TEAM = (
    "Your message is with our team; you'll hear from us here by {by}.",
    "Our team has this too; expect our answer here by {by}.",
)
_BACK = (
    "You're with the assistant again. What can I do for you?",
    "Back with the assistant. What do you need?",
)


def stuck(by: str, turn: int = 0) -> str:
    return _STUCK[turn % 2].format(by=by)


def also_kept(by: str, turn: int = 0) -> str:
    return _ALSO_KEPT[turn % 2].format(by=by)


def given_up(by: str, turn: int = 0) -> str:
    return _GIVEN_UP[turn % 2].format(by=by)


def action_failed(by: str, turn: int = 0) -> str:
    return _ACTION_FAILED[turn % 2].format(by=by)


def with_our_team(by: str, turn: int = 0) -> str:
    return _WITH_OUR_TEAM[turn % 2].format(by=by)


def back_with_assistant(turn: int = 0) -> str:
    return _BACK[turn % 2]


def time_words(due: datetime, now: datetime, zone: str) -> str:
    """The moment as the customer says it: 14:30 · 09:30 tomorrow · Friday 27 November, 09:30."""
    here = ZoneInfo(zone)
    local, today = due.astimezone(here), now.astimezone(here).date()
    clock = f"{local:%H:%M}"
    days = (local.date() - today).days
    if days <= 0:
        return clock
    if days == 1:
        return f"{clock} tomorrow"
    return f"{format_date(local, 'EEEE d MMMM', locale='en_GB')}, {clock}"
