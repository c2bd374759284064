"""How a conversation bends around a form: never mind, a person, a question, another request."""

from typing import TYPE_CHECKING, Any

from actions import task as tasks
from actions import wishes
from actions.words import spoken_topic
from careline.journey.words import HandoverReason

if TYPE_CHECKING:
    from actions.form import Dialogue

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
QUESTIONS = frozenset(
    {
        "product_question",
        "promo_or_pricing_question",
        "subscription_or_membership",
        "account_access_problem",
        "website_or_app_problem",
    }
)
# The same trouble seen from another side: the request in hand becomes the other one.
_BECOMES = {
    "return": {"faulty_or_damaged_product", "wrong_item_received", "exchange_item"},
    "exchange": {"faulty_or_damaged_product", "wrong_item_received", "return_item"},
    "wrong_item": {"faulty_or_damaged_product", "missing_or_late_delivery"},
    "faulty": {"wrong_item_received"},
    "refund": {
        "faulty_or_damaged_product",
        "wrong_item_received",
        "missing_or_late_delivery",
        "return_item",
        "cancel_order",
        "payment_or_billing_problem",
    },
    "order_status": {"missing_or_late_delivery", "cancel_order", "change_address"},
    "cancel": {"return_item"},
}
# What a visitor may do without proving who they are, so it does not wait behind the proof.
_FOR_ANYBODY = frozenset({"suggestion", "give_rating_or_feedback", "complaint_about_service"})
_OPEN_TOPICS = frozenset({"suggestion", "feedback", "complaint"})
_SURE = 0.5
_LONG = 4  # words; shorter ones are answers more often than new requests


def leaves_at_once(dialogue: "Dialogue") -> bool:
    """What outranks any question: a person is wanted, or the request is let go."""
    turn = dialogue.context.turn
    if turn.text and turn.text.strip() == turn.entity("email"):
        return False  # an address says nothing but itself, whatever it looks like
    if turn.intent == "talk_to_human" and turn.confidence >= _SURE and turn.choice is None:
        dialogue.hand_over(HandoverReason.ASKED_FOR)
        return True
    if turn.intent == "never_mind" and turn.confidence >= _SURE and turn.choice is None:
        if dialogue.picked() is not None:
            return False  # "no, leave it", "changed my mind": one of the answers on offer
        dialogue.end(tasks.DROPPED)
        return True
    return False


def follow(dialogue: "Dialogue") -> bool:
    """Go where the customer goes when the message was no answer; False if it is not clear."""
    context, turn, task = dialogue.context, dialogue.context.turn, dialogue.task
    if context.angry_messages >= 2:
        dialogue.hand_over(HandoverReason.ANGRY)
        return True
    if turn.confidence < _SURE:
        return False
    if turn.intent == "goodbye":
        context.say("utter_goodbye")
        dialogue.end(tasks.REFUSED)
        return True
    if turn.intent == "repeat_said":
        context.say("utter_already_told")
        task.misread += 1
        if task.misread >= 2:
            dialogue.hand_over(HandoverReason.NOT_UNDERSTOOD)
        return True
    if turn.intent in QUESTIONS:
        _answer_aside(dialogue)
        return True
    if turn.intent in _BECOMES.get(task.topic, set()) and len(turn.text.split()) >= 2:
        task.words = f"{task.words} {turn.text}".strip()
        task.reason = wishes.reason_in(turn.text) or task.reason
        dialogue.switch(turn.intent)
        return True
    if turn.intent in _FOR_ANYBODY and not context.is_verified and task.topic not in _OPEN_TOPICS:
        _park(dialogue, task.intent, task.words)
        dialogue.switch(turn.intent, instead_of_this=turn.text)
        return True
    if turn.intent in REQUESTS and turn.intent != task.intent and len(turn.text.split()) >= _LONG:
        _park(dialogue, turn.intent, turn.text)
        context.say("utter_comes_next", topic=spoken_topic(turn.intent))
        return True
    small_talk = {
        "greet": "utter_greet_aside",
        "thank_you": "utter_thanks_aside",
        "bot_challenge": "utter_bot_challenge",
        "complaint_about_service": "utter_sorry_aside",
        "out_of_scope": "utter_out_of_scope_aside",
    }
    if turn.intent in small_talk:
        context.say(small_talk[turn.intent])
        if turn.intent == "out_of_scope":
            task.misread += 1
            if task.misread >= 2:
                dialogue.hand_over(HandoverReason.NOT_UNDERSTOOD)
        return True
    return False


def note_other_requests(dialogue: "Dialogue") -> None:
    """Further requests in the same message wait until this one is done."""
    for other in dialogue.context.turn.others:
        if other.intent in REQUESTS and other.intent != dialogue.task.intent:
            _park(dialogue, other.intent, other.text)


def waiting(dialogue: "Dialogue") -> list[dict[str, Any]]:
    """The requests that wait, oldest first; those of the first message included."""
    slot = dialogue.context.tracker.get_slot("waiting_requests") or []
    requests = [dict(entry) for entry in slot]
    if not dialogue.task.asked.get("_noted"):
        note_other_requests(dialogue)
        dialogue.task.asked["_noted"] = 1
    for entry in dialogue.task.answers.pop("parked", []):
        if entry["intent"] not in {r["intent"] for r in requests}:
            requests.append(entry)
    return requests


def _park(dialogue: "Dialogue", intent: str, text: str) -> None:
    dialogue.task.answers.setdefault("parked", []).append({"intent": intent, "text": text})


def _answer_aside(dialogue: "Dialogue") -> None:
    context = dialogue.context
    passage = context.services.help.best(context.turn.text, topic=context.turn.intent)
    if passage is None:
        context.say("utter_no_answer_aside")
    else:
        context.say("utter_help_answer", answer=passage.text, link=passage.link)
