"""The base of our custom actions: synchronous, because each runs in a thread of its own."""

from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.interfaces import Action, Tracker
from rasa_sdk.types import DomainDict

from careline.service.services import Services


class SupportAction(Action):
    def __init__(self, services: Services) -> None:
        self.services = services

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[EventType]:
        return self.handle(dispatcher, tracker)

    def handle(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[EventType]:
        """Do the work; may block, because the action route runs each call in a thread."""
        raise NotImplementedError
