"""Exchange for another size or colour, if it is in stock."""

from actions.details import HowMany, WhichVariant
from actions.form import TopicForm
from actions.identify import Identify
from actions.remedy import ChooseRemedy
from actions.settle import SettleRemedy
from actions.which_item import WhichItem
from careline.journey.words import CaseKind


class ExchangeForm(TopicForm):
    topic = "exchange"
    intent = "exchange_item"
    kind = CaseKind.EXCHANGE
    steps = (Identify(), WhichItem(), WhichVariant(), HowMany(), ChooseRemedy())


class SettleExchange(SettleRemedy):
    form = ExchangeForm
