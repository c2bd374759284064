"""Wrong item received: find what was ordered, propose to put it right, do it."""

from actions.details import HowMany
from actions.form import TopicForm
from actions.identify import Identify
from actions.remedy import ChooseRemedy
from actions.settle import SettleRemedy
from actions.which_item import WhichItem
from careline.journey.words import CaseKind


class WrongItemForm(TopicForm):
    topic = "wrong_item"
    intent = "wrong_item_received"
    kind = CaseKind.WRONG_ITEM
    steps = (Identify(), WhichItem(), HowMany(), ChooseRemedy())


class SettleWrongItem(SettleRemedy):
    form = WrongItemForm
