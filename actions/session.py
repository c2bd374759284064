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
from careline.service import cases

_OFTEN = ("order_status_or_delivery", "wrong_item_received", "return_item")


def often() -> list[dict[str, str]]:
    """Buttons for what most people come for."""
    return [{"title": topic_title(i) or "", "payload": f"/{i}"} for i in _OFTEN]


class Greet(SupportAction):
    def name(self) -> str:
        return "action_greet"

    def handle(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[EventType]:
        context = Context.of(self.services, dispatcher, tracker)
        found = _left_open(context)
        if found is not None:
            return _go_on(context, found)
        buttons = often()
        if context.is_verified and context.name:
            context.say("utter_greet_by_name", buttons=buttons, name=context.name.split()[0])
        else:
            context.say("utter_greet", buttons=buttons)
        return []


class GoOn(SupportAction):
    """A "yes" to no question of a form: to what was offered, left open, or just settled."""

    def name(self) -> str:
        return "action_go_on"

    def handle(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[EventType]:
        context = Context.of(self.services, dispatcher, tracker)
        found = _left_open(context)
        if found is not None:
            return _go_on(context, found)
        offered = (tracker.get_slot("next_request") or {}).get("offered")
        if offered:
            following = FollowupAction(FORM_OF_INTENT[offered["intent"]])
            return [SlotSet("next_request", offered), following]
        with self.services.database.read() as session:
            is_settled = cases.has_any_of(session, context.turn.conversation_id)
        context.say("utter_anything_else" if is_settled else "utter_what_can_i_do")
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
