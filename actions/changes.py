"""Change an order before it is shipped: its address, or the size or colour of a line."""

import re

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

# Enough to find "12 Quay Street, Bristol BS1 4RB" or "Hauptstr. 5, 10115 Berlin" in a sentence;
# whatever it reads is repeated back before anything is changed.
_STREET = (
    r"(?P<street>\d+\w?\s+[^\d,\n]{3,60}|[^\d,\n]{3,60}\s\d+\s?[a-zA-Z]?"
    r"|(?:flat|apt|unit)\s+[^,\n]+,\s*[^,\n]+)"
)
_CODE = (
    r"(?P<postcode>[A-Z]{1,2}\d[A-Z\d]?\s*\d[A-Z]{2}"  # GB
    r"|\d{3}-\d{4}|\d{5}(?:-\d{3,4})?|\d{4}\s?[A-Z]{2}"  # JP; US, DE, FR, BR; NL
    r"|[A-Z]\d[A-Z]\s?\d[A-Z]\d|\d{4}|\d{3}\s\d{2})"  # CA; AU, NZ, CH; SE
)
_CITY = r"(?P<city>[^\W\d][^\d,\n.]{1,40}?)"
_ADDRESS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"{_STREET}\s*[,\n]\s*{_CITY}\s*[,\n]?\s+{_CODE}\b",
        rf"{_STREET}\s*[,\n]\s*{_CODE}\s*[,\n]?\s*{_CITY}\s*(?:[,.\n]|$)",
    )
)
_LEAD_IN = re.compile(
    r"^.*?\b(?:address\s+is|address\s+to|ship\s+(?:it\s+)?to|send\s+(?:it\s+)?to|deliver(?:ed)?\s+to"
    r"|moved\s+to|it'?s|to)\b[:\s]*",
    re.IGNORECASE | re.DOTALL,
)


def address_in(text: str) -> dict[str, str] | None:
    """Street, postcode and city, if the text holds all three; otherwise None."""
    for words in (_LEAD_IN.sub("", text, count=1), text):
        for pattern in _ADDRESS:
            found = pattern.search(words)
            if found:
                return {
                    name: " ".join(value.split()).strip(" .,")
                    for name, value in found.groupdict().items()
                }
    return None


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
        dialogue.context.say(response, order=dialogue.task.order)

    def read(self, dialogue: Dialogue) -> bool:
        address = address_in(dialogue.turn_text)
        if address is None:
            return False
        dialogue.task.wanted = address
        return True

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
