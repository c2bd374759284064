"""Foresee who hears what in the next days, and why not: the gate on a clock of its own.

Nothing is written. What will happen until then is not known: facts stay as they are today, save
for the touches that the preview itself sends.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import batched, groupby

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from careline.journey.models import Touch
from careline.journey.words import Channel, TouchReason, Verdict
from careline.service.policies.contact import ContactPolicy
from careline.touches.decision import Decision
from careline.touches.facts import CustomerFacts, SentTouch
from careline.touches.gate import decide
from careline.touches.gather import facts_for, orders_to_look_up, silent_since_of, since_of
from careline.touches.pauses import paused
from careline.touches.playbook import Playbook

CUSTOMERS_AT_ONCE = 200
MOST_TOUCHES = 5_000
_MOST_LOOKS = 2_000  # at one customer; hourly looks at what is held for weeks end here
_GOES = (Verdict.SEND, Verdict.SWAP, Verdict.HOLD_OUT)


@dataclass(frozen=True)
class HeldFor:
    why: TouchReason
    note: str
    since: datetime
    until: datetime


@dataclass
class Foreseen:
    """What is to become of one touch: `verdict` is None while it is held beyond the preview."""

    touch_id: str
    customer_id: str
    playbook: str
    subject: str
    at: datetime  # when it goes or is dropped; else when it is looked at again
    verdict: Verdict | None
    why: TouchReason
    note: str = ""
    channel: Channel | None = None
    held: list[HeldFor] = field(default_factory=list)  # each reason once, in their order


def preview(
    session: Session,
    now: datetime,
    playbooks: Mapping[str, Playbook],
    policy: ContactPolicy,
    *,
    days: int = 7,
    customer_id: str | None = None,
) -> list[Foreseen]:
    """All planned touches that come up within so many days, by time; at most MOST_TOUCHES."""
    until = now + timedelta(days=days)
    stopped = paused(session)
    foreseen: list[Foreseen] = []
    for touches in _by_chunks(_planned(session, until, customer_id)):
        unknown = dict.fromkeys(orders_to_look_up(touches, playbooks))  # the shop is not asked here
        silent = silent_since_of(touches, playbooks)
        facts = facts_for(session, now, since_of(touches), playbooks, policy, unknown, silent)
        for each, theirs in groupby(touches, key=lambda touch: touch.customer_id):
            walk = _Walk(facts[each], playbooks, policy, stopped)
            foreseen += walk.until(list(theirs), now, until)
    return sorted(foreseen, key=lambda one: (one.at, one.customer_id, one.touch_id))


def _planned(session: Session, until: datetime, customer_id: str | None) -> Sequence[Touch]:
    planned = (
        select(Touch)
        .where(text("state IN ('planned', 'sending')"), Touch.due_at <= until)
        .order_by(Touch.due_at, Touch.id)
        .limit(MOST_TOUCHES)
    )
    if customer_id is not None:
        planned = planned.where(Touch.customer_id == customer_id)
    return session.scalars(planned).all()


def _by_chunks(touches: Sequence[Touch]) -> Iterator[list[Touch]]:
    by_customer: dict[str, list[Touch]] = {}
    for touch in touches:
        by_customer.setdefault(touch.customer_id, []).append(touch)
    for some in batched(by_customer.values(), CUSTOMERS_AT_ONCE):
        yield [touch for theirs in some for touch in theirs]


@dataclass
class _Walk:
    """One customer's next days."""

    facts: CustomerFacts
    playbooks: Mapping[str, Playbook]
    policy: ContactPolicy
    stopped: frozenset[str]

    def until(self, touches: list[Touch], now: datetime, end: datetime) -> list[Foreseen]:
        due = {touch.id: max(touch.due_at, now) for touch in touches}
        told = {touch.id: _not_yet(touch, due[touch.id]) for touch in touches}
        for _ in range(_MOST_LOOKS):
            at = min(due.values(), default=end)
            if at >= end:
                break
            ready = [touch for touch in touches if due.get(touch.id, end) <= at]
            decided = decide(ready, self.playbooks, self.facts, self.policy, at, self.stopped)
            for touch, decision in decided:
                self._take(touch, decision, at, due, told[touch.id])
        return list(told.values())

    def _take(
        self,
        touch: Touch,
        decision: Decision,
        at: datetime,
        due: dict[str, datetime],
        foreseen: Foreseen,
    ) -> None:
        foreseen.why, foreseen.note, foreseen.at = decision.why, decision.note, at
        if decision.verdict is Verdict.HOLD and decision.until is not None:
            due[touch.id] = foreseen.at = decision.until
            _note_hold(foreseen, decision, at, decision.until)
            return
        del due[touch.id]
        foreseen.verdict, foreseen.channel = decision.verdict, decision.channel
        if decision.verdict in _GOES:
            book = self.playbooks[touch.playbook]
            left = SentTouch.of(book, touch.id, touch.playbook, touch.subject, at)
            self.facts = replace(self.facts, sent=(*self.facts.sent, left))


def _not_yet(touch: Touch, due_at: datetime) -> Foreseen:
    why = TouchReason.AWAITING if touch.awaits else TouchReason.TOO_EARLY
    return Foreseen(touch.id, touch.customer_id, touch.playbook, touch.subject, due_at, None, why)


def _note_hold(foreseen: Foreseen, decision: Decision, at: datetime, until: datetime) -> None:
    last = foreseen.held[-1] if foreseen.held else None
    if last is not None and last.why is decision.why:
        foreseen.held[-1] = replace(last, until=until)
    else:
        foreseen.held.append(HeldFor(decision.why, decision.note, at, until))
