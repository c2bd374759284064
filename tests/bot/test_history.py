"""What counts of a conversation's past is what Rasa counts, whatever happened in it."""

import random

import pytest
from rasa.shared.core.events import (
    ActionExecuted,
    ActionExecutionRejected,
    ActionReverted,
    ActiveLoop,
    BotUttered,
    DefinePrevUserUtteredFeaturization,
    Restarted,
    SessionStarted,
    SlotSet,
    UserUtteranceReverted,
    UserUttered,
)
from rasa.shared.core.trackers import DialogueStateTracker

from bot.history import applied_events

USUAL = [
    lambda: UserUttered("a word", {"name": "inform"}),
    lambda: ActionExecuted("action_listen"),
    lambda: ActionExecuted("a_form"),
    lambda: ActionExecuted("another_form"),
    lambda: ActionExecuted(action_text="said end to end"),
    lambda: ActionExecutionRejected("a_form"),
    lambda: ActiveLoop("a_form"),
    lambda: ActiveLoop("another_form"),
    lambda: ActiveLoop(None),
    lambda: DefinePrevUserUtteredFeaturization(False),
    lambda: SlotSet("item", 1),
    lambda: BotUttered("an answer"),
]
RARE = [SessionStarted, Restarted]
TAKING_BACK = [ActionReverted, UserUtteranceReverted]


@pytest.mark.parametrize("kinds", [USUAL, USUAL + RARE, USUAL + RARE + TAKING_BACK])
def test_the_events_that_count_are_those_of_rasa(kinds):
    for seed in range(400):
        chance = random.Random(seed)
        tracker = DialogueStateTracker("someone", [])
        tracker.events.extend(chance.choice(kinds)() for _ in range(chance.randrange(40)))
        ours, theirs = applied_events(tracker), tracker.applied_events()
        assert [*map(id, ours)] == [*map(id, theirs)], [*map(str, tracker.events)]
