"""What Rasa's tracker tells of a conversation's past, told with less ado.

Nothing here decides differently: the events that count, the states the rules look at, and a copy
of a tracker are Rasa's own (tests/bot/test_history.py and test_loop.py).
"""

from __future__ import annotations

import copy
import functools
from collections import deque

from rasa.shared.core.domain import Domain, State
from rasa.shared.core.events import (
    ActionExecuted,
    ActionReverted,
    ActiveLoop,
    Event,
    Restarted,
    SessionStarted,
    SlotSet,
    UserUtteranceReverted,
)
from rasa.shared.core.slots import Slot
from rasa.shared.core.trackers import DialogueStateTracker

_BEGINS = (Restarted, SessionStarted)
_TAKES_BACK = (ActionReverted, UserUtteranceReverted)


def fork(tracker: DialogueStateTracker) -> DialogueStateTracker:
    """A tracker in the same state that can go its own way; events are shared, not replayed."""
    other = copy.copy(tracker)
    other.events = deque(tracker.events, tracker.events.maxlen)
    other.slots = type(tracker.slots)()
    other.slots.update({name: _copied(slot) for name, slot in tracker.slots.items()})
    other.active_loop = copy.copy(tracker.active_loop)
    return other


def _copied(slot: Slot) -> Slot:
    """As copy.copy would, which takes its time to find out that there is nothing special to do."""
    other: Slot = object.__new__(type(slot))
    other.__dict__ = slot.__dict__.copy()
    return other


def applied_events(tracker: DialogueStateTracker) -> list[Event]:
    """tracker.applied_events(): what counts since the last beginning, a loop's repetitions once."""
    events = [*tracker.events]
    kinds = [type(event) for event in events]
    if any(_is(kind, _TAKES_BACK) for kind in {*kinds}):
        return tracker.applied_events()
    loops = {
        event.name
        for event, kind in zip(events, kinds, strict=True)
        if _is(kind, ActiveLoop) and event.name
    }
    begun = next((n for n in range(len(kinds), 0, -1) if _is(kinds[n - 1], _BEGINS)), 0)
    if not loops:
        return events[begun:]
    applied: list[Event] = []
    for event, kind in zip(events[begun:], kinds[begun:], strict=True):
        loop = event.action_name if _is(kind, ActionExecuted) else None
        if loop in loops and not tracker._first_loop_execution_or_unhappy_path(loop, applied):
            tracker._undo_till_previous_loop_execution(loop, applied)
        else:
            applied.append(event)
    return applied


@functools.cache
def _is(kind: type[Event], of: type[Event] | tuple[type[Event], ...]) -> bool:
    """Events are of an abstract class, which makes isinstance slow."""
    return issubclass(kind, of)


def last_states(tracker: DialogueStateTracker, domain: Domain, count: int) -> list[State]:
    """The end of tracker.past_states(domain).

    Told again like there, from the beginning, but to a tracker that has no other slots than
    those in the states, and without making the states that are not asked for.
    """
    slots = [slot for slot in tracker.slots.values() if slot.has_features()]
    past = DialogueStateTracker(tracker.sender_id, slots)
    applied = applied_events(tracker)
    to_come = sum(isinstance(event, ActionExecuted) for event in applied) + 1
    states = []
    for event in applied:
        if isinstance(event, ActionExecuted):
            if to_come <= count:
                states.append(domain.get_active_state(past))
            to_come -= 1
        elif isinstance(event, SlotSet) and event.key not in past.slots:
            continue
        event.apply_to(past)
    return [*states, domain.get_active_state(past)]
