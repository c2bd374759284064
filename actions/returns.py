"""Return: within the window, or what can be done instead; a label, a drop-off, the money."""

import re

from actions import bends, wishes, yes_or_no
from actions.choices import Option
from actions.details import HowMany
from actions.form import Dialogue, Step, TopicForm
from actions.identify import Identify
from actions.remedy import ChooseRemedy
from actions.settle import SettleRemedy
from actions.which_item import WhichItem
from actions.words import button
from careline.journey.words import CaseKind, Resolution
from careline.service import settlement, which_variant
from careline.service.returns import RECALLED

_OUR_MISTAKE = {
    "broken": "faulty_or_damaged_product",
    "wrong_item": "wrong_item_received",
}
_NO_REASON_HERE = ("late", "part_missing", "never_came", "says_delivered", "charged_twice")
_TOLD_APART = ("doesnt_fit", "changed_mind", *_OUR_MISTAKE)
_ACTUALLY = re.compile(
    r"^\W*(?:no|wait|sorry|actually|well|oh|i\s+mean\w*|to\s+be\s+honest)\b", re.IGNORECASE
)
_A_SENTENCE = 3  # words
_NO_REASON = (
    "no reason",
    "rather not say",
    "not say",
    "keep to myself",
    "reason to myself",
    "your business",
    "private",
)


class WhyBack(Step):
    """The reason: it may turn out to be our mistake, it tells who pays the label, and the CX
    team learns from it.
    """

    slot = "return_reason"

    def is_open(self, dialogue: Dialogue) -> bool:
        reason = dialogue.task.reason  # "too late to return?" gives none
        return dialogue.task.line is not None and (not reason or reason in _NO_REASON_HERE)

    def ask(self, dialogue: Dialogue, *, again: bool) -> None:
        if settlement.is_recalled(dialogue.context.services, dialogue.request()):
            dialogue.task.reason = RECALLED  # we told them why; nobody asks them
            return
        options = [
            Option("doesnt_fit", button("doesnt_fit"), also=("too small", "too big", "size")),
            Option("changed_mind", button("changed_mind"), also=("don't want it", "don't like it")),
            Option("broken", button("broken"), also=("faulty", "damaged", "defective")),
            Option("wrong_item", button("wrong_item"), also=("wrong one", "not what I ordered")),
            Option("other", button("another_reason"), also=_NO_REASON),
        ]
        response = "utter_question_why_back_again" if again else "utter_question_why_back"
        dialogue.context.say(response, options=dialogue.offer(options), item=dialogue.task.item)

    def read(self, dialogue: Dialogue) -> bool:
        task, picked = dialogue.task, dialogue.picked()
        reason = picked.id if picked else wishes.reason_in(dialogue.turn_text)
        if self._only_asks(dialogue):
            return False
        if not reason:
            if len(dialogue.turn_text.split()) < _A_SENTENCE:
                return False
            if bends.is_beside_the_question(dialogue):
                return False
            reason = "other"  # a reason in words of their own; they are kept with the case
        task.reason = reason
        self._take(dialogue, reason)
        return True

    def _only_asks(self, dialogue: Dialogue) -> bool:
        """ "What else do you have in that size?" gives no reason."""
        text = dialogue.turn_text
        return yes_or_no.asks_something(text) and not wishes.reason_in(text)

    def correct(self, dialogue: Dialogue) -> bool:
        """ "No wait, it's actually broken": another reason, and perhaps our mistake."""
        task, text = dialogue.task, dialogue.turn_text
        reason = wishes.reason_in(text)
        if not task.reason or reason not in _TOLD_APART or reason == task.reason:
            return False
        if not _ACTUALLY.match(text):
            return False
        task.remedy, task.remedies = None, []
        task.answers.pop("size_or_money", None)
        self._take(dialogue, reason)
        return True

    def _take(self, dialogue: Dialogue, reason: str) -> None:
        task = dialogue.task
        task.reason = reason
        task.words = f"{task.words} {dialogue.turn_text}".strip()
        if reason in _OUR_MISTAKE:
            dialogue.switch(_OUR_MISTAKE[reason])


class SizeOrMoney(Step):
    """It does not fit: another size may be better than money back, so it is offered once."""

    slot = "size_or_money"
    is_an_offer = True

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
        chosen = picked.id if picked else "size" if self._names_a_size(dialogue) else ""
        if not chosen:
            return False
        task.answers["size_or_money"] = chosen
        if chosen == "size":
            task.wished = Resolution.EXCHANGE.value
            task.words = f"{task.words} {dialogue.turn_text}".strip()
            dialogue.switch("exchange_item")
        else:
            task.wished = Resolution.REFUND.value
        return True

    def _names_a_size(self, dialogue: Dialogue) -> bool:
        """ "I ordered 32 but need 34": one of those that are there."""
        services, request = dialogue.context.services, dialogue.request()
        others = which_variant.others_in_stock(services, request)
        now = which_variant.options_now(services, request)
        return which_variant.meant(others, dialogue.turn_text, now) is not None


class ReturnForm(TopicForm):
    topic = "return"
    intent = "return_item"
    kind = CaseKind.RETURN
    steps = (Identify(), WhichItem(), WhyBack(), SizeOrMoney(), HowMany(), ChooseRemedy())


class SettleReturn(SettleRemedy):
    form = ReturnForm
