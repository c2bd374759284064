"""The beginning of a conversation: who is there, and what was left open the last time."""

from rasa_sdk.events import EventType, FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.interfaces import Tracker

from actions.base import SupportAction
from actions.bends import REQUESTS
from actions.context import Context
from actions.topics import FORM_OF_INTENT
from actions.words import spoken_topic, topic_title
from careline.service.unfinished import Unfinished, unfinished_request

_OFTEN = ("order_status_or_delivery", "wrong_item_received", "return_item")
_LETS_GO = frozenset({"never_mind", "goodbye", "thank_you", "talk_to_human"})


class Greet(SupportAction):
    def name(self) -> str:
        return "action_greet"

    def handle(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[EventType]:
        context = Context.of(self.services, dispatcher, tracker)
        unfinished = _left_open(context, tracker)
        if unfinished is not None:
            return _go_on(context, unfinished)
        buttons = [{"title": topic_title(i) or "", "payload": f"/{i}"} for i in _OFTEN]
        if context.is_verified and context.name:
            context.say("utter_greet_by_name", buttons=buttons, name=context.name.split()[0])
        else:
            context.say("utter_greet", buttons=buttons)
        return []


class GoOn(SupportAction):
    """A yes, a fact or "as I said" out of nowhere belongs to what was left open, if anything."""

    def name(self) -> str:
        return "action_go_on"

    def handle(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[EventType]:
        context = Context.of(self.services, dispatcher, tracker)
        unfinished = _left_open(context, tracker)
        if unfinished is not None:
            return _go_on(context, unfinished)
        context.say("utter_what_can_i_do")
        return []


def _left_open(context: Context, tracker: Tracker) -> Unfinished | None:
    """Only at the beginning of a conversation, and only for who it belongs to."""
    if not context.is_verified or tracker.get_slot("taken_up"):
        return None
    with context.services.database.read() as session:
        return unfinished_request(
            session,
            context.now,
            customer_id=context.customer_id,
            conversation_id=context.turn.conversation_id,
            requests=REQUESTS,
            ended_by=_LETS_GO,
        )


def _go_on(context: Context, unfinished: Unfinished) -> list[EventType]:
    context.say("utter_go_on_with", topic=spoken_topic(unfinished.intent))
    return [
        SlotSet("taken_up", True),
        SlotSet("next_request", {"intent": unfinished.intent, "text": unfinished.words}),
        FollowupAction(FORM_OF_INTENT[unfinished.intent]),
    ]
