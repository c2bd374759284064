"""A person has decided something: the bot's next line says it, whatever was going on before."""

from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.interfaces import Tracker

from actions.base import SupportAction
from actions.context import Context


class WelcomeBack(SupportAction):
    def name(self) -> str:
        return "action_welcome_back"

    def handle(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[EventType]:
        say_handed_back(Context.of(self.services, dispatcher, tracker))
        forgotten = ("task", "next_request", "order_line", "order_number")
        return [
            *(SlotSet(name, None) for name in forgotten),
            SlotSet("waiting_requests", []),
            SlotSet("misunderstood", 0),
        ]


def say_handed_back(context: Context) -> None:
    """The outcome in the bot's words, with the colleague's own if there are any."""
    told = context.turn.handed_back
    words = str(told.get("words") or "")
    context.say(
        f"utter_back_{told['outcome']}",
        name=told["by"],
        words=f" {words}" if words else "",
    )
