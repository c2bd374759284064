"""The last look at a touch whose e-mail leaves now, and what became of one that did not.

Its words were written into the chat when nothing spoke against them. From there to the mail server
it may be a second, or a day of an outage: the gate is asked again, and what it says is in the
record like every other decision. An e-mail that does not leave any more does not unsay the words
in the chat, so such a touch counts as said there.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from careline.journey.models import Touch, TouchDecision
from careline.journey.words import Channel, TouchReason, TouchState, Verdict
from careline.kit.ids import new_id
from careline.service.policies.contact import ContactPolicy
from careline.touches.decision import Decision
from careline.touches.gate import decide_on_leaving
from careline.touches.gather import facts_for
from careline.touches.pauses import paused
from careline.touches.playbook import Playbook

_STAYS = (Verdict.HOLD, Verdict.DROP)
_WAS_TO_GO = (TouchReason.FINE, TouchReason.CHANNEL_NOT_THERE, TouchReason.CHANNEL_WINDOW)


@dataclass(frozen=True)
class LastLook:
    """`address` is the one to write to now; empty unless it leaves."""

    leaves: bool
    address: str = ""
    until: datetime | None = None  # held until then; none: it never leaves
    why: str = ""


@dataclass(frozen=True)
class Leaving:
    playbooks: Mapping[str, Playbook]
    policy: ContactPolicy

    def look(self, session: Session, now: datetime, touch_id: str) -> LastLook:
        """Ask the gate, and write down what it says unless that is what was said before."""
        touch = session.get(Touch, touch_id, with_for_update=True, populate_existing=True)
        if touch is None or touch.state not in (TouchState.SENT, TouchState.UNKNOWN):
            return LastLook(leaves=False, why="its touch was taken away")
        book = self.playbooks.get(touch.playbook)
        if _was_read(touch) and not (book and book.safety):
            note_stays(session, now, touch, TouchReason.FINE, "read in the chat before it left")
            return LastLook(leaves=False, why="read in the chat")
        facts = facts_for(
            session, now, {touch.customer_id: touch.trigger_at}, self.playbooks, self.policy
        )[touch.customer_id]
        decision = decide_on_leaving(
            touch, book, facts, self.policy, now, paused(session), by=Channel.EMAIL
        )
        if decision.verdict not in _STAYS:
            if touch.why not in _WAS_TO_GO:
                _note(session, now, touch, Decision(Verdict.SEND, TouchReason.FINE))
            return LastLook(leaves=True, address=facts.channels[Channel.EMAIL].address)
        if decision.verdict is Verdict.HOLD:
            note_waits(session, now, touch, decision)
            return LastLook(leaves=False, until=decision.until, why=decision.why.value)
        note_stays(session, now, touch, decision.why, decision.note)
        return LastLook(leaves=False, why=decision.why.value)


def not_taken_yet(
    session: Session, now: datetime, touch_id: str, until: datetime | None, why: str
) -> None:
    """The mail server did not take it: tried again then, or never (`until` is none)."""
    touch = session.get(Touch, touch_id, with_for_update=True, populate_existing=True)
    if touch is None:
        return
    touch.state = TouchState.SENT  # not "unknown" any more, where it was taken for cut off
    if until is None:
        note_stays(session, now, touch, TouchReason.NOT_TAKEN, why)
    else:
        held = Decision(Verdict.HOLD, TouchReason.CHANNEL_DOWN, until=until, note=why)
        note_waits(session, now, touch, held)


def note_waits(session: Session, now: datetime, touch: Touch, decision: Decision) -> None:
    if touch.why != decision.why:
        _note(session, now, touch, decision)


def note_stays(session: Session, now: datetime, touch: Touch, why: TouchReason, note: str) -> None:
    """Said in the chat and nowhere else; where it does not even stand there, it was not said."""
    if touch.message_id is None:
        touch.state, touch.sent_at, touch.goal_until = TouchState.DROPPED, None, None
    else:
        touch.state, touch.channel = TouchState.SENT, Channel.WEB
        touch.delivered_at = touch.delivered_at or touch.sent_at
        note = f"no e-mail, the words stand in the chat; {note}".rstrip("; ")
    _note(session, now, touch, Decision(Verdict.DROP, why, note=note))


def _was_read(touch: Touch) -> bool:
    return touch.read_at is not None or touch.answered_at is not None


def _note(session: Session, now: datetime, touch: Touch, decision: Decision) -> None:
    touch.why, touch.why_note = decision.why.value, decision.note[:300]
    touch.decided_at = touch.updated_at = now
    session.add(
        TouchDecision(
            id=new_id("tcd"),
            touch_id=touch.id,
            customer_id=touch.customer_id,
            at=now,
            decision=decision.verdict.value,
            why=decision.why.value,
            note=decision.note[:300],
            until=decision.until,
        )
    )
