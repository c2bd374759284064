"""Gather the facts and ask the gate, for many customers at once; one that fails fails alone.

Whatever breaks over one customer's rows holds their touches for a while, and nobody else's.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby

from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from careline.journey.models import Touch
from careline.journey.words import TouchReason, Verdict
from careline.kit.logging import get_logger
from careline.service.policies.contact import ContactPolicy
from careline.touches.decision import Decision
from careline.touches.facts import CustomerFacts
from careline.touches.gate import decide
from careline.touches.gather import facts_for, silent_since_of, since_of
from careline.touches.pauses import paused
from careline.touches.playbook import Playbook

log = get_logger("touches")

AGAIN_AFTER = timedelta(hours=1)


@dataclass
class Judged:
    decided: list[tuple[Touch, Decision]] = field(default_factory=list)
    facts: dict[str, CustomerFacts] = field(default_factory=dict)


def judge(
    session: Session,
    now: datetime,
    touches: Sequence[Touch],
    playbooks: Mapping[str, Playbook],
    policy: ContactPolicy,
    categories: Mapping[str, frozenset[str] | None],
) -> Judged:
    """A decision for each of these touches, and the facts it went by."""
    judged = _all(session, now, touches, playbooks, policy, categories)
    if isinstance(judged, Judged):
        return judged
    each = Judged()
    for customer_id, theirs in _by_customer(touches):
        one = _all(session, now, theirs, playbooks, policy, categories)
        if isinstance(one, Judged):
            each.decided += one.decided
            each.facts |= one.facts
            continue
        log.error("touch.fault", customer=customer_id, exc_info=one)
        each.decided += [(touch, _held(touch, now, one)) for touch in theirs]
    return each


def _all(
    session: Session,
    now: datetime,
    touches: Sequence[Touch],
    playbooks: Mapping[str, Playbook],
    policy: ContactPolicy,
    categories: Mapping[str, frozenset[str] | None],
) -> Judged | Exception:
    try:
        with session.begin_nested():
            facts = facts_for(
                session,
                now,
                since_of(touches),
                playbooks,
                policy,
                categories,
                silent_since_of(touches, playbooks),
            )
            stopped = paused(session)
        decided = [
            pair
            for customer_id, theirs in _by_customer(touches)
            for pair in decide(theirs, playbooks, facts[customer_id], policy, now, stopped)
        ]
    except OperationalError:
        raise  # the database, not these touches
    except Exception as error:  # noqa: BLE001 - whatever it is, others must not wait for it
        return error
    return Judged(decided, facts)


def _by_customer(touches: Sequence[Touch]) -> list[tuple[str, list[Touch]]]:
    in_order = sorted(touches, key=lambda touch: touch.customer_id)
    return [(who, list(theirs)) for who, theirs in groupby(in_order, key=lambda t: t.customer_id)]


def _held(touch: Touch, now: datetime, error: Exception) -> Decision:
    if now > touch.too_late_at:
        return Decision(Verdict.DROP, TouchReason.TOO_LATE, note=f"before that, {error!r}"[:300])
    until = now + AGAIN_AFTER
    return Decision(Verdict.HOLD, TouchReason.FAULT, until=until, note=type(error).__name__)
