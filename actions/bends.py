"""How a conversation bends around a form: never mind, a person, a question, another request."""

import re
from typing import TYPE_CHECKING

from actions import task as tasks
from actions import wishes, yes_or_no
from actions.also_asked import (
    ANOTHER,
    GOODS,
    QUESTIONS,
    REQUESTS,
    SAME_MATTER,
    WHERE_ALREADY,
    is_a_complaint,
    let_wait,
    shows,
)
from actions.words import spoken_topic
from careline.journey.words import HandoverReason
from careline.service import orders, which_variant
from careline.service.help import Answer

if TYPE_CHECKING:
    from actions.form import Dialogue
    from actions.task import Task

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
# "No wait, it's actually broken" corrects; what follows the comma says what.
_TURNS_OUT = re.compile(r"^\W*(?:no|wait|actually|sorry)\b.*\b(?:it'?s|it\s+is|they'?re)\b", re.I)
_OPEN_TOPICS = frozenset({"suggestion", "feedback", "complaint"})
# How sure a reading must be for a side step. Fixed, and below what begins a request out of
# nowhere: here the question that stands tells the rest.
_SURE = 0.6
_SURE_IT_IS_A_QUESTION = 0.5  # whichever: all are answered from the articles
_ASKS_FOR_VARIANTS = re.compile(
    r"\b(?:what|which|any|other|more|all)\b[^.?!]*\b(?:sizes?|colou?rs?)\b"
    r"|\bwhat\b[^.?!]*\b(?:in\s+stock|available)\b",
    re.IGNORECASE,
)
# At an offer: what else there is, and when that would be.
_ASKS_FOR_OPTIONS = re.compile(
    r"\b(?:what|which|any)\b[^.?!]*\b(?:options?|choices?|alternatives?)\b"
    r"|\bwhat\s+(?:else|other)\b|\bwhat\s+(?:can|could|would|will)\s+you\s+(?:do|offer|give)\b"
    r"|\b(?:nothing|anything)\s+(?:else\s+)?(?:you|that\s+you|we)\s+(?:can|could)\b"
    r"|\bis\s+that\s+(?:all|it|the\s+best)\b",
    re.IGNORECASE,
)
_ASKS_WHEN = re.compile(
    r"\b(?:how\s+(?:long|soon|fast|quick(?:ly)?)|when|what\s+(?:day|date|time)|by\s+when)\b",
    re.IGNORECASE,
)
_OF_THE_OFFER = re.compile(
    r"\b(?:it|that|this|they|them|replacements?|new\s+ones?|refund|money|takes?|come|arrive|get|here)\b",
    re.IGNORECASE,
)
# Said where we went on with what they had left open.
_ABOUT_ANOTHER = re.compile(
    r"^\W*(?:(?:no|nope|hi|hello|actually|sorry|thanks|well|it'?s|it\s+is|i'?m\s+here|about|for)\b\W*)*"
    r"(?:something\s+(?:else|different)|(?:an)?other\s+(?:thing|matter))"
    r"(?:\s+(?:today|now|this\s+time|please))?\W*$",
    re.IGNORECASE,
)
_VARIANTS_TOLD = 8
_TOO_ANGRY = 2  # messages
_LONG = 4  # words; shorter ones are answers more often than new requests


def leaves_at_once(dialogue: "Dialogue") -> bool:
    """What outranks any question: a person is wanted, or the request is let go."""
    turn = dialogue.context.turn
    if turn.text and turn.text.strip() == turn.entity("email"):
        return False  # an address says nothing but itself, whatever it looks like
    if dialogue.task.conversation and _ABOUT_ANOTHER.match(turn.text):
        dialogue.end(tasks.DROPPED)  # not what they had left open
        return True
    intent, sure = turn.leaning
    if sure < _SURE or turn.choice is not None:
        return False
    if intent == "talk_to_human" and not yes_or_no.consults_somebody(turn.text):
        dialogue.hand_over(HandoverReason.ASKED_FOR)
        return True
    if intent == "never_mind":
        if yes_or_no.hesitates(turn.text) or _TURNS_OUT.match(turn.text):
            return False  # "let me think about it" lets nothing go
        if dialogue.picked() is not None:
            return False  # "no, leave it", "changed my mind": one of the answers on offer
        dialogue.end(tasks.DROPPED)
        return True
    return False


def asks_for_something_else(dialogue: "Dialogue") -> bool:
    """Clearly a request of another kind, not the free words that were asked for."""
    turn, task = dialogue.context.turn, dialogue.task
    intent, sure = turn.leaning
    return (
        sure >= _SURE
        and intent in REQUESTS - {"suggestion", "give_rating_or_feedback", task.intent}
        and len(turn.text.split()) >= _LONG
    )


def is_beside_the_question(dialogue: "Dialogue") -> bool:
    """Said to the bot or asked of it: not the free words that were asked for."""
    turn = dialogue.context.turn
    intent, sure = turn.leaning
    return (
        _asks_a_question(dialogue)
        or (sure >= _SURE and is_a_complaint(intent, turn.text, dialogue.task.intent))
        or (sure >= _SURE and intent in ("bot_challenge", "repeat_said", "greet"))
        or asks_for_something_else(dialogue)
    )


def _asks_a_question(dialogue: "Dialogue") -> bool:
    turn = dialogue.context.turn
    return turn.choice is None and turn.sure_of_any(QUESTIONS) >= _SURE_IT_IS_A_QUESTION


def answers_a_product_question(dialogue: "Dialogue") -> bool:
    """At an offer "do the boots come in blue?" neither corrects the item nor picks a remedy."""
    text = dialogue.context.turn.text
    if not (yes_or_no.asks_something(text) and _asks_a_question(dialogue)):
        return False
    if _wishes_by_asking(text) or _ASKS_FOR_OPTIONS.search(text):
        return False
    _answer_aside(dialogue)
    return True


def answers_at_the_offer(dialogue: "Dialogue") -> bool:
    """A question or a hesitation there settles nothing: it is answered, and the offer stands.

    A wish in the shape of a question ("could I have my money back?"), or after a "hang on", is left
    to the offer.
    """
    turn, task = dialogue.context.turn, dialogue.task
    asks = yes_or_no.asks_something(turn.text)
    if not asks and yes_or_no.hesitates(turn.text) and wishes.wish_in(turn.text) is None:
        dialogue.context.say("utter_no_hurry", options=task.offered())
        dialogue.is_waiting = True
        return True
    if not asks or dialogue.context.angry_messages >= _TOO_ANGRY:
        return False
    if _ASKS_FOR_OPTIONS.search(turn.text):
        task.answers["what_instead"] = True
        return True
    asks_when = _ASKS_WHEN.search(turn.text) is not None
    if _wishes_by_asking(turn.text) and not asks_when:
        return False
    if yes_or_no.is_no(turn.text, turn.intent):
        return False
    if asks_when and _is_of_the_offer(task, turn.text):
        task.remedies = []  # the day is in it: said once more in full
        return True
    intent, sure = turn.leaning
    passage = dialogue.context.services.help.best(turn.text, topic=intent)
    if passage is not None:
        _say_passage(dialogue, passage)
        return True
    if sure >= _SURE and intent in ("bot_challenge", "repeat_said", "greet", "goodbye"):
        return False
    if sure >= _SURE and _is_elsewhere(dialogue, intent):
        return False
    dialogue.context.say("utter_no_answer_aside")
    task.remedies = []  # what, how much and by when is said once more in full
    return True


def _wishes_by_asking(text: str) -> bool:
    """ "Could I have my money back?", "I'd keep it if I got some money back?"."""
    return wishes.keeps_it(text) or bool(wishes.wish_in(text) and yes_or_no.asks_for_it(text))


def _is_of_the_offer(task: "Task", text: str) -> bool:
    """ "How long does that take?" where the offer names the day, not of another remedy."""
    first = task.remedies[0] if task.remedies else {}
    wish = wishes.wish_in(text)
    about_it = wish is None or wish.value == first.get("resolution")
    return bool(first.get("by")) and about_it and _OF_THE_OFFER.search(text) is not None


def _is_elsewhere(dialogue: "Dialogue", intent: str) -> bool:
    """Another request in the shape of a question, not one about what was just offered."""
    turn, task = dialogue.context.turn, dialogue.task
    if intent not in REQUESTS or intent == task.intent or not shows(intent, turn.text):
        return False
    number = turn.entity("order_number")
    about_it = (
        intent in GOODS or intent in SAME_MATTER.get(task.intent, ()) or intent in WHERE_ALREADY
    )
    return (
        not about_it
        or (number is not None and number != task.order)
        or bool(ANOTHER.search(turn.text))
    )


def follow(dialogue: "Dialogue") -> bool:
    """Go where the customer goes when the message was no answer; False if it is not clear."""
    context, turn, task = dialogue.context, dialogue.context.turn, dialogue.task
    if context.angry_messages >= _TOO_ANGRY:
        dialogue.hand_over(HandoverReason.ANGRY)
        return True
    if _asks_a_question(dialogue):
        _answer_aside(dialogue)
        return True
    intent, sure = turn.leaning
    if sure < _SURE:
        return False
    if intent == "goodbye":
        context.say("utter_goodbye")
        dialogue.end(tasks.REFUSED)
        return True
    if intent == "repeat_said":
        context.say("utter_already_told")
        task.misread += 1
        if task.misread >= 2:
            dialogue.hand_over(HandoverReason.NOT_UNDERSTOOD)
        return True
    if intent in _BECOMES.get(task.topic, set()) and len(turn.text.split()) >= 2:
        task.words = f"{task.words} {turn.text}".strip()
        task.reason = wishes.reason_in(turn.text) or task.reason
        dialogue.switch(intent)
        return True
    if intent in _FOR_ANYBODY and not context.is_verified and task.topic not in _OPEN_TOPICS:
        let_wait(dialogue, task.intent, task.words)
        dialogue.switch(intent, instead_of_this=turn.text)
        return True
    if asks_for_something_else(dialogue) and task.topic in _OPEN_TOPICS:
        dialogue.switch(intent, instead_of_this=turn.text)  # it never was an idea or a rating
        return True
    if intent in REQUESTS and intent != task.intent and len(turn.text.split()) >= _LONG:
        let_wait(dialogue, intent, turn.text)
        context.say("utter_comes_next", topic=spoken_topic(intent))
        return True
    if is_a_complaint(intent, turn.text, task.intent):
        let_wait(dialogue, intent, turn.text)
        context.say("utter_comes_next", topic=spoken_topic(intent))
        return True
    small_talk = {
        "greet": "utter_greet_aside",
        "thank_you": "utter_thanks_aside",
        "bot_challenge": "utter_bot_challenge",
        "complaint_about_service": "utter_sorry_aside",
        "out_of_scope": "utter_out_of_scope_aside",
    }
    if intent in small_talk:
        context.say(small_talk[intent])
        if intent == "out_of_scope":
            task.misread += 1
            if task.misread >= 2:
                dialogue.hand_over(HandoverReason.NOT_UNDERSTOOD)
        return True
    return False


def turn_out_otherwise(dialogue: "Dialogue") -> None:
    """ "Which one should it have been?" "The headphones, they're broken": taken, and broken."""
    turn, task = dialogue.context.turn, dialogue.task
    intent, sure = turn.leaning
    if task.outcome or intent not in _BECOMES.get(task.topic, ()):
        return
    reason = wishes.reason_in(turn.text)
    if sure >= _SURE and wishes.TOPIC_OF_REASON.get(reason) == intent:
        task.reason, task.words = reason, f"{task.words} {turn.text}".strip()
        dialogue.switch(intent)


def _answer_aside(dialogue: "Dialogue") -> None:
    context, text = dialogue.context, dialogue.context.turn.text
    if _ASKS_FOR_VARIANTS.search(text) and _tells_variants(dialogue):
        return
    topic, _ = context.turn.leaning
    passage = context.services.help.best(text, topic=topic)
    if passage is None:
        context.say("utter_no_answer_aside")
    else:
        _say_passage(dialogue, passage)


def _say_passage(dialogue: "Dialogue", passage: Answer) -> None:
    """With the open question's buttons, where that is not asked a third time."""
    dialogue.has_answered = True
    options = dialogue.task.offered() if dialogue.is_asked_enough else None
    dialogue.context.say(
        "utter_help_answer", options=options, answer=passage.text, link=passage.link
    )


def _tells_variants(dialogue: "Dialogue") -> bool:
    """ "What other sizes are there?": of the thing in hand, not of shoes in general."""
    task, context = dialogue.task, dialogue.context
    if task.line is None or _names_another(dialogue):
        return False
    others = which_variant.others_in_stock(context.services, dialogue.request())
    if not others:
        return False
    dialogue.has_answered = True
    options = task.offered() if dialogue.is_asked_enough else None
    variants = "; ".join(variant.name for variant in others[:_VARIANTS_TOLD])
    context.say("utter_variants_in_stock", options=options, item=task.item, variants=variants)
    return True


def _names_another(dialogue: "Dialogue") -> bool:
    context = dialogue.context
    named = orders.named_line(context.services, context.customer_id, context.turn.text)
    return named not in (None, dialogue.task.line)
