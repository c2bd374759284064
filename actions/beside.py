"""What else stands in a message: questions are answered at once, requests are gone on with."""

from rasa_sdk.events import EventType, FollowupAction, SlotSet

from actions import also_asked, asides
from actions.context import Context
from actions.topics import FORM_OF_INTENT
from actions.turn import Turn


def answer_questions(context: "Context") -> None:
    """A question beside a request is answered at once; it has nothing to wait for.

    So is a wish that is none of our requests: where an article says how, or that it cannot be done.
    """
    for other in context.turn.others:
        if other.intent == "out_of_scope":
            context.say("utter_cannot_do_aside", words=other.text.strip(" .,!"))
        elif also_asked.is_a_question(other):
            answer_question(context, other.text, other.intent)


def answer_question(context: Context, words: str, topic: str) -> None:
    passage = context.services.help.best(words, topic=topic)
    if passage is not None:
        context.say("utter_help_answer", answer=passage.text, link=passage.link)
    elif asides.wishes_for(words):
        context.say("utter_cannot_do_aside", words=words.strip(" .,!"))
    else:
        context.say("utter_no_answer_aside")


def matter(turn: Turn) -> str:
    """The words without those about other matters, which give no reason for this one."""
    words = turn.said
    for other in turn.others:
        if other.intent not in also_asked.REQUESTS:
            words = words.replace(other.text, " ")
    return words


def go_on_with(context: Context) -> list[EventType]:
    """The requests that stood beside a question in the same message: the first one's form next."""
    requests = [
        {"intent": other.intent, "text": other.text}
        for other in context.turn.others
        if other.intent in FORM_OF_INTENT
        and also_asked.is_another(context.turn.intent, other.intent, other.text)
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
