"""What one unit of work writes about many touches, by as few statements as there are tables."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import bindparam, insert, update
from sqlalchemy.orm import Session

from careline.journey import touchpoints
from careline.journey.models import Customer, Touch, TouchDecision
from careline.journey.words import Actor, Channel, Stage, TouchReason, TouchState, Verdict
from careline.kit.ids import new_id
from careline.kit.many import any_named
from careline.kit.rows import table_of
from careline.service import gifts
from careline.touches.decision import Decision
from careline.touches.facts import CustomerFacts
from careline.touches.playbook import Playbook
from careline.touches.ports import Put

LEASE = timedelta(minutes=2)
_TABLE = table_of(Touch)
_DECISIONS = table_of(TouchDecision)
# All columns that a decision ever changes, so that one statement does for many touches.
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
_CLAIM = (
    update(_TABLE)
    .where(any_named(_TABLE.c.id, "ids"))
    .values(
        state=TouchState.SENDING.value,
        claimed_by=bindparam("by"),
        claimed_until=bindparam("until"),
        due_at=bindparam("until"),
        tries=_TABLE.c.tries + 1,
        updated_at=bindparam("now"),
    )
)


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


@dataclass(frozen=True)
class Leaving:
    """A touch that may go now, and all that sending it takes."""

    touch: Touch
    decision: Decision
    facts: CustomerFacts
    customer: Customer


@dataclass
class Written:
    """Gathers the rows; `flush` writes them."""

    now: datetime
    touches: list[dict[str, Any]] = field(default_factory=list)
    decisions: list[dict[str, Any]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    conversations: list[str] = field(default_factory=list)  # that have news
    ended: list[str] = field(default_factory=list)  # touches that will never leave
    counts: Counter[str] = field(default_factory=Counter)

    def as_counts(self) -> Counts:
        return Counts(**self.counts)

    def stays(self, touch: Touch, decision: Decision) -> None:
        """Held or dropped (or failed); a line in the record if that is news."""
        if decision.verdict is Verdict.HOLD:
            self._change(
                touch, decision,
                state=TouchState.PLANNED.value, due_at=decision.until, holds=touch.holds + 1,
            )  # fmt: skip
            self.counts["held"] += 1
            is_news = touch.why != decision.why.value
        else:
            self._ends(touch, decision)
            is_news = True
        if is_news:
            self.decisions.append(_decision_row(touch, decision, self.now))

    def _ends(self, touch: Touch, decision: Decision) -> None:
        self.ended.append(touch.id)
        if decision.why in (TouchReason.CHANNEL_REFUSED, TouchReason.CHANNEL_DOWN):
            self._change(touch, decision, state=TouchState.FAILED.value, failed_at=self.now)
            self.counts["failed"] += 1
        else:
            self._change(touch, decision, state=TouchState.DROPPED.value)
            self.counts["dropped"] += 1

    def leaves(self, leaving: Leaving, book: Playbook, put: Put) -> None:
        """It is in its outlet: the row, the decision and the event in the customer's journey."""
        touch, decision, currency = leaving.touch, leaving.decision, leaving.customer.currency
        self._goes(
            touch, decision, book,
            state=TouchState.SENT.value,
            template=decision.template,
            conversation_id=put.conversation_id,
            message_id=put.message_id,
            email_id=put.email_id,
            cost=book.cost.get(currency, Decimal(0)),
            currency=currency,
            delivered_at=self.now if put.is_delivered else None,
        )  # fmt: skip
        self.events.append(_sent_event(self.now, touch, book, decision, put, leaving.facts))
        self.counts["sent"] += 1
        if put.conversation_id:
            self.conversations.append(put.conversation_id)

    def is_held_out(self, touch: Touch, decision: Decision, book: Playbook) -> None:
        """As if it had been sent, and nothing was said."""
        self._goes(touch, decision, book, state=TouchState.HELD_OUT.value)
        self.counts["held_out"] += 1

    def _goes(self, touch: Touch, decision: Decision, book: Playbook, **values: Any) -> None:
        self._change(
            touch, decision,
            channel=decision.channel.value if decision.channel else None,
            sent_at=self.now,
            goal_until=self.now + book.goal.within.length if book.goal else None,
            **values,
        )  # fmt: skip
        self.decisions.append(_decision_row(touch, decision, self.now))

    def _change(self, touch: Touch, decision: Decision, **values: Any) -> None:
        kept = {name: getattr(touch, name) for name in _COLUMNS}
        decided = {
            "why": decision.why.value,
            "why_note": decision.note[:300],
            "decided_at": self.now,
            "claimed_by": None,
            "claimed_until": None,
            "updated_at": self.now,
            "of": touch.id,
        }
        self.touches.append({**kept, **decided, **values})

    def flush(self, session: Session) -> None:
        session.flush()
        connection = session.connection()
        if self.touches:
            connection.execute(_UPDATE, self.touches)
        if self.decisions:
            connection.execute(insert(_DECISIONS), self.decisions)
        gifts.release(session, self.ended)
        # Not followed by a new derivation of the stage: what we say ourselves never changes it.
        touchpoints.append_new(session, self.events)


def claim(session: Session, now: datetime, touch_ids: list[str], *, by: str) -> None:
    """For this process to send them, until the lease runs out."""
    if touch_ids:
        until = now + LEASE
        values = {"ids": touch_ids, "by": by, "until": until, "now": now}
        session.connection().execute(_CLAIM, values)


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
