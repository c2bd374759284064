"""The values that service functions take and give: requests, remedies, refusals, results."""

from dataclasses import dataclass, field
from datetime import date

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
    method: str = ""  # "Visa ending 4242", "store credit", carrier or drop-off point


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
    # The size and colour that the customer wants, by the options' names.
    wanted: dict[str, str] = field(default_factory=dict)


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
