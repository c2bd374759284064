"""Cancel an order before it is shipped; after that, how to send it back."""

from actions.form import TopicForm
from actions.identify import Identify
from actions.remedy import ChooseRemedy
from actions.settle import SettleRemedy
from actions.which_order import WhichOrder
from careline.journey.words import CaseKind


class CancelForm(TopicForm):
    topic = "cancel"
    intent = "cancel_order"
    kind = CaseKind.CANCEL
    order_topic = "cancel"
    steps = (Identify(), WhichOrder(), ChooseRemedy())


class SettleCancel(SettleRemedy):
    form = CancelForm
