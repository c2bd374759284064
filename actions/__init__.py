"""Rasa's custom actions: thin. Slots in, one service call, words out.

One module a topic, named with the topic's word; what the topics share is in form, steps and
settle. Sentences are in domain.yml, button titles in labels.yml.
"""

from actions import (
    billing,
    cancel,
    changes,
    complaint,
    exchange,
    faulty,
    feedback,
    handed_back,
    help,
    missing,
    orders,
    people,
    refunds,
    returns,
    session,
    suggestion,
    wrong_item,
)
from actions.base import SupportAction
from careline.service.services import Services

_ACTIONS = (
    billing.BillingForm,
    billing.SettleBilling,
    cancel.CancelForm,
    cancel.SettleCancel,
    changes.ChangeAddressForm,
    changes.ChangeOrderForm,
    changes.SettleChangeAddress,
    changes.SettleChangeOrder,
    complaint.ComplaintForm,
    complaint.SettleComplaint,
    exchange.ExchangeForm,
    exchange.SettleExchange,
    faulty.FaultyForm,
    faulty.SettleFaulty,
    feedback.FeedbackForm,
    feedback.SettleFeedback,
    handed_back.WelcomeBack,
    help.AnswerQuestion,
    missing.MissingForm,
    missing.SettleMissing,
    orders.OrderStatusForm,
    orders.SettleOrderStatus,
    people.AskBack,
    people.HandOver,
    people.OutOfScope,
    refunds.RefundForm,
    refunds.RefundStatusForm,
    refunds.SettleRefund,
    refunds.SettleRefundStatus,
    returns.ReturnForm,
    returns.SettleReturn,
    session.GoOn,
    session.Greet,
    suggestion.SettleSuggestion,
    suggestion.SuggestionForm,
    wrong_item.SettleWrongItem,
    wrong_item.WrongItemForm,
)


def all_actions(services: Services) -> list[SupportAction]:
    """Every custom action, ready to be registered with rasa-sdk's executor."""
    return [action(services) for action in _ACTIONS]
