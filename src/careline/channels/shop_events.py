"""The shop's events as touchpoints: what each kind needs, means, and is said in one line."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
)

from careline.channels.consent_words import ConsentIn
from careline.channels.intake import Moment
from careline.journey.repository import KnownToShop
from careline.journey.words import Actor, Stage
from careline.kit.errors import Invalid
from careline.kit.zones import is_zone

Word = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)]
Line = Annotated[str, StringConstraints(strip_whitespace=True, max_length=300)]


class EventType(StrEnum):
    ORDER_PLACED = "order.placed"
    ORDER_PAID = "order.paid"
    ORDER_SHIPPED = "order.shipped"
    ORDER_DELAYED = "order.delayed"
    ORDER_DELIVERED = "order.delivered"
    ORDER_CANCELLED = "order.cancelled"
    ORDER_REFUNDED = "order.refunded"
    CUSTOMER_CREATED = "customer.created"
    CUSTOMER_UPDATED = "customer.updated"


def _zone(name: str) -> str:
    if name and not is_zone(name):
        raise ValueError("a time zone is written like Europe/London")
    return name


class CustomerData(BaseModel):
    """The shop's customer; all but `ref` may be left out, then the shop itself is asked."""

    model_config = ConfigDict(extra="ignore")

    ref: Word
    name: Line = ""
    email: Line = ""
    phone: Line = ""
    country: Annotated[str, StringConstraints(pattern="^([A-Z]{2})?$")] = ""
    locale: Annotated[str, StringConstraints(max_length=20)] = ""
    time_zone: Annotated[str, StringConstraints(max_length=60), AfterValidator(_zone)] = ""
    currency: Annotated[str, StringConstraints(pattern="^([A-Z]{3})?$")] = ""


class MoneyData(BaseModel):
    amount: Annotated[Decimal, Field(ge=0, max_digits=14, decimal_places=2)]
    currency: Annotated[str, StringConstraints(pattern="^[A-Z]{3}$")]


class EventData(BaseModel):
    model_config = ConfigDict(extra="ignore")

    customer: CustomerData | Word
    order: Word | None = None
    reference: Word | None = None  # of a refund, or of what a promise was given for
    amount: MoneyData | None = None
    partial: bool = False  # of a refund: the rest of the order was kept
    carrier: Line = ""
    tracking: Line = ""
    expected_at: Moment | None = None
    reason: Line = ""
    consents: Annotated[list[ConsentIn], Field(max_length=20)] = Field(default_factory=list)


class ShopEvent(BaseModel):
    model_config = ConfigDict(extra="ignore")

    id: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
    type: EventType
    at: Moment
    data: EventData

    @property
    def customer(self) -> CustomerData:
        given = self.data.customer
        return given if isinstance(given, CustomerData) else CustomerData(ref=given)

    @property
    def known(self) -> KnownToShop:
        return KnownToShop(**self.customer.model_dump())

    @property
    def starts_anew(self) -> bool:
        """Somebody who was erased is taken in again when they come back themselves."""
        return self.type in (EventType.ORDER_PLACED, EventType.CUSTOMER_CREATED)


@dataclass(frozen=True)
class Meaning:
    stage: Stage
    actor: Actor
    words: str  # filled from the event's data


MEANINGS: dict[EventType, Meaning] = {
    EventType.ORDER_PLACED: Meaning(Stage.PURCHASE, Actor.CUSTOMER, "Placed order {order}{money}"),
    EventType.ORDER_PAID: Meaning(Stage.PURCHASE, Actor.CUSTOMER, "Paid order {order}{money}"),
    EventType.ORDER_SHIPPED: Meaning(Stage.DELIVERY, Actor.SHOP, "Order {order} left{carrier}"),
    EventType.ORDER_DELAYED: Meaning(Stage.DELIVERY, Actor.SHOP, "Order {order} is late{until}"),
    EventType.ORDER_DELIVERED: Meaning(
        Stage.DELIVERY, Actor.SHOP, "Order {order} was delivered{carrier}"
    ),
    EventType.ORDER_CANCELLED: Meaning(
        Stage.PURCHASE, Actor.SHOP, "Order {order} was cancelled{reason}"
    ),
    EventType.ORDER_REFUNDED: Meaning(
        Stage.SERVICE, Actor.SHOP, "Money paid back for order {order}{money}"
    ),
    EventType.CUSTOMER_CREATED: Meaning(
        Stage.AWARENESS, Actor.CUSTOMER, "Became a customer of the shop"
    ),
    EventType.CUSTOMER_UPDATED: Meaning(
        Stage.AWARENESS, Actor.CUSTOMER, "Changed their details at the shop"
    ),
}


def parse_event(given: Any) -> ShopEvent:
    """Raises Invalid with the field and what is allowed there."""
    try:
        event = ShopEvent.model_validate(given)
    except ValidationError as error:
        raise as_invalid(error) from None
    if event.type.startswith("order.") and event.data.order is None:
        raise Invalid(f"{event.type} needs the order's number.", field="data.order")
    return event


# How pydantic names the branches of "a reference or a customer's details".
_UNION = ("CustomerData", "constrained-str")


def as_invalid(error: ValidationError) -> Invalid:
    first = error.errors(include_url=False)[0]
    field = ".".join(str(part) for part in first["loc"] if part not in _UNION)
    message = first["msg"].removeprefix("Value error, ")
    return Invalid(f"{field or 'event'}: {message}.", field=field or None)


def summary(event: ShopEvent) -> str:
    data = event.data
    money = f", {data.amount.amount} {data.amount.currency}" if data.amount else ""
    return MEANINGS[event.type].words.format(
        order=data.order,
        money=money,
        carrier=f" with {data.carrier}" if data.carrier else "",
        until=f", expected {data.expected_at:%Y-%m-%d}" if data.expected_at else "",
        reason=f": {data.reason}" if data.reason else "",
    )


def about(event: ShopEvent) -> dict[str, Any]:
    data = event.data
    known: dict[str, Any] = {
        "order": data.order,
        "reference": data.reference,
        "partial": data.partial or None,
        "amount": data.amount.model_dump(mode="json") if data.amount else None,
        "tracking": data.tracking or None,
        "expected_at": data.expected_at.isoformat() if data.expected_at else None,
    }
    return {name: value for name, value in known.items() if value is not None}
