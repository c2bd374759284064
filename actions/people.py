"""A person is wanted, or is needed because the bot does not understand."""

from rasa_sdk.events import EventType, FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.interfaces import Tracker

from actions.base import SupportAction
from actions.context import Context
from actions.words import button, topic_title
from careline.journey.words import HandoverReason
from careline.service import faulty

_LIKELY = 2  # readings offered when unsure
_TWICE = 2


class HandOver(SupportAction):
    """The conversation goes to the queue with a summary and a truthful time."""

    def name(self) -> str:
        return "action_hand_over"

    def handle(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[EventType]:
        context = Context.of(self.services, dispatcher, tracker)
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
        times = int(tracker.get_slot("misunderstood") or 0) + 1
        if context.angry_messages >= _TWICE:
            hand_over(context, HandoverReason.ANGRY)
            return [SlotSet("misunderstood", 0)]
        if times >= _TWICE:
            hand_over(context, HandoverReason.NOT_UNDERSTOOD)
            return [SlotSet("misunderstood", 0)]
        likely = [(name, topic_title(name)) for name, _ in context.turn.ranking]
        buttons = [
            {"title": title, "payload": f"/{name}"} for name, title in likely if title is not None
        ][:_LIKELY]
        person = {"title": button("person"), "payload": "/talk_to_human"}
        something_else = {"title": button("something_else"), "payload": "/something_else"}
        if buttons:
            context.say("utter_did_you_mean", buttons=[*buttons, something_else])
        else:
            context.say("utter_not_understood", buttons=[person])
        return [SlotSet("misunderstood", times)]


class OutOfScope(SupportAction):
    """Not ours to answer, said honestly; the second time in a row a person is offered."""

    def name(self) -> str:
        return "action_out_of_scope"

    def handle(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[EventType]:
        context = Context.of(self.services, dispatcher, tracker)
        times = int(tracker.get_slot("misunderstood") or 0) + 1
        if times >= _TWICE:
            person = {"title": button("person"), "payload": "/talk_to_human"}
            context.say("utter_out_of_scope_again", buttons=[person])
        else:
            context.say("utter_out_of_scope")
        return [SlotSet("misunderstood", times)]


def hand_over(context: Context, reason: HandoverReason) -> None:
    who = f"{context.name}, verified" if context.is_verified else "visitor, not verified"
    summary = f'{who}; said: "{context.turn.text[:300]}"'
    due = context.hand_over(reason, summary)
    context.say_handed_over(reason, due)
