"""Questions: answered from the shop's own articles with their link, or honestly not at all."""

from rasa_sdk.events import EventType, FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.interfaces import Tracker

from actions.base import SupportAction
from actions.context import Context
from actions.words import button
from careline.service import faulty


class AnswerQuestion(SupportAction):
    def name(self) -> str:
        return "action_answer_question"

    def handle(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[EventType]:
        context = Context.of(self.services, dispatcher, tracker)
        if faulty.is_dangerous(self.services.policies, context.turn.text):
            return [FollowupAction("faulty_form")]
        passage = self.services.help.best(context.turn.text, topic=context.turn.intent)
        person = {"title": button("person"), "payload": "/talk_to_human"}
        if passage is None:
            context.say("utter_no_answer", buttons=[person])
        else:
            context.say("utter_help_answer", answer=passage.text, link=passage.link)
        return [SlotSet("misunderstood", 0)]
