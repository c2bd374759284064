"""What else a message asks for: which parts are requests of their own, and wait their turn."""

import re
from typing import TYPE_CHECKING, Any

from actions import asides, yes_or_no

if TYPE_CHECKING:
    from actions.form import Dialogue
    from actions.turn import PartialRequest

# Intents that are requests of their own; in the middle of another they wait their turn.
REQUESTS = frozenset(
    {
        "wrong_item_received",
        "faulty_or_damaged_product",
        "missing_or_late_delivery",
        "return_item",
        "exchange_item",
        "refund_request",
        "refund_status",
        "order_status_or_delivery",
        "cancel_order",
        "change_order",
        "change_address",
        "payment_or_billing_problem",
        "suggestion",
        "give_rating_or_feedback",
    }
)
_CAN_WAIT = REQUESTS | {"talk_to_human"}
QUESTIONS = frozenset(
    {
        "product_question",
        "promo_or_pricing_question",
        "subscription_or_membership",
        "account_access_problem",
        "website_or_app_problem",
    }
)
# One matter, told by its cause and by what is wished for: these do not wait for each other.
GOODS = {
    "wrong_item_received",
    "faulty_or_damaged_product",
    "missing_or_late_delivery",
    "return_item",
    "exchange_item",
    "refund_request",
}
SAME_MATTER = {
    "cancel_order": {"refund_request", "refund_status", "return_item"},
    "payment_or_billing_problem": {"refund_request", "refund_status"},
    "refund_status": {"refund_request", "return_item"},
    "missing_or_late_delivery": {"order_status_or_delivery", "refund_status"},
    "order_status_or_delivery": {"missing_or_late_delivery"},
    "change_order": {"exchange_item", "change_address"},
    "change_address": {"change_order"},
    "exchange_item": {"change_order"},
}
# A part of a message that is read as one of these has to show it: "it should be on its way" and
# "lovely otherwise" are neither an idea nor a rating.
_SHOWN_BY: dict[str, re.Pattern[str]] = {
    "suggestion": re.compile(
        r"\b(?:suggest\w*|ideas?|you\s+(?:\w+\s+)?(?:should|could|might|ought)|why\s+(?:don'?t|not)"
        r"|would\s+be\s+(?:nice|great|good|lovely|better|cool)|how\s+about|wish\s+you)\b",
        re.IGNORECASE,
    ),
    "give_rating_or_feedback": re.compile(
        r"\b(?:rate|rating|review|feedback|stars?)\b|[★⭐]|\b\d+\s*(?:/|out\s+of)\s*(?:5|10)\b",
        re.IGNORECASE,
    ),
}
# "Anyway, the box came yesterday" is no missing parcel; what was missed has to be told.
_SHOWN_BY["missing_or_late_delivery"] = re.compile(
    r"\b(?:not|no|never|nothing|missing|lost|late|delay\w*|still|where\w*|without|only|yet|short"
    r"|incomplete|half|stolen|left\s+out|waiting|overdue|when|\w+n'?t)\b",
    re.IGNORECASE,
)
_SHOWN_BY["change_address"] = re.compile(
    r"\b(?:address\w*|mov(?:e|ed|ing)|post\s?code|zip|deliver\w*|ship\w*|send|sent|elsewhere)\b",
    re.IGNORECASE,
)
_SHOWN_BY["talk_to_human"] = re.compile(
    r"\b(?:speak|talk|call|phone|ring|chat|person|human|someone|somebody|agent|colleague|staff)\b",
    re.IGNORECASE,
)
_WHERE = re.compile(
    r"\bwhere(?:['’]?s|\s+(?:is|are|the|my))\s+(?!(?:my|the)\s+(?:refund|money))[^.?!,;]{3,60}",
    re.IGNORECASE,
)
WHERE_ALREADY = {"order_status_or_delivery", "missing_or_late_delivery", "refund_status"}
ANOTHER = re.compile(
    r"\b(?:else|other|another|also|too|as\s+well|besides|second(?:ly)?)\b", re.IGNORECASE
)
_IN_GENERAL = re.compile(
    r"\b(?:(?:if|whether|do|does)\s+you|how\s+(?:long|soon|fast|quickly)\s+(?:do\s+)?(?:refunds|returns"
    r"|deliver(?:y|ies)|exchanges|it\s+takes?)|what\s+(?:is|are|'?s)\s+your)\b",
    re.IGNORECASE,
)


def note_other_requests(dialogue: "Dialogue") -> None:
    """Further requests in the same message wait until this one is done, and so does a person."""
    for other in dialogue.context.turn.others:
        if is_a_question(other):
            continue  # answered at once
        if is_a_complaint(other.intent, other.text, dialogue.task.intent):
            let_wait(dialogue, other.intent, other.text)
        if other.intent in _CAN_WAIT and is_another(dialogue.task.intent, other.intent, other.text):
            let_wait(dialogue, other.intent, other.text)


def is_a_complaint(intent: str, words: str, task_intent: str) -> bool:
    """About somebody, beside a request: it is seen to after that."""
    complaint = "complaint_about_service"
    return intent == complaint != task_intent and asides.complains_of_somebody(words)


def is_a_question(part: "PartialRequest") -> bool:
    """How things are done here, not something to be done: "and how long do refunds take?"."""
    if part.intent in QUESTIONS:
        return (
            asides.wishes_for(part.text)
            or yes_or_no.asks_something(part.text)
            or _IN_GENERAL.search(part.text) is not None
        )
    return part.intent in WHERE_ALREADY and _IN_GENERAL.search(part.text) is not None


def is_another(intent: str, other: str, words: str) -> bool:
    """Whether the words, read as `other`, ask for something beside the request of `intent`."""
    if other == intent or other in SAME_MATTER.get(intent, ()):
        return False
    if other in _SHOWN_BY:
        return shows(other, words)
    if other == "refund_request" and intent in GOODS:
        return ANOTHER.search(words) is not None
    return True


def shows_an_idea(words: str) -> bool:
    return shows("suggestion", words)


def shows(intent: str, words: str) -> bool:
    """Whether the words themselves bear out what they were read as, where that is asked for."""
    return intent not in _SHOWN_BY or _SHOWN_BY[intent].search(words) is not None


def is_same_goods(intent: str, other: str, words: str) -> bool:
    """Both are about goods, and the words do not speak of others: perhaps one and the same."""
    return intent in GOODS and other in GOODS and ANOTHER.search(words) is None


def waiting(dialogue: "Dialogue") -> list[dict[str, Any]]:
    """The requests that wait, oldest first; those of the first message included."""
    slot = dialogue.context.tracker.get_slot("waiting_requests") or []
    requests = [dict(entry) for entry in slot]
    if not dialogue.task.asked.get("_noted"):
        note_other_requests(dialogue)
        _note_where_it_is(dialogue)
        dialogue.task.asked["_noted"] = 1
    for entry in dialogue.task.answers.pop("parked", []):
        if entry.get("line") or entry["intent"] not in {r["intent"] for r in requests}:
            requests.append(entry)
    return requests


def _note_where_it_is(dialogue: "Dialogue") -> None:
    """ "Where is my clock? And I want to return the sandals": short, and seldom read for sure."""
    intent, words = "order_status_or_delivery", dialogue.task.words
    asked = _WHERE.search(words)
    known = {other.intent for other in dialogue.context.turn.others} | {dialogue.task.intent}
    if asked is None or len(asked.group()) > len(words) * 0.8 or known & WHERE_ALREADY:
        return
    let_wait(dialogue, intent, asked.group().strip())


def let_wait(dialogue: "Dialogue", intent: str, text: str, *, line: str = "") -> None:
    """With a line it is another of their things, and waits beside others of the same intent."""
    entry = {"intent": intent, "text": text, **({"line": line} if line else {})}
    dialogue.task.answers.setdefault("parked", []).append(entry)
