"""Derive where a customer is on their journey from what happened, and say why.

Pure: events and the time come in, spans go out. Nothing is remembered between two
derivations, so that a rebuild gives the same history, and events that arrive late or in
another order change nothing but their own place. Words of the rules: RULES, below.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice, pairwise
from typing import NamedTuple

from careline.journey.feelings import valence
from careline.journey.words import Actor, Stage

UNBOXING = timedelta(days=2)  # after the parcel came, before it counts as in use
SILENCE = timedelta(days=180)  # without a word or a purchase, a customer is leaving
KEPT_ORDERS = 3  # from so many orders on, a pleased customer is loyal
SHOWN = 8  # events named as the reason of a span, the latest ones
FEELINGS = 5  # the latest so many known feelings make up "pleased"

# Every derived stage names one of these; the page shows the words beside the stage.
RULES: dict[str, tuple[Stage, str]] = {
    "first_contact": (Stage.AWARENESS, "was in touch and has bought nothing yet"),
    "looked_at_products": (Stage.CONSIDERATION, "asked about or looked at products, not bought"),
    "order_placed": (Stage.PURCHASE, "an order is placed and not shipped yet"),
    "order_on_its_way": (Stage.DELIVERY, "an order is shipped and not delivered yet"),
    "order_arrived": (Stage.DELIVERY, f"an order came less than {UNBOXING.days} days ago"),
    "in_use": (Stage.USE, "has what was ordered"),
    "bought_before": (Stage.CONSIDERATION, "ordered before, and kept nothing of it"),
    "case_open": (Stage.SERVICE, "a case is open"),
    "pleased_and_kept": (
        Stage.LOYALTY,
        f"kept {KEPT_ORDERS} orders or more and was pleased on balance lately",
    ),
    "silent": (Stage.LEAVING, f"bought, then was silent for {SILENCE.days} days"),
    "account_closed": (Stage.LEAVING, "closed the account or ended the membership"),
    "in_touch_again": (Stage.RETURNING, "was leaving, and is in touch again"),
    "bought_again": (Stage.RETURNING, "was leaving, and has bought again"),
}

# Which events bring a customer to consideration before they have bought anything.
LOOKING = frozenset({"product.viewed", "product.asked", "basket.added", "wishlist.added"})
LEFT = frozenset({"account.closed", "membership.ended"})
CASE_OPENS = frozenset({"case.opened", "case.reopened"})
CASE_ENDS = frozenset({"case.resolved", "case.declined", "case.withdrawn"})

# Events of one instant are taken in the order in which things happen in a shop.
_SEQUENCE = (
    "customer.created",
    "order.placed",
    "order.paid",
    "order.shipped",
    "order.delayed",
    "order.delivered",
    "case.opened",
    "case.resolved",
    "case.declined",
    "case.withdrawn",
    "case.reopened",
    "order.returned",
    "order.refunded",
    "order.cancelled",
)
_RANK = {kind: rank for rank, kind in enumerate(_SEQUENCE)}


class StageEvent(NamedTuple):
    """What the rules need to know of a touchpoint; a tuple, for a journey may hold thousands."""

    id: str
    at: datetime
    kind: str
    stage: str = ""  # the one it was filed under; only tells awareness from consideration
    actor: str = Actor.CUSTOMER
    emotion: str | None = None
    order: str | None = None
    case: str | None = None
    partial: bool = False  # of a refund or return: the rest of the order was kept
    key: str = ""  # source and its id: orders events of one instant, whatever the arrival


@dataclass(frozen=True)
class StageSpan:
    stage: Stage
    since: datetime
    until: datetime | None  # None: still so
    rule: str
    events: tuple[str, ...]  # ids of the events that led to it

    @property
    def why(self) -> str:
        return RULES[self.rule][1]


@dataclass(frozen=True)
class StageHistory:
    stage: Stage
    rule: str
    since: datetime | None
    spans: tuple[StageSpan, ...]
    # Until then nothing changes by time alone; None: it never does.
    holds_until: datetime | None = None
    latest: StageSpan | None = None  # the last of all, where `spans` are those of a page


def derive(events: Sequence[StageEvent], now: datetime) -> StageHistory:
    """The whole history up to `now`; what lies in the future is left out.

    What happened before a moment alone decides the spans that begin before it.
    """
    past = sorted((e for e in events if e.at <= now), key=_order)
    holds_until = _next_change(events, now)
    spans: list[StageSpan] = []
    facts = _Facts()
    for tick in _ticks(past, now):
        facts.take(tick)
        rule = facts.rule()
        stage = RULES[rule][0]
        if spans and spans[-1].stage == stage:
            continue
        because = facts.events_behind(rule)
        if spans:
            last = spans[-1]
            spans[-1] = StageSpan(last.stage, last.since, tick.at, last.rule, last.events)
        spans.append(StageSpan(stage, tick.at, None, rule, because))
    if not spans:
        return StageHistory(Stage.AWARENESS, "first_contact", None, (), holds_until)
    last = spans[-1]
    return StageHistory(last.stage, last.rule, last.since, tuple(spans), holds_until, last)


def _next_change(events: Sequence[StageEvent], now: datetime) -> datetime | None:
    """When, if nothing else happens, a derivation may next say something else."""
    moments = [e.at for e in events]
    moments += [e.at + UNBOXING for e in events if e.kind == "order.delivered"]
    signs = [e.at for e in events if e.at <= now and _sign_of_life(e)]
    moments += [max(signs) + SILENCE] if signs else []
    return min((moment for moment in moments if moment > now), default=None)


def _order(event: StageEvent) -> tuple[datetime, int, str]:
    return event.at, _RANK.get(event.kind, len(_RANK)), event.key or event.id


class _Tick(NamedTuple):
    """An event, or the moment at which time alone changes something."""

    at: datetime
    event: StageEvent
    what: str = "event"  # event | unboxed | silent


def _ticks(past: Sequence[StageEvent], now: datetime) -> list[_Tick]:
    ticks = [_Tick(e.at, e) for e in past]
    ticks += [
        _Tick(e.at + UNBOXING, e, "unboxed")
        for e in past
        if e.kind == "order.delivered" and e.at + UNBOXING <= now
    ]
    signs = [e for e in past if _sign_of_life(e)]
    gaps = [(a, b.at) for a, b in pairwise(signs)] + [(e, now) for e in signs[-1:]]
    ticks += [_Tick(e.at + SILENCE, e, "silent") for e, until in gaps if e.at + SILENCE <= until]
    # Sorting is stable: what time alone changes comes after the events of the same instant.
    return sorted(ticks, key=lambda tick: tick.at)


def _sign_of_life(event: StageEvent) -> bool:
    """What we sent on our own says nothing about the customer."""
    return event.actor != Actor.CARELINE


@dataclass
class _Facts:
    """What is known at one moment, each with the event that says so."""

    bought: str | None = None
    waiting: dict[str, str] = field(default_factory=dict)  # order -> event, not shipped
    on_its_way: dict[str, str] = field(default_factory=dict)
    arrived: dict[str, str] = field(default_factory=dict)  # being unboxed
    kept: dict[str, str] = field(default_factory=dict)
    cases: dict[str, str] = field(default_factory=dict)
    looked: str | None = None
    lapsed: str | None = None  # the last event before the silence, until bought again
    lapsed_rule: str = "silent"
    touched_again: str | None = None
    first: str = ""
    feelings: deque[tuple[int, str]] = field(default_factory=lambda: deque(maxlen=FEELINGS))

    def take(self, tick: _Tick) -> None:
        event = tick.event
        if tick.what == "unboxed":
            self._unbox(event)
        elif tick.what == "silent":
            self._fall_silent(event)
        else:
            self._happen(event)

    def _unbox(self, event: StageEvent) -> None:
        if self.arrived.get(_about_order(event)) == event.id:
            del self.arrived[_about_order(event)]

    def _fall_silent(self, event: StageEvent) -> None:
        if self.bought:
            self.lapsed, self.lapsed_rule, self.touched_again = event.id, "silent", None

    def _happen(self, event: StageEvent) -> None:
        self.first = self.first or event.id
        if event.kind.startswith("order."):
            self._happen_to_order(event)
        elif event.case and event.kind in CASE_OPENS:
            self.cases.setdefault(event.case, event.id)
        elif event.case and event.kind in CASE_ENDS:
            self.cases.pop(event.case, None)
        elif event.kind in LEFT:
            self.lapsed, self.lapsed_rule, self.touched_again = event.id, "account_closed", None
        elif event.kind in LOOKING or event.stage == Stage.CONSIDERATION:
            self.looked = event.id
        if event.emotion:
            self.feelings.append((valence(event.emotion), event.id))
        if self.lapsed and event.actor == Actor.CUSTOMER and event.kind not in LEFT:
            self.touched_again = event.id

    def _happen_to_order(self, event: StageEvent) -> None:
        order = _about_order(event)
        gone = event.kind in ("order.cancelled", "order.returned", "order.refunded")
        if gone and event.partial:
            return
        if event.kind in ("order.placed", "order.paid"):
            known = order in self.on_its_way or order in self.kept
            if not known and order not in self.waiting:
                self.waiting[order] = event.id
            self.bought = self.bought or event.id
        elif event.kind in ("order.shipped", "order.delivered") or gone:
            self.waiting.pop(order, None)
            self.on_its_way.pop(order, None)
            self.arrived.pop(order, None)
            self.kept.pop(order, None)
            self._arrive(event, order)

    def _arrive(self, event: StageEvent, order: str) -> None:
        if event.kind == "order.shipped":
            self.bought = self.bought or event.id
            self.on_its_way[order] = event.id
        elif event.kind == "order.delivered":
            self.bought = self.bought or event.id
            self.arrived[order] = self.kept[order] = event.id
            self.lapsed = self.touched_again = None

    def rule(self) -> str:
        """The first rule that holds, strongest first."""
        if self.cases:
            return "case_open"
        if self.lapsed:
            return self._rule_while_lapsed()
        if self.on_its_way:
            return "order_on_its_way"
        if self.waiting:
            return "order_placed"
        if self.arrived:
            return "order_arrived"
        if len(self.kept) >= KEPT_ORDERS and sum(value for value, _ in self.feelings) > 0:
            return "pleased_and_kept"
        return self._rule_otherwise()

    def _rule_while_lapsed(self) -> str:
        if self.touched_again is None:
            return self.lapsed_rule
        bought_again = self.touched_again in self.waiting.values()
        return "bought_again" if bought_again else "in_touch_again"

    def _rule_otherwise(self) -> str:
        if self.kept:
            return "in_use"
        if self.bought:
            return "bought_before"
        return "looked_at_products" if self.looked else "first_contact"

    def events_behind(self, rule: str) -> tuple[str, ...]:
        by_order = {
            "case_open": self.cases,
            "order_on_its_way": self.on_its_way,
            "order_placed": self.waiting,
            "order_arrived": self.arrived,
            "in_use": self.kept,
            "pleased_and_kept": self.kept,
        }
        one_by_one = {
            "silent": (self.lapsed,),
            "account_closed": (self.lapsed,),
            "bought_again": (self.lapsed, self.touched_again),
            "in_touch_again": (self.lapsed, self.touched_again),
            "bought_before": (self.bought,),
            "looked_at_products": (self.looked,),
            "first_contact": (self.first,),
        }
        behind = (
            _latest(by_order[rule])
            if rule in by_order
            else tuple(event for event in one_by_one[rule] if event)
        )
        if rule == "pleased_and_kept":
            behind += tuple(event for value, event in self.feelings if value > 0)
        return tuple(dict.fromkeys(behind))


def _about_order(event: StageEvent) -> str:
    return event.order or f"event {event.id}"  # an order without a number is one of its own


def _latest(events: dict[str, str]) -> tuple[str, ...]:
    """A few are enough to see why, and a journey may hold thousands."""
    return tuple(islice(reversed(events.values()), SHOWN))[::-1]
