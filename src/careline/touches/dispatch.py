"""Send the touches that are due: judge, claim, and put each into its outlet exactly once.

Rows with a due time are the truth; who calls this, how often and in how many processes does not
matter. A claimed touch is due again when its lease runs out: nothing of it was put, for the
message or e-mail, the touch and its decision are written in one unit of work.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import batched
from typing import Any

from sqlalchemy import bindparam, insert, select, text, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from careline.conversation.claims import Holder
from careline.journey import touchpoints
from careline.journey.models import Conversation, Customer, Touch, TouchDecision
from careline.journey.words import Actor, Channel, Stage, TouchReason, TouchState, Verdict
from careline.kit.ids import new_id
from careline.kit.logging import get_logger
from careline.kit.rows import table_of
from careline.service import gifts
from careline.service.policies.base import amount_in
from careline.service.services import Services
from careline.shops.protocol import Money, ShopUnavailable
from careline.touches import rates
from careline.touches.decision import Decision
from careline.touches.facts import CustomerFacts
from careline.touches.gather import orders_to_look_up
from careline.touches.judging import Judged, judge
from careline.touches.playbook import Playbook
from careline.touches.ports import NotPut, Outlet, Put, Words

log = get_logger("touches")

LEASE = timedelta(minutes=2)
JUDGED_AT_ONCE = 200  # customers
PUT_AT_ONCE = 20  # touches in one unit of work: others wait for the database as long
MOST_TRIES = 8
LONGEST_BACK_OFF = timedelta(hours=4)
_GOES = (Verdict.SEND, Verdict.SWAP, Verdict.HOLD_OUT)
_LEAVES = (Verdict.SEND, Verdict.SWAP)
# As the index has it, word for word: only then do the databases use it.
_LOOKED_AT = text("state IN ('planned', 'sending')")
_TABLE = table_of(Touch)
_DECISIONS = table_of(TouchDecision)

AtStep = Callable[[str], None]


@dataclass(frozen=True)
class Counts:
    """What became of touches that were looked at."""

    sent: int = 0
    held: int = 0
    held_out: int = 0
    dropped: int = 0
    failed: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(
            self.sent + other.sent,
            self.held + other.held,
            self.held_out + other.held_out,
            self.dropped + other.dropped,
            self.failed + other.failed,
        )


class _OneFailed(Exception):
    """Of touches put together one could not be; none of them was."""


@dataclass
class _Written:
    """Rows that one unit of work writes for many touches, by as few statements."""

    now: datetime
    touches: list[dict[str, Any]] = field(default_factory=list)
    decisions: list[dict[str, Any]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    conversations: list[str] = field(default_factory=list)  # that have news
    ended: list[str] = field(default_factory=list)  # touches that will never leave
    counts: Counter[str] = field(default_factory=Counter)

    def as_counts(self) -> Counts:
        return Counts(**self.counts)


class Dispatcher:
    """The edge that commits: short units of work, none open while the shop is asked."""

    def __init__(
        self,
        services: Services,
        playbooks: Mapping[str, Playbook],
        words: Words,
        outlets: Iterable[Outlet],
        *,
        nudge: Callable[[str], None] = lambda conversation_id: None,
        at_step: AtStep = lambda step: None,
    ) -> None:
        self._services = services
        self._database = services.database
        self._clock = services.clock
        self._policy = services.policies.contact
        self._playbooks = playbooks
        self._words = words
        self._outlets = {outlet.channel: outlet for outlet in outlets}
        self._nudge = nudge
        self._at_step = at_step  # tests stop the process here, to see what is left
        self._holder = Holder()

    def run_due(self) -> Counts:
        """One pass over all that is due at the clock's time."""
        total, seen = Counts(), set[str]()
        while True:
            customers = [each for each in self.due(JUDGED_AT_ONCE) if each not in seen]
            if not customers:
                return total
            seen.update(customers)
            total += self.handle(customers)

    def handle(self, customer_ids: Sequence[str]) -> Counts:
        """Judge these customers' due touches, and send what may go."""
        claimed, counts = self.judge(customer_ids)
        for some in batched(claimed, PUT_AT_ONCE):
            counts += self.deliver(some)
        return counts

    def due(self, limit: int) -> dict[str, datetime]:
        """Customers with a touch that is due, and since when; the longest due first."""
        found: dict[str, datetime] = {}
        with self._database.read() as session:
            rows = session.execute(
                select(Touch.customer_id, Touch.due_at)
                .where(_LOOKED_AT, Touch.due_at <= self._clock.now())
                .order_by(Touch.due_at, Touch.id)
                .limit(limit)
            )
            for customer_id, due_at in rows:
                found.setdefault(customer_id, due_at)
        return found

    # Judging

    def judge(self, customer_ids: Sequence[str]) -> tuple[list[str], Counts]:
        """Decide over the due touches of these customers; the ids of those claimed to be sent."""
        now = self._clock.now()
        with self._database.read() as session:
            touches = _due_touches(session, now, customer_ids)
        if not touches:
            return [], Counts()
        categories = self._categories(touches)
        with self._database.read() as session:
            judged = self._judge(session, now, touches, categories)
        self._at_step("judged")
        with self._database.begin() as session:
            untouched = _as_they_were(session, judged.decided)
            claimed, written = self._write_judgement(session, now, untouched)
            _flush(session, written)
        self._at_step("claimed")
        return claimed, written.as_counts()

    def _judge(
        self,
        session: Session,
        now: datetime,
        touches: Sequence[Touch],
        categories: Mapping[str, frozenset[str] | None],
    ) -> Judged:
        return judge(session, now, touches, self._playbooks, self._policy, categories)

    def _write_judgement(
        self, session: Session, now: datetime, decided: Sequence[tuple[Touch, Decision]]
    ) -> tuple[list[str], _Written]:
        """Holds and drops are written; what may go is claimed, as far as the rates allow."""
        written, claimed = _Written(now), []
        goes: dict[Channel, list[Touch]] = {}
        for touch, decision in decided:
            if decision.verdict in _GOES and decision.channel is not None:
                goes.setdefault(decision.channel, []).append(touch)
            else:
                _note_decision(written, touch, decision)
        for channel, touches in goes.items():
            per_second = self._policy.rate_per_second.get(channel, len(touches))
            granted = rates.take(session, now, channel, len(touches), per_second)
            for touch in touches[:granted]:
                claimed.append(touch.id)
                written.touches.append(self._claim(touch, now))
            for behind, touch in enumerate(touches[granted:]):
                until = rates.free_again(now, behind, per_second)
                _note_decision(written, touch, _busy(until, channel))
        return claimed, written

    def _claim(self, touch: Touch, now: datetime) -> dict[str, Any]:
        until = now + LEASE
        return _row(
            touch,
            now,
            state=TouchState.SENDING.value,
            claimed_by=str(self._holder),
            claimed_until=until,
            due_at=until,
            tries=touch.tries + 1,
        )

    def _categories(self, touches: Sequence[Touch]) -> dict[str, frozenset[str] | None]:
        """Of the orders that a playbook's `whom` asks about; None where the shop does not answer.

        It is asked outside of all units of work.
        """
        found: dict[str, frozenset[str] | None] = {}
        for number in orders_to_look_up(touches, self._playbooks):
            try:
                order = self._services.shop.order(number)
            except ShopUnavailable:
                log.warning("touch.order_unknown", order=number)
                found[number] = None
                continue
            if order is not None:
                found[number] = frozenset(line.variant.category for line in order.lines)
        return found

    # Sending

    def deliver(self, touch_ids: Sequence[str]) -> Counts:
        """Put claimed touches into their outlets, after a last look at the facts.

        Safe to be called again, or twice at once: a touch that is not being sent any more is
        left alone.
        """
        ids = list(touch_ids)
        ungranted = self._grant_gifts(ids)
        with self._database.read() as session:
            categories = self._categories(_being_sent(session, ids))
        self._at_step("worded")
        try:
            written = self._deliver(ids, ungranted, categories, each_apart=False)
        except _OneFailed:
            written = self._deliver(ids, ungranted, categories, each_apart=True)
        self._at_step("sent")
        for conversation_id in written.conversations:
            self._nudge(conversation_id)
        return written.as_counts()

    def _deliver(
        self,
        ids: list[str],
        ungranted: Mapping[str, Decision],
        categories: Mapping[str, frozenset[str] | None],
        *,
        each_apart: bool,
    ) -> _Written:
        """One unit of work. Raises _OneFailed unless each touch is to fail by itself, which takes a
        savepoint for each: a third of the time, so only when one has failed.
        """
        with self._database.begin() as session:
            now = self._clock.now()
            written = _Written(now)
            customers, touches = _locked(session, ids)
            judged = self._judge(session, now, touches, categories)
            for touch, decision in judged.decided:
                if touch.id in ungranted and decision.verdict in _LEAVES:
                    decision = ungranted[touch.id]
                self._do(
                    session, written, touch, decision, judged.facts, customers, apart=each_apart
                )
            _flush(session, written)
            self._at_step("put")
        return written

    def _do(
        self,
        session: Session,
        written: _Written,
        touch: Touch,
        decision: Decision,
        facts: Mapping[str, CustomerFacts],
        customers: Mapping[str, Customer],
        *,
        apart: bool,
    ) -> None:
        if decision.verdict is Verdict.HOLD_OUT:
            self._hold_out(written, touch, decision)
        elif decision.verdict in _LEAVES:
            self._send(
                session, written, touch, decision, facts[touch.customer_id],
                customers[touch.customer_id], apart=apart,
            )  # fmt: skip
        else:
            _note_decision(written, touch, decision)

    def _send(
        self,
        session: Session,
        written: _Written,
        touch: Touch,
        decision: Decision,
        facts: CustomerFacts,
        customer: Customer,
        *,
        apart: bool,
    ) -> None:
        now = written.now
        try:
            with session.begin_nested() if apart else nullcontext():
                put = self._put(session, now, touch, decision, facts, customer)
        except OperationalError:
            raise  # the database, not this touch
        except Exception as error:
            if not apart:
                raise _OneFailed from error
            self._note_failed(written, touch, error)
        else:
            self._note_sent(written, touch, decision, put, customer, facts)

    def _note_failed(self, written: _Written, touch: Touch, error: Exception) -> None:
        if not isinstance(error, NotPut):  # one that cannot be worded must not stop others
            log.error("touch.fault", touch=touch.id, playbook=touch.playbook, exc_info=error)
            error = NotPut(TouchReason.CHANNEL_DOWN, type(error).__name__, again=True)
        _note_decision(written, touch, _not_put(touch, written.now, error))

    def _put(
        self,
        session: Session,
        now: datetime,
        touch: Touch,
        decision: Decision,
        facts: CustomerFacts,
        customer: Customer,
    ) -> Put:
        outlet = self._outlets.get(decision.channel) if decision.channel else None
        if outlet is None:
            raise NotPut(
                TouchReason.NO_CHANNEL, f"nothing sends by {decision.channel}", again=False
            )
        worded = self._words.word(
            self._playbooks[touch.playbook],
            touch,
            name=customer.name,
            locale=customer.locale,
            zone=facts.zone,
            now=now,
            facts=facts,
        )
        return outlet.put(session, now, touch, worded, facts, customer, template=decision.template)

    def _note_sent(
        self,
        written: _Written,
        touch: Touch,
        decision: Decision,
        put: Put,
        customer: Customer,
        facts: CustomerFacts,
    ) -> None:
        now, book = written.now, self._playbooks[touch.playbook]
        written.touches.append(
            _row(
                touch,
                now,
                **_verdict(touch, decision, now),
                state=TouchState.SENT.value,
                claimed_by=None,
                claimed_until=None,
                channel=decision.channel.value if decision.channel else None,
                template=decision.template,
                conversation_id=put.conversation_id,
                message_id=put.message_id,
                email_id=put.email_id,
                cost=book.cost.get(customer.currency, Decimal(0)),
                currency=customer.currency,
                sent_at=now,
                delivered_at=now if put.is_delivered else None,
                goal_until=now + book.goal.within.length if book.goal else None,
            )
        )
        written.decisions.append(_decision_row(touch, decision, now))
        written.events.append(_sent_event(written.now, touch, book, decision, put, facts))
        written.counts["sent"] += 1
        if put.conversation_id:
            written.conversations.append(put.conversation_id)

    def _hold_out(self, written: _Written, touch: Touch, decision: Decision) -> None:
        now, book = written.now, self._playbooks[touch.playbook]
        written.touches.append(
            _row(
                touch,
                now,
                **_verdict(touch, decision, now),
                state=TouchState.HELD_OUT.value,
                claimed_by=None,
                claimed_until=None,
                channel=decision.channel.value if decision.channel else None,
                sent_at=now,
                goal_until=now + book.goal.within.length if book.goal else None,
            )
        )
        written.decisions.append(_decision_row(touch, decision, now))
        written.counts["held_out"] += 1

    # Gifts

    def _grant_gifts(self, ids: list[str]) -> dict[str, Decision]:
        """Have gifts granted before their words go out; the decisions for those that are not."""
        giving = {name for name, book in self._playbooks.items() if book.gift}
        if not giving:
            return {}
        now = self._clock.now()
        with self._database.read() as session:
            touches = [t for t in _being_sent(session, ids) if t.playbook in giving]
        categories = self._categories(touches)
        with self._database.read() as session:
            decided = self._judge(session, now, touches, categories).decided
            currencies = {
                t.id: session.get_one(Customer, t.customer_id).currency for t, _ in decided
            }
        # The hold-out group, and whoever would be held now after all, gets none (yet).
        leaving = [touch for touch, decision in decided if decision.verdict in _LEAVES]
        refused = {}
        for touch in leaving:
            if decision := self._grant(touch, currencies[touch.id]):
                refused[touch.id] = decision
        return refused

    def _grant(self, touch: Touch, currency: str) -> Decision | None:
        gift = self._playbooks[touch.playbook].gift
        assert gift is not None  # those who have none were left out
        worth = Money(amount_in(gift.worth, currency), currency)
        try:
            given = gifts.give(
                self._services,
                touch_id=touch.id,
                customer_id=touch.customer_id,
                worth=worth,
                why=gift.why.format_map(_Fields(touch.about or {})),
            )
        except ShopUnavailable:
            waits = NotPut(TouchReason.CHANNEL_DOWN, "the shop does not answer", again=True)
            return _not_put(touch, self._clock.now(), waits)
        if given:
            return None
        note = f"{worth.amount} {worth.currency}"
        return Decision(Verdict.DROP, TouchReason.GIFT_NOT_GRANTED, note=note)


class _Fields(dict[str, Any]):
    """Words with a field that nobody filled keep its name: a reason in the record, for staff."""

    def __missing__(self, key: str) -> str:
        return key.replace("_", " ")


def _due_touches(session: Session, now: datetime, customer_ids: Sequence[str]) -> list[Touch]:
    return list(
        session.scalars(
            select(Touch)
            .where(Touch.customer_id.in_(customer_ids), _LOOKED_AT, Touch.due_at <= now)
            .order_by(Touch.customer_id, Touch.id)
        )
    )


def _being_sent(session: Session, ids: Sequence[str]) -> list[Touch]:
    return list(
        session.scalars(select(Touch).where(Touch.id.in_(ids), Touch.state == TouchState.SENDING))
    )


def _as_they_were(
    session: Session, decided: Sequence[tuple[Touch, Decision]]
) -> list[tuple[Touch, Decision]]:
    """Those that nobody else took, moved or ended since they were read; held until the end."""
    by_id = {touch.id: (touch, decision) for touch, decision in decided}
    rows = session.execute(
        select(Touch.id, Touch.state, Touch.due_at)
        .where(Touch.id.in_(by_id))
        .order_by(Touch.id)
        .with_for_update(skip_locked=True)
    )
    same = {
        touch_id
        for touch_id, state, due_at in rows
        if (state, due_at) == (by_id[touch_id][0].state, by_id[touch_id][0].due_at)
    }
    return [pair for touch_id, pair in by_id.items() if touch_id in same]


def _locked(session: Session, ids: Sequence[str]) -> tuple[dict[str, Customer], list[Touch]]:
    """Conversations, customers, touches, each in one order: as turns and settlements take them.

    Whoever else decides about a customer waits here.
    """
    theirs = select(Touch.customer_id).where(Touch.id.in_(ids))
    session.execute(
        select(Conversation.id)
        .where(Conversation.customer_id.in_(theirs), Conversation.channel == Channel.WEB)
        .order_by(Conversation.id)
        .with_for_update()
    )
    customers = session.scalars(
        select(Customer)
        .where(Customer.id.in_(theirs))
        .order_by(Customer.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    by_id = {customer.id: customer for customer in customers}
    touches = session.scalars(
        select(Touch)
        .where(Touch.id.in_(ids), Touch.state == TouchState.SENDING)
        .order_by(Touch.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return by_id, [touch for touch in touches if touch.customer_id in by_id]


def _note_decision(written: _Written, touch: Touch, decision: Decision) -> None:
    """Held or dropped (or failed): the touch's row, and a line in the record if that is news."""
    now = written.now
    values: dict[str, Any] = {
        **_verdict(touch, decision, now),
        "claimed_by": None,
        "claimed_until": None,
    }
    if decision.verdict is Verdict.HOLD:
        values |= {
            "state": TouchState.PLANNED.value,
            "due_at": decision.until,
            "holds": touch.holds + 1,
        }
        written.counts["held"] += 1
    elif decision.why in (TouchReason.CHANNEL_REFUSED, TouchReason.CHANNEL_DOWN):
        values |= {"state": TouchState.FAILED.value, "failed_at": now}
        written.counts["failed"] += 1
    else:
        values |= {"state": TouchState.DROPPED.value}
        written.counts["dropped"] += 1
    if decision.verdict is not Verdict.HOLD:
        written.ended.append(touch.id)
    written.touches.append(_row(touch, now, **values))
    if decision.verdict is not Verdict.HOLD or touch.why != decision.why.value:
        written.decisions.append(_decision_row(touch, decision, now))


def _verdict(touch: Touch, decision: Decision, now: datetime) -> dict[str, Any]:
    return {"why": decision.why.value, "why_note": decision.note[:300], "decided_at": now}


# All columns that are ever written here, so that one statement does for many touches.
_COLUMNS = (
    "state", "why", "why_note", "decided_at", "due_at", "holds", "claimed_by", "claimed_until",
    "tries", "channel", "template", "conversation_id", "message_id", "email_id", "cost", "currency",
    "sent_at", "delivered_at", "failed_at", "goal_until", "updated_at",
)  # fmt: skip
_UPDATE = (
    update(_TABLE)
    .where(_TABLE.c.id == bindparam("of"))
    .values({name: bindparam(name) for name in _COLUMNS})
)


def _row(touch: Touch, now: datetime, **changed: Any) -> dict[str, Any]:
    kept = {name: getattr(touch, name) for name in _COLUMNS}
    return {**kept, **changed, "updated_at": now, "of": touch.id}


def _decision_row(touch: Touch, decision: Decision, now: datetime) -> dict[str, Any]:
    return {
        "id": new_id("tcd"),
        "touch_id": touch.id,
        "customer_id": touch.customer_id,
        "at": now,
        "decision": decision.verdict.value,
        "why": decision.why.value,
        "note": decision.note[:300],
        "until": decision.until,
    }


def _flush(session: Session, written: _Written) -> None:
    session.flush()
    connection = session.connection()
    if written.touches:
        connection.execute(_UPDATE, written.touches)
    if written.decisions:
        connection.execute(insert(_DECISIONS), written.decisions)
    gifts.release(session, written.ended)
    # Not followed by a new derivation of the stage: what we say ourselves never changes it.
    touchpoints.append_many(session, written.events)


def _sent_event(
    now: datetime,
    touch: Touch,
    book: Playbook,
    decision: Decision,
    put: Put,
    facts: CustomerFacts,
) -> dict[str, Any]:
    # Filed under "consideration" it would read as the customer's interest in a product.
    stage = Stage.AWARENESS if facts.stage == Stage.CONSIDERATION else Stage(facts.stage)
    about = {**(touch.about or {}), "playbook": touch.playbook, "touch": touch.id}
    return touchpoints.row(
        now,
        customer_id=touch.customer_id,
        conversation_id=put.conversation_id,
        kind="touch.sent",
        stage=stage,
        actor=Actor.CARELINE,
        channel=decision.channel or Channel.WEB,
        summary=f"We wrote: {book.title}",
        about=about,
        source_id=f"touch.sent:{touch.id}",
    )


def _busy(until: datetime, channel: Channel) -> Decision:
    return Decision(Verdict.HOLD, TouchReason.CHANNEL_BUSY, until=until, note=channel.value)


def _not_put(touch: Touch, now: datetime, error: NotPut) -> Decision:
    """Tried again with ever longer waits where the channel surely did not take it."""
    wait = min(timedelta(minutes=1) * 2 ** max(touch.tries - 1, 0), LONGEST_BACK_OFF)
    again = error.again and touch.tries < MOST_TRIES
    if again and now + wait <= touch.too_late_at:
        return Decision(Verdict.HOLD, error.why, until=now + wait, note=error.note)
    if error.again:
        return Decision(Verdict.DROP, TouchReason.CHANNEL_DOWN, note=error.note)
    return Decision(Verdict.DROP, error.why, note=error.note)
