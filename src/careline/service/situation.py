"""The facts of one request, gathered, with the few sums that every kind of case needs."""

from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

from careline.journey.words import CaseKind, Resolution
from careline.service.dates import add_working_days, day_in
from careline.service.facts import Assessment, History, Refusal, Remedy, Request
from careline.service.policies import Policies
from careline.service.waiting import answer_expected_by
from careline.shops.protocol import Line, Money, Order, OrderState, Variant

STORE_CREDIT = "store credit"
_CENT = Decimal("0.01")


@dataclass(frozen=True)
class Situation:
    """Everything that a decision may look at. Equal situations get equal amends."""

    request: Request
    policies: Policies
    now: datetime
    country: str
    zone: ZoneInfo
    channel: str = "web"
    order: Order | None = None
    line: Line | None = None
    variants: tuple[Variant, ...] = ()  # of the line's product, for an exchange
    history: History = field(default_factory=History)

    @property
    def today(self) -> date:
        return day_in(self.zone, self.now)

    @property
    def the_line(self) -> Line:
        if self.line is None:
            raise ValueError(f"a {self.request.kind} request is about one line of an order")
        return self.line

    @property
    def the_order(self) -> Order:
        if self.order is None:
            raise ValueError(f"a {self.request.kind} request is about an order")
        return self.order

    @property
    def quantity(self) -> int:
        """So many pieces as are asked for and not yet settled."""
        return min(max(self.request.quantity, 1), self.free_pieces(self.the_line))

    @property
    def worth(self) -> Money:
        """What was paid for the pieces in question and has not been paid back."""
        return self.paid_for(self.the_line, self.quantity)

    @property
    def goods_value(self) -> Money:
        """What the goods are worth to us; something sent free of charge has its list price."""
        line = self.the_line
        each = line.price if line.price.amount > 0 else line.variant.price
        return Money(each.amount * self.quantity, each.currency)

    @property
    def delivered_on(self) -> date | None:
        at = self.the_line.delivered_at
        return day_in(self.zone, at) if at else None

    @property
    def days_since_delivery(self) -> int:
        return (self.today - self.delivered_on).days if self.delivered_on else 0

    @property
    def payment_method(self) -> str:
        paid = [p.method for p in self.the_order.payments if p.state != "failed"]
        return paid[-1] if paid else ""

    def free_pieces(self, line: Line) -> int:
        """Pieces of a line that were neither settled by us nor sent back in another way."""
        ours = line.quantity - self.history.settled.get(line.id, 0)
        return max(min(ours, line.unsettled_quantity), 0)

    def paid_for(self, line: Line, quantity: int) -> Money:
        left = line.price.amount * line.quantity - line.refunded
        amount = min(line.price.amount * quantity, max(left, Decimal(0)))
        return Money(amount.quantize(_CENT), line.price.currency)

    def share(self, amount: Money, percent: int) -> Money:
        part = (amount.amount * percent / 100).quantize(_CENT, ROUND_HALF_UP)
        return Money(part, amount.currency)

    def money_by(self, method: str, start: date | None = None) -> date:
        days = self.policies.refunds.money_there_within_working_days.of(method)
        return add_working_days(start or self.today, days)

    def parcel_by(self) -> date:
        days = self.policies.delivery.parcel_takes_working_days.of(self.country)
        return add_working_days(self.today, days)

    # --- remedies that several kinds of case share ---

    def refund(self, amount: Money, *, collect_old: bool = False) -> tuple[Remedy, ...]:
        """One refund to the means of payment; nothing if nothing is left to pay back."""
        if amount.amount <= 0:
            return ()
        refunds = self.policies.refunds
        return (
            Remedy(
                Resolution.REFUND,
                by=self.money_by(self.payment_method),
                amount=amount,
                collect_old=collect_old,
                needs_approval="over_the_limit"
                if refunds.needs_approval(self.request.kind, amount)
                else "",
                method=self.payment_method,
            ),
        )

    def replacement(self, *, collect_old: bool = False) -> tuple[Remedy, ...]:
        """The same again, if there are enough in stock."""
        if self.the_line.variant.in_stock < self.quantity:
            return ()
        return (
            Remedy(
                Resolution.REPLACEMENT,
                by=self.parcel_by(),
                collect_old=collect_old,
                sku=self.the_line.variant.sku,
            ),
        )

    def person(self, reason: str = "") -> Remedy:
        by = answer_expected_by(self.policies, self.now, self.channel, 0)
        return Remedy(
            Resolution.HANDED_OVER, by=day_in(self.zone, by), needs_approval="", method=reason
        )

    def refuse(self, code: str, *instead: Remedy, **facts: str) -> Assessment:
        """A no, with its facts, and what can be done instead: always a person, at least."""
        return Assessment((*instead, self.person()), Refusal(code, facts))

    def offer(self, *remedies: Remedy) -> Assessment:
        """What may be done; when nothing is left, a person looks at it."""
        return Assessment(remedies) if remedies else self.refuse("nothing_left_to_offer")

    def of_kind(self, kind: CaseKind) -> "Situation":
        return replace(self, request=replace(self.request, kind=kind))

    # --- guards that several kinds of case share ---

    def taken(self) -> Assessment | None:
        """Refuse what is with somebody already, or has been settled for every piece."""
        if self.history.under_way:
            return self.refuse("under_way", case_number=self.history.under_way)
        if self.line is not None and self.free_pieces(self.line) == 0:
            return self.refuse("already_settled", case_number=self.history.last_case)
        return None

    def not_delivered(self) -> Assessment | None:
        """Refuse what can only be said of goods that have arrived."""
        if self.the_line.delivered_at is not None:
            return None
        if self.the_order.state is OrderState.CANCELLED:
            return self.refuse("order_cancelled")
        return self.refuse("not_delivered", state=str(self.the_line.state))
