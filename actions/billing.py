"""A payment problem: what the payments show is put right or explained; else finance has it."""

from actions.form import TopicForm
from actions.identify import Identify
from actions.remedy import ChooseRemedy
from actions.settle import SettleRemedy
from actions.which_order import WhichOrder
from careline.journey.words import CaseKind


class BillingForm(TopicForm):
    topic = "billing"
    intent = "payment_or_billing_problem"
    kind = CaseKind.BILLING
    order_topic = "billing"
    steps = (Identify(), WhichOrder(), ChooseRemedy())


class SettleBilling(SettleRemedy):
    form = BillingForm
