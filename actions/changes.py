"""Change an order before it is shipped: its address, or the size or colour of a line."""

import re

from actions import yes_or_no
from actions.addresses import address_in
from actions.details import WhichVariant
from actions.form import Dialogue, Step, TopicForm
from actions.identify import Identify
from actions.remedy import ChooseRemedy
from actions.settle import SettleRemedy
from actions.task import Task
from actions.which_item import WhichItem
from actions.which_order import WhichOrder
from careline.journey.words import CaseKind
from careline.service import changes


class NewAddress(Step):
    slot = "new_address"

    def is_open(self, dialogue: Dialogue) -> bool:
        return "street" not in dialogue.task.wanted

    def ask(self, dialogue: Dialogue, *, again: bool) -> None:
        read = address_in(dialogue.task.words)
        if read:
            dialogue.task.wanted = read
            return
        response = "utter_question_address_again" if again else "utter_question_address"
        if dialogue.task.answers.get("address_begun") and not again:
            response = "utter_question_address_rest"
        dialogue.context.say(response, order=dialogue.task.order)

    def read(self, dialogue: Dialogue) -> bool:
        text, task = dialogue.turn_text, dialogue.task
        begun = str(task.answers.get("address_begun", ""))
        address = address_in(text) or (address_in(f"{begun}, {text}") if begun else None)
        if address is not None:
            task.wanted = address
            return True
        if re.search(r"\d", text) and not begun and not yes_or_no.asks_something(text):
            task.answers["address_begun"] = text  # "12 Mill Lane": the rest comes with the next
            return True
        return False

    def correct(self, dialogue: Dialogue) -> bool:
        address = address_in(dialogue.turn_text)
        if address is None or address == dialogue.task.wanted:
            return False
        dialogue.task.wanted = address
        dialogue.task.remedy, dialogue.task.remedies = None, []
        return True


class ChangeAddressForm(TopicForm):
    topic = "change_address"
    intent = "change_address"
    kind = CaseKind.CHANGE
    order_topic = "change"
    steps = (Identify(), WhichOrder(), NewAddress(), ChooseRemedy())

    def reason_of(self, task: Task) -> str:
        return changes.ADDRESS


class SettleChangeAddress(SettleRemedy):
    form = ChangeAddressForm


class ChangeOrderForm(TopicForm):
    topic = "change_order"
    intent = "change_order"
    kind = CaseKind.CHANGE
    steps = (Identify(), WhichItem(), WhichVariant(), ChooseRemedy())

    def reason_of(self, task: Task) -> str:
        return changes.VARIANT


class SettleChangeOrder(SettleRemedy):
    form = ChangeOrderForm
