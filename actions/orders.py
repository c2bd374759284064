"""Where is my order: the state of an order in words and as a card."""

import re

from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.interfaces import Tracker

from actions import afterwards
from actions import task as tasks
from actions.context import Context
from actions.form import Dialogue, TopicForm
from actions.identify import Identify
from actions.settle import Settle
from actions.task import Task
from actions.which_order import WhichOrder
from actions.words import button
from careline.journey.words import CaseKind, HandoverReason
from careline.service import orders
from careline.service.facts import OrderStatus

_THEIR_OWN = re.compile(
    r"\b(?:my|mine|order(?:ed)?|bought|parcels?|packages?|stuff|it|tracking|refund)\b|\d{5}",
    re.IGNORECASE,
)


class OrderStatusForm(TopicForm):
    topic = "order_status"
    intent = "order_status_or_delivery"
    kind = CaseKind.DELIVERY
    order_topic = "status"
    steps = (Identify(), WhichOrder())

    def begin(self, dialogue: Dialogue) -> None:
        """ "Do you deliver to Ireland?" is a question about the shop, not about an order."""
        words, context = dialogue.task.words, dialogue.context
        if afterwards.says_when(context):
            dialogue.end(tasks.REFUSED)
            return
        if not words or _THEIR_OWN.search(words):
            return
        passage = context.services.help.best(words, topic=self.intent)
        if passage is not None:
            context.say("utter_help_answer", answer=passage.text, link=passage.link)
            dialogue.end(tasks.REFUSED)


class SettleOrderStatus(Settle):
    form = OrderStatusForm

    def settle(self, context: Context, task: Task) -> None:
        status = orders.status(context.services, context.customer_id, task.order or "")
        if status is None:
            self._hand_over(context, task, HandoverReason.POLICY_EXCEPTION)
            return
        buttons = None
        if status.late_days > 0:
            task.answers["late"] = status.number
            buttons = [
                {"title": button("look_into_it"), "payload": _look_into(status.number)},
                {"title": button("thats_all"), "payload": "/deny"},
            ]
        context.say(
            _response(status), buttons=buttons, card=_card(status), facts=_facts(context, status)
        )

    def _next(self, tracker: Tracker, task: Task) -> list[EventType]:
        """A plain "yes" looks into it as the button does; see GoOn."""
        events = super()._next(tracker, task)
        late = task.answers.get("late")
        if late is None or any(event.get("name") == "next_request" for event in events):
            return events
        offered = {"intent": "missing_or_late_delivery", "text": f"Order {late} is late"}
        return [*events, SlotSet("next_request", {"intent": "", "offered": offered})]


def _look_into(order_number: str) -> str:
    return f'/missing_or_late_delivery{{"order_number": "{order_number}"}}'


def _response(status: OrderStatus) -> str:
    if status.late_days > 0:
        return "utter_order_late"
    if status.state == "shipped" and status.expected_on is None:
        return "utter_order_shipped"
    return f"utter_order_{status.state}" if status.state != "shipped" else "utter_order_on_its_way"


def _facts(context: Context, status: OrderStatus) -> dict[str, str]:
    return {
        "order": status.number,
        "item": status.products[0] if status.products else "",
        "carrier": status.carrier,
        "tracking": status.tracking,
        "by": context.day(status.expected_on) if status.expected_on else "",
        "on": context.day(status.delivered_on) if status.delivered_on else "",
        "placed": context.day(status.placed_on),
        "late_days": str(status.late_days),
    }


def _card(status: OrderStatus) -> dict[str, str]:
    return {
        "kind": "order",
        "number": status.number,
        "title": ", ".join(status.products[:3]),
        "subtitle": f"Order {status.number}",
        "state": status.state,
    }
