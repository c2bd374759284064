"""What each policy file may say; the YAML carries the reasons, this carries the shapes."""

from typing import Annotated, Literal

from pydantic import Field

from careline.journey.words import CaseKind
from careline.service.policies.base import (
    Days,
    DaysBy,
    DaysByCategory,
    DaysByCountry,
    MoneyByCurrency,
    MonthsByCategory,
    Percent,
    Section,
    Sentence,
    Words,
    WordsByCountry,
    amount_in,
)
from careline.service.policies.canned import CannedReplies
from careline.service.policies.contact import ContactPolicy
from careline.service.policies.levels import ServiceLevelPolicy
from careline.service.policies.owners import OwnerPolicy
from careline.service.policies.queue import QueuePolicy
from careline.shops.protocol import Money, OrderState


class FinalSale(Section):
    return_allowed: bool
    exchange_allowed: bool


class ReturnShipping(Section):
    customer_pays_for: Words
    label_price: MoneyByCurrency


class AfterTheWindow(Section):
    store_credit_for_days: Days
    store_credit_percent: Percent


class OurMistakes(Section):
    report_within_days: DaysByCategory


class Recall(Section):
    offer: Annotated[list[Literal["refund", "replacement"]], Field(min_length=1)]


class ReturnPolicy(Section):
    window_days: DaysBy
    not_returnable: Words
    final_sale: FinalSale
    condition: Sentence
    shipping: ReturnShipping
    label_valid_days: Days
    drop_off: WordsByCountry
    after_the_window: AfterTheWindow
    recall: Recall
    our_mistakes: OurMistakes


class RefundLimits(Section):
    default: MoneyByCurrency
    by_kind: dict[CaseKind, MoneyByCurrency] = Field(default_factory=dict)


class MoneyThere(Section):
    default: Days
    by_method: dict[Sentence, Days] = Field(default_factory=dict)

    def of(self, method: str) -> int:
        """By the first words of the method: "PayPal (anna@…)" is PayPal."""
        for name, days in self.by_method.items():
            if method.casefold().startswith(name.casefold()):
                return days
        return self.default


class RefundPolicy(Section):
    without_approval_up_to: RefundLimits
    keep_the_item_up_to: MoneyByCurrency
    before_goods_are_back_up_to: MoneyByCurrency
    money_there_within_working_days: MoneyThere

    def needs_approval(self, kind: CaseKind, amount: Money) -> bool:
        limits = self.without_approval_up_to
        return amount.amount > amount_in(limits.by_kind.get(kind, limits.default), amount.currency)

    def may_keep(self, worth: Money) -> bool:
        return worth.amount <= amount_in(self.keep_the_item_up_to, worth.currency)

    def pays_before_goods_are_back(self, amount: Money) -> bool:
        return amount.amount <= amount_in(self.before_goods_are_back_up_to, amount.currency)


class FaultyPolicy(Section):
    warranty_months: MonthsByCategory
    choice_days: Days
    fresh_food_days: Days
    fresh_food: Words
    repaired: Words
    repair_takes_working_days: Days
    keep_it_percent: Percent
    photo_wished_above: MoneyByCurrency
    safety_words: list[Sentence]
    no_danger_in: list[Sentence]


class DeliveryPolicy(Section):
    late_after_days: Days
    lost_after_days: Days
    look_again_days: Days
    trace_takes_working_days: Days
    parcel_takes_working_days: DaysByCountry
    cancel_while: list[OrderState]
    change_while: list[OrderState]


class GoodwillFor(Section):
    worth: MoneyByCurrency
    from_days_late: Days = 0


class GoodwillPolicy(Section):
    given_as: Literal["store_credit"]
    credit_valid_days: Days
    for_kinds: dict[CaseKind, GoodwillFor]
    budget_per_customer_and_year: MoneyByCurrency


class Policies(Section):
    """All policy files; each field is the file of that name."""

    returns: ReturnPolicy
    refunds: RefundPolicy
    faulty: FaultyPolicy
    delivery: DeliveryPolicy
    goodwill: GoodwillPolicy
    service_levels: ServiceLevelPolicy
    owners: OwnerPolicy
    queue: QueuePolicy
    canned_replies: CannedReplies
    contact: ContactPolicy
