"""The values that service functions take and give: requests, remedies, refusals, results."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from careline.journey.words import CaseKind, CaseState, Resolution
from careline.shops.protocol import Money


@dataclass(frozen=True)
class Remedy:
    """One way to put it right that the policies allow, with everything that can be said of it."""

    resolution: Resolution
    by: date  # money there, parcel there, label valid until; in the customer's time zone
    amount: Money | None = None  # of a refund or credit
    collect_old: bool = False  # the goods come back; otherwise the customer keeps them
    customer_pays_shipping: bool = False
    needs_approval: str = ""  # "" or why a person must agree first, e.g. "over_the_limit"
    sku: str | None = None  # what is sent instead, in an exchange
    method: str = (
        ""  # "Visa ending 4242", "store credit"; of `none`: trace, address, variant, cancel
    )
    after_goods_are_back: bool = False  # the money follows the goods


@dataclass(frozen=True)
class Refusal:
    """Why it cannot be done as asked: one reason, with its facts for the sentence."""

    code: str  # outside_window | final_sale | already_settled | not_delivered | not_late_yet | …
    facts: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Assessment:
    """What may be done, best first; with a refusal, the remedies are what can be done instead."""

    remedies: tuple[Remedy, ...]
    refusal: Refusal | None = None


@dataclass(frozen=True)
class Request:
    """What a customer asks for. `key` names the request: asked again, it is the same one."""

    key: str
    kind: CaseKind
    customer_id: str
    conversation_id: str | None
    order_number: str | None = None
    line_id: str | None = None
    quantity: int = 1
    wished: Resolution | None = None
    details: str = ""
    reason: str = ""  # doesnt_fit | changed_mind | arrived_broken | parcel_missing | late | …
    has_photo: bool = False
    by_staff: bool = False  # a person at the desk asks, who has what was handed over in hand
    used: bool = False  # the customer says it was worn, washed or opened for good
    # The size and colour that the customer wants, by the options' names; for a change of
    # address its parts: name, street, postcode, city, country.
    wanted: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class History:
    """What the record already knows about the lines and the customer of a request."""

    settled: Mapping[str, int] = field(default_factory=dict)  # line id: pieces put right already
    under_way: str = ""  # number of a case about it that a person or the shop still has
    tracing: str = ""  # number of the case for which the carrier looks for the parcel
    last_case: str = ""  # number of the case that settled it
    goodwill_this_year: Decimal = Decimal(0)  # worth, in the currency of the order
    had_goodwill_for_this: bool = False  # a gift for the same order and kind of case
    is_recalled: bool = False  # the product of this line, for its safety


@dataclass(frozen=True)
class Settled:
    """What was done, for the bot's or the desk's sentence."""

    case_number: str
    state: CaseState
    resolution: Resolution | None
    remedy: Remedy | None = None
    reference: str | None = None  # refund, return or new order number
    details: dict[str, str] = field(default_factory=dict)  # label_url, drop_off …
    repeated: bool = False  # it had been done before; nothing was done now


@dataclass(frozen=True)
class LineChoice:
    """One order line that a customer may mean."""

    line_id: str
    order_number: str
    product: str
    variant: str  # "size 42, navy"
    category: str
    quantity: int
    state: str
    placed_on: date
    delivered_on: date | None
    score: float  # 0 to 1: how well it fits the customer's words
    price: Money
    has_open_case: str = ""  # the number of a case about it that is under way


@dataclass(frozen=True)
class OrderChoice:
    """One order that a customer may mean."""

    number: str
    state: str
    placed_on: date
    delivered_on: date | None
    total: Money
    products: tuple[str, ...]
    score: float  # 0 to 1: how well it fits the customer's words
    has_open_case: str = ""


@dataclass(frozen=True)
class ShipmentStatus:
    state: str  # preparing | shipped | in_transit | out_for_delivery | delivered | lost
    carrier: str
    tracking: str
    products: tuple[str, ...]
    expected_on: date | None
    delivered_on: date | None
    late_days: int = 0  # past the expected day and still not there


@dataclass(frozen=True)
class RefundStatus:
    order_number: str
    product: str  # "" when it is about the whole order
    amount: Money
    method: str
    state: str  # pending | paid | failed
    asked_on: date
    expected_on: date
    paid_on: date | None
    is_late: bool


@dataclass(frozen=True)
class OrderStatus:
    """An order for its sentence: carrier to late days are those of the parcel waited for."""

    number: str
    state: str
    placed_on: date
    delivered_on: date | None
    total: Money
    products: tuple[str, ...]
    shipments: tuple[ShipmentStatus, ...]
    refunds: tuple[RefundStatus, ...]
    carrier: str = ""
    tracking: str = ""
    expected_on: date | None = None
    late_days: int = 0
    can_be_cancelled: bool = False
    address: str = ""  # "12 Quay St, Bristol", to check it with its owner
