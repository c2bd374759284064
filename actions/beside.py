"""What else stands in a message: questions are answered at once, requests are gone on with."""

from rasa_sdk.events import EventType, FollowupAction, SlotSet

from actions import bends
from actions.context import Context
from actions.topics import FORM_OF_INTENT
from actions.turn import Turn


def answer_questions(context: "Context") -> None:
    """A question beside a request is answered at once; it has nothing to wait for."""
    for other in context.turn.others:
        if not bends.is_a_question(other):
            continue
        passage = context.services.help.best(other.text, topic=other.intent)
        if passage is None:
            context.say("utter_no_answer_aside")
        else:
            context.say("utter_help_answer", answer=passage.text, link=passage.link)


def go_on_with(context: Context) -> list[EventType]:
    """The requests that stood beside a question in the same message: the first one's form next."""
    requests = [
        {"intent": other.intent, "text": other.text}
        for other in context.turn.others
        if other.intent in FORM_OF_INTENT
        and bends.is_another(context.turn.intent, other.intent, other.text)
    ]
    if not requests:
        return []
    first, *rest = requests
    return [
        SlotSet("waiting_requests", rest),
        SlotSet("next_request", first),
        FollowupAction(FORM_OF_INTENT[first["intent"]]),
    ]


def main_words(turn: Turn) -> str:
    """The message without its other requests: the question that it asks."""
    words = turn.said
    for other in turn.others:
        words = words.replace(other.text, " ")
    return " ".join(words.split()) or turn.said
