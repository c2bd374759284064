"""The turn of feeling over whole conversations stays as good as it was measured to be."""

from bench.emotion import conversations
from careline.journey.mood import Turn

STRAIGHT = [one for one in conversations() if not one.sarcasm]


def test_there_are_conversations_of_each_kind() -> None:
    turns = [one.turn for one in conversations()]
    assert len(turns) >= 40
    assert min(turns.count(turn) for turn in Turn) >= 10
    assert sum(one.unhappy for one in conversations()) >= 20


def test_said_straight_the_turn_is_read_right() -> None:
    right = sum(one.is_turn_right for one in STRAIGHT)
    assert right >= 0.9 * len(STRAIGHT)


def test_said_straight_who_comes_unhappy_is_known_from_the_first_message() -> None:
    right = sum(one.is_start_right for one in STRAIGHT)
    assert right >= 0.95 * len(STRAIGHT)
