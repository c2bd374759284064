"""A person is wanted, or is needed because the bot does not understand."""

import re

from rasa_sdk.events import EventType, FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.interfaces import Tracker

from actions import afterwards, beside
from actions.also_asked import QUESTIONS
from actions.base import SupportAction
from actions.context import Context
from actions.help import is_about_the_shop
from actions.session import often
from actions.topics import FORM_OF_INTENT
from actions.turn import Turn
from actions.wishes import TOPIC_OF_REASON, reason_in
from actions.words import button, topic_title
from careline.journey.words import HandoverReason
from careline.service import faulty, orders
from careline.service.help import CLEARLY

_LIKELY = 2  # readings offered when unsure
_AT_ALL_LIKELY = 0.02  # of the second one: a button for what nobody meant misleads
_TWICE = 2
# A wish or a feeling beside what happened: both are meant, so there is nothing to choose.
_BESIDE = {
    "complaint_about_service": {
        "wrong_item_received",
        "faulty_or_damaged_product",
        "missing_or_late_delivery",
        "payment_or_billing_problem",
    },
    "missing_or_late_delivery": {"order_status_or_delivery"},
    "refund_request": {
        "wrong_item_received",
        "faulty_or_damaged_product",
        "missing_or_late_delivery",
        "payment_or_billing_problem",
        "return_item",
        "cancel_order",
    },
}
# Nothing but that they want something: neither a request nor a riddle.
_CALLS = re.compile(
    r"^\W*(?:(?:hi|hello|hey|hiya|please|pls|sorry|excuse\s+me)\b\W*)*(?:help(?:\s+me)?|support"
    r"|(?:i|we)\s+(?:really\s+)?need\s+(?:some\s+|your\s+)?(?:help|assistance|support)"
    r"|(?:(?:is|are)\s+)?(?:there\s+)?(?:any(?:one|body)|some(?:one|body)|you)\s+(?:there|here|around)"
    r"|(?:can|could|will)\s+(?:you|some(?:one|body)|any(?:one|body))\s+help(?:\s+me)?"
    r"|i(?:'ve|\s+have)?\s+(?:got\s+)?an?\s+(?:quick\s+|small\s+)?(?:question|issue|problem|query)"
    r"|[?!.\s]*)(?:\s+(?:please|pls|with\s+(?:my|an)\s+order|out))*\W*$",
    re.IGNORECASE,
)
_MISSING = "missing_or_late_delivery"
_THE_PARCEL = re.compile(r"\bmy\s+(?:\w+\s+)?(?:parcel|package|delivery|order)\b", re.IGNORECASE)
_ABOUT_MONEY = ("refund_request", "refund_status")
_SURE_TOGETHER = 0.5
_BORNE_OUT = 0.4


class HandOver(SupportAction):
    """The conversation goes to the queue with a summary and a truthful time."""

    def name(self) -> str:
        return "action_hand_over"

    def handle(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[EventType]:
        context = Context.of(self.services, dispatcher, tracker)
        beside.answer_questions(context)
        hand_over(context, HandoverReason.ASKED_FOR)
        return [SlotSet("misunderstood", 0)]


class AskBack(SupportAction):
    """Unsure: the two likeliest readings as buttons; unsure twice, or angry twice: a person."""

    def name(self) -> str:
        return "action_ask_back"

    def handle(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[EventType]:
        context = Context.of(self.services, dispatcher, tracker)
        if faulty.is_dangerous(self.services.policies, context.turn.text):
            return [FollowupAction("faulty_form")]  # understood well enough to act on
        if calls_for_us(context) or afterwards.says_when(context):
            return [SlotSet("misunderstood", 0)]
        meant = _both_meant(context.turn) or _trouble_told(context)
        if meant:
            understood = {"intent": meant, "text": context.turn.text}
            return [SlotSet("next_request", understood), FollowupAction(FORM_OF_INTENT[meant])]
        following = _request_beside_a_question(context)
        if following:
            return [SlotSet("misunderstood", 0), *following]
        if self._answered(context):
            return [SlotSet("misunderstood", 0)]
        times = int(tracker.get_slot("misunderstood") or 0) + 1
        if context.angry_messages >= _TWICE:
            hand_over(context, HandoverReason.ANGRY)
            return [SlotSet("misunderstood", 0)]
        if times >= _TWICE:
            hand_over(context, HandoverReason.NOT_UNDERSTOOD)
            return [SlotSet("misunderstood", 0)]
        buttons = likely_topics(context.turn)
        person = {"title": button("person"), "payload": "/talk_to_human"}
        something_else = {"title": button("something_else"), "payload": "/something_else"}
        if buttons:
            context.say("utter_did_you_mean", buttons=[*buttons, something_else])
        else:
            context.say("utter_not_understood", buttons=[person])
        unclear = {"intent": "", "text": context.turn.text}  # for the topic that is pressed
        return [SlotSet("misunderstood", times), SlotSet("next_request", unclear)]

    def _answered(self, context: Context) -> bool:
        """It may be a question, and an article holds the answer: better than asking back."""
        likely = any(intent in QUESTIONS for intent, _ in context.turn.ranking[:_LIKELY])
        visitor = not context.is_verified
        if not likely and not is_about_the_shop(context.turn.text, is_visitor=visitor):
            return False
        turn = context.turn
        # Without a topic it must hold more; unsure which of the questions it is, it is one.
        topic = turn.leaning[0] if turn.sure_of_any(QUESTIONS) >= _SURE_TOGETHER else ""
        passage = self.services.help.best(turn.text, topic=topic)
        if passage is None:
            return False
        context.say("utter_help_answer", answer=passage.text, link=passage.link)
        return True


class OutOfScope(SupportAction):
    """Not ours to answer, said honestly; the second time in a row a person is offered."""

    def name(self) -> str:
        return "action_out_of_scope"

    def handle(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[EventType]:
        context = Context.of(self.services, dispatcher, tracker)
        if calls_for_us(context):
            return [SlotSet("misunderstood", 0)]
        following = beside.go_on_with(context)
        if following or self._answered(context):
            return [SlotSet("misunderstood", 0), *following]
        times = int(tracker.get_slot("misunderstood") or 0) + 1
        if times >= _TWICE:
            person = {"title": button("person"), "payload": "/talk_to_human"}
            context.say("utter_out_of_scope_again", buttons=[person])
        else:
            context.say("utter_out_of_scope")
        return [SlotSet("misunderstood", times)]

    def _answered(self, context: Context) -> bool:
        """What was read as none of our business may stand in an article, word for word."""
        passage = self.services.help.best(context.turn.text, at_least=CLEARLY)
        if passage is None:
            return False
        context.say("utter_help_answer", answer=passage.text, link=passage.link)
        return True


def calls_for_us(context: Context) -> bool:
    """ "Help", "is anyone there?", "???": asked what it is about, with what most people want."""
    if not _CALLS.match(context.turn.text):
        return False
    person = {"title": button("person"), "payload": "/talk_to_human"}
    context.say("utter_what_can_i_do", buttons=[*often(), person])
    return True


def _request_beside_a_question(context: Context) -> list[EventType]:
    """One part of the message is clearly a request: begun; what the rest asks is answered."""
    turn = context.turn
    likeliest = turn.ranking[0][0] if turn.ranking else ""
    if likeliest not in QUESTIONS:
        return []
    following = beside.go_on_with(context)
    if following:
        beside.answer_question(context, beside.main_words(turn), likeliest)
    return following


def _trouble_told(context: Context) -> str:
    """What is wrong was told, and with what of theirs, or as the reading has it: clear enough."""
    cause = TOPIC_OF_REASON.get(reason_in(context.turn.text), "")
    if context.turn.ranking and cause == context.turn.ranking[0][0]:
        _, sure = context.turn.ranking[0]
        if sure >= _BORNE_OUT:
            return cause  # unsure by itself, and the words say the same
    if not cause or not context.is_verified:
        return ""
    if context.turn.ranking and context.turn.ranking[0][0] in _ABOUT_MONEY:
        return cause  # "never arrived, refund": why they want it is told
    if cause == _MISSING and _THE_PARCEL.search(context.turn.text):
        return cause
    named = orders.named_line(context.services, context.customer_id, context.turn.text)
    return cause if named else ""


def likely_topics(turn: Turn) -> list[dict[str, str]]:
    """A button for the likeliest topic and for the next one, if that is at all likely."""
    titled = [(name, sure, topic_title(name)) for name, sure in turn.ranking]
    topics = [(name, sure, title) for name, sure, title in titled if title is not None][:_LIKELY]
    return [
        {"title": title, "payload": f"/{name}"}
        for place, (name, sure, title) in enumerate(topics)
        if place == 0 or sure >= _AT_ALL_LIKELY
    ]


def _both_meant(turn: Turn) -> str:
    """Of the two likeliest readings the one that the other goes along with; "" if they differ."""
    if len(turn.ranking) < _LIKELY:
        return ""
    (first, sure), (second, less_sure) = turn.ranking[:_LIKELY]
    in_a_part = next((o.intent for o in turn.others if o.intent in _BESIDE.get(first, ())), "")
    if in_a_part:
        return in_a_part  # "the tv was missing. I'd like a refund for it": read in its sentence
    if sure + less_sure < _SURE_TOGETHER:
        return ""
    if second in _BESIDE.get(first, ()):
        return second
    return first if first in _BESIDE.get(second, ()) else ""


def hand_over(context: Context, reason: HandoverReason) -> None:
    who = f"{context.name}, verified" if context.is_verified else "visitor, not verified"
    summary = f'{who}; said: "{context.turn.said[:300]}"'
    due = context.hand_over(reason, summary)
    context.say_handed_over(reason, due)
