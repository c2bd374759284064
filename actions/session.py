"""The greeting, which knows who is there."""

from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.interfaces import Tracker

from actions.base import SupportAction
from actions.context import Context
from actions.words import topic_title

_OFTEN = ("order_status_or_delivery", "wrong_item_received", "return_item")


class Greet(SupportAction):
    def name(self) -> str:
        return "action_greet"

    def handle(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[EventType]:
        context = Context.of(self.services, dispatcher, tracker)
        buttons = [{"title": topic_title(i) or "", "payload": f"/{i}"} for i in _OFTEN]
        if context.is_verified and context.name:
            context.say("utter_greet_by_name", buttons=buttons, name=context.name.split()[0])
        else:
            context.say("utter_greet", buttons=buttons)
        return []
