"""Return: within the window, or what can be done instead; a label, a drop-off, the money."""

from actions.choices import Option
from actions.details import HowMany
from actions.form import Dialogue, Step, TopicForm
from actions.identify import Identify
from actions.remedy import ChooseRemedy
from actions.settle import SettleRemedy
from actions.which_item import WhichItem
from actions.words import button
from careline.journey.words import CaseKind, Resolution
from careline.service import which_variant


class SizeOrMoney(Step):
    """It does not fit: another size may be better than money back, so it is offered once."""

    slot = "size_or_money"

    def is_open(self, dialogue: Dialogue) -> bool:
        task = dialogue.task
        return (
            task.reason == "doesnt_fit"
            and task.line is not None
            and task.wished is None
            and "size_or_money" not in task.answers
        )

    def ask(self, dialogue: Dialogue, *, again: bool) -> None:
        task, context = dialogue.task, dialogue.context
        if not which_variant.others_in_stock(context.services, dialogue.request()):
            task.answers["size_or_money"] = "none in stock"
            return
        options = [
            Option("size", button("other_size"), also=("exchange", "size", "bigger", "smaller")),
            Option("money", button("money_back"), also=("refund", "return", "send it back")),
        ]
        context.say("utter_size_or_money", options=dialogue.offer(options), item=task.item)

    def read(self, dialogue: Dialogue) -> bool:
        picked, task = dialogue.picked(), dialogue.task
        if picked is None:
            return False
        task.answers["size_or_money"] = picked.id
        if picked.id == "size":
            task.wished = Resolution.EXCHANGE.value
            task.words = f"{task.words} {dialogue.turn_text}".strip()
            dialogue.switch("exchange_item")
        else:
            task.wished = Resolution.REFUND.value
        return True


class ReturnForm(TopicForm):
    topic = "return"
    intent = "return_item"
    kind = CaseKind.RETURN
    steps = (Identify(), WhichItem(), SizeOrMoney(), HowMany(), ChooseRemedy())


class SettleReturn(SettleRemedy):
    form = ReturnForm
