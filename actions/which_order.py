"""The step that finds the order the customer means; for topics about a whole order."""

from actions.choices import Option
from actions.form import Dialogue, Step
from actions.words import button
from careline.journey.words import HandoverReason
from careline.service import orders
from careline.service.facts import OrderChoice

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
        response = "utter_which_order_again" if again else "utter_which_order"
        context.say(response, options=dialogue.offer(options))

    def read(self, dialogue: Dialogue) -> bool:
        picked, turn, task = dialogue.picked(), dialogue.context.turn, dialogue.task
        if picked and picked.id.startswith("order:"):
            task.order = picked.id.removeprefix("order:")
            return True
        number = turn.entity("order_number")
        if number:
            task.order = number
            return True
        if picked and picked.id == "other":
            dialogue.context.say("utter_order_by_number")
            task.answers["order_asked"] = True
            return True
        found = self._choices(dialogue, turn.text) if turn.text else []
        if (
            found
            and found[0].score >= _NAMED
            and (len(found) == 1 or found[1].score < found[0].score)
        ):
            task.order = found[0].number
            return True
        return False

    def _choices(self, dialogue: Dialogue, words: str | None = None) -> list[OrderChoice]:
        task, context = dialogue.task, dialogue.context
        return orders.order_choices(
            context.services,
            context.customer_id,
            kind=dialogue.form.order_topic,
            words=task.words if words is None else words,
            order_number=task.order,
        )


def take_order(dialogue: Dialogue, order: OrderChoice) -> None:
    dialogue.task.order = order.number
    dialogue.task.answers["order_known"] = True
    dialogue.task.item = order.products[0] if order.products else ""


def _title(order: OrderChoice) -> str:
    first = order.products[0] if order.products else ""
    more = f" +{len(order.products) - 1}" if len(order.products) > 1 else ""
    return f"{order.number}: {first}{more}"
