"""The beginning of a conversation: who is there, and what was left open the last time."""

from dataclasses import replace

from rasa_sdk.events import EventType, FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.interfaces import Tracker

from actions import taken_up
from actions import task as tasks
from actions.base import SupportAction
from actions.context import Context
from actions.form import Dialogue, TopicForm
from actions.taken_up import Earlier
from actions.topics import FORM_OF_INTENT
from actions.words import topic_title

_OFTEN = ("order_status_or_delivery", "wrong_item_received", "return_item")


class Greet(SupportAction):
    def name(self) -> str:
        return "action_greet"

    def handle(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[EventType]:
        context = Context.of(self.services, dispatcher, tracker)
        found = _left_open(context)
        if found is not None:
            return _go_on(context, found)
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
        found = _left_open(context)
        if found is not None:
            return _go_on(context, found)
        context.say("utter_what_can_i_do")
        return []


def _left_open(context: Context) -> Earlier | None:
    """The newest of what they left open that nobody has seen to meanwhile."""
    forms = {form.intent: form for form in TopicForm.__subclasses__()}
    for found in taken_up.earlier(context, also_here=True):
        form = forms.get(found.task.intent)
        if form is None:
            continue
        dialogue = Dialogue(context, found.task, form(context.services))
        if taken_up.is_still_open(dialogue, found):
            return found
    return None


def _go_on(context: Context, found: Earlier) -> list[EventType]:
    taken_up.say_what_goes_on(context, found.task)
    task = replace(found.task, outcome=tasks.TAKEN_UP)
    return [
        SlotSet("taken_up", found.conversation_id),
        SlotSet("task", task.as_slot()),
        FollowupAction(FORM_OF_INTENT[task.intent]),
    ]
