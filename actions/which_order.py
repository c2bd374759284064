"""The step that finds the order the customer means; for topics about a whole order."""

import re

from actions.choices import Option
from actions.form import Dialogue, Step
from actions.words import button
from careline.journey.words import HandoverReason
from careline.service import orders
from careline.service.facts import OrderChoice

_ACTUALLY = re.compile(r"^\W*(?:no|nope|wait|sorry|actually|i\s+mean\w*|oh)\b", re.IGNORECASE)
_SHOWN = 4
_NAMED = 0.75


class WhichOrder(Step):
    slot = "order_number"

    def __init__(self, *, confirm_single: bool = False) -> None:
        self._confirm_single = confirm_single

    def is_open(self, dialogue: Dialogue) -> bool:
        return not dialogue.task.answers.get("order_known")

    def ask(self, dialogue: Dialogue, *, again: bool) -> None:
        task, context = dialogue.task, dialogue.context
        found = self._choices(dialogue)
        if not found and task.order:
            number, task.order = task.order, None
            context.say("utter_order_not_found", number=number)
            found = self._choices(dialogue)
        if not found:
            context.say(f"utter_{task.topic}_no_order")
            dialogue.hand_over(HandoverReason.POLICY_EXCEPTION)
            return
        named = task.order is not None or (
            found[0].score >= _NAMED and (len(found) == 1 or found[1].score < _NAMED)
        )
        if named or (len(found) == 1 and not self._confirm_single):
            take_order(dialogue, found[0])
            return
        options = [
            Option(f"order:{o.number}", _title(o), also=(o.number, *o.products))
            for o in found[:_SHOWN]
        ]
        options.append(Option("other", button("another_order"), is_no=True))
        if task.answers.get("by_number"):
            dialogue.offer(options)
            context.say("utter_order_by_number")
            return
        response = "utter_which_order_again" if again else "utter_which_order"
        context.say(response, options=dialogue.offer(options))

    def read(self, dialogue: Dialogue) -> bool:
        picked, turn, task = dialogue.picked(), dialogue.context.turn, dialogue.task
        if picked and picked.id.startswith("order:"):
            task.order = picked.id.removeprefix("order:")
            return True
        number = turn.entity("order_number")
        if number:
            if not self._choices(dialogue, number=number):
                dialogue.context.say("utter_order_not_found", number=number)
                return True
            task.order = number
            return True
        if picked and picked.id == "other":
            task.answers["by_number"] = True
            return True
        named = self._named(dialogue)
        if named is None:
            return False
        task.order = named.number
        return True

    def correct(self, dialogue: Dialogue) -> bool:
        """ "No, order 10377", "actually the one with the lamp": another than the one taken."""
        task, turn = dialogue.task, dialogue.context.turn
        if not task.answers.get("order_known"):
            return False
        number = turn.entity("order_number")
        if number and number != task.order:
            found = self._choices(dialogue, number=number)
            if not found:
                dialogue.context.say("utter_order_not_found", number=number)
                return True
            self._take_instead(dialogue, found[0])
            return True
        named = self._named(dialogue) if _ACTUALLY.match(turn.text) else None
        if named is None or named.number == task.order:
            return False
        self._take_instead(dialogue, named)
        return True

    def _take_instead(self, dialogue: Dialogue, order: OrderChoice) -> None:
        take_order(dialogue, order)
        dialogue.task.remedy, dialogue.task.remedies = None, []

    def _named(self, dialogue: Dialogue) -> OrderChoice | None:
        """The one order whose things the words name."""
        text = dialogue.turn_text
        found = self._choices(dialogue, text, number="") if text else []
        if not found or found[0].score < _NAMED:
            return None
        return found[0] if len(found) == 1 or found[1].score < found[0].score else None

    def _choices(
        self, dialogue: Dialogue, words: str | None = None, *, number: str | None = None
    ) -> list[OrderChoice]:
        task, context = dialogue.task, dialogue.context
        return orders.order_choices(
            context.services,
            context.customer_id,
            kind=dialogue.form.order_topic,
            words=task.words if words is None else words,
            order_number=task.order if number is None else number or None,
        )


def take_order(dialogue: Dialogue, order: OrderChoice) -> None:
    dialogue.task.order = order.number
    dialogue.task.answers["order_known"] = True
    dialogue.task.item = order.products[0] if order.products else ""


def _title(order: OrderChoice) -> str:
    first = order.products[0] if order.products else ""
    more = f" +{len(order.products) - 1}" if len(order.products) > 1 else ""
    return f"{order.number}: {first}{more}"
