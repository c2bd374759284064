"""The soak's checks find what they are there to find: each is fed one planted fault."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bench.soak_checks import Known, Line, Record, Said, Step, View, examine

BEGAN = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
SILENT = "the bot was silent while a person was in charge"
LOST = "no message was lost"
DOUBLED = "no message was doubled"
ORDER = "no message was out of order"
PAST = "nobody answered past a customer"
WAITS = "nobody waits on nothing"
CLAIM = "a colleague can claim what waits"


def at(minute: float) -> datetime:
    return BEGAN + timedelta(minutes=minute)


def line(position: int, author: str, key: str, conversation: str = "cnv_1") -> Line:
    reply_to = f"{conversation}:{position - 1}" if author == "bot" else None
    name = f"{conversation}:{position}"
    text = f"{author} {position}"
    return Line(name, conversation, "cus_1", position, author, at(position), key, reply_to, text)


def step(did: str, minute: float, conversation: str = "cnv_1") -> Step:
    return Step(f"conversation.{did}", conversation, "cus_1", at(minute))


def told() -> tuple[Record, Known]:
    """A customer talks with the bot, then with a colleague, and goes on with the bot."""
    lines = [
        line(1, "customer", "a"),
        line(2, "bot", "a:1"),
        line(3, "customer", "b"),
        line(4, "staff", "staff:s1"),
        line(5, "staff", "staff:s2"),
        line(6, "bot", "back:1"),
    ]
    lines[5] = replace(lines[5], reply_to=None)
    steps = [step("claimed", 2.5), step("handed_back", 5.5)]
    known = Known()
    known.written["cnv_1"] = ["a", "b"]
    known.said = [Said("cnv_1", "lena", "s1", 3), Said("cnv_1", "lena", "s2", 3)]
    known.notes = ["n1"]
    known.views = [View("cnv_1", "stream", [each.id for each in lines], True)]
    return Record(lines, steps, ["n1"], {"cnv_1": "bot"}, {"cnv_1": "cus_1"}), known


Fault = Callable[[Record, Known], Record]


def bot_speaks_up(record: Record, known: Known) -> Record:
    lines = list(record.lines)
    lines[4] = replace(lines[4], author="bot")
    known.said.pop()
    return replace(record, lines=lines)


def bot_speaks_up_elsewhere(record: Record, known: Known) -> Record:
    """In another conversation of the same customer."""
    other = replace(line(1, "bot", "z:1", "cnv_2"), at=at(3.5))
    return replace(record, lines=[*record.lines, other], modes={**record.modes, "cnv_2": "bot"})


def bot_speaks_up_after_a_joined_one_ended(record: Record, known: Known) -> Record:
    """The second conversation is resolved, the first is still in a person's hands."""
    steps = [
        step("claimed", 2.5),
        step("taken_over", 3.1, "cnv_2"),
        step("resolved", 3.2, "cnv_2"),
        step("handed_back", 5.5),
    ]
    return bot_speaks_up_elsewhere(replace(record, steps=steps), known)


def bot_speaks_while_it_is_never_given_back(record: Record, known: Known) -> Record:
    return replace(record, steps=record.steps[:1])


def customers_word_is_gone(record: Record, known: Known) -> Record:
    known.written["cnv_1"].append("c")
    return record


def answer_is_gone(record: Record, known: Known) -> Record:
    known.said.append(Said("cnv_1", "lena", "s3", 3))
    return record


def note_is_gone(record: Record, known: Known) -> Record:
    return replace(record, notes=[])


def stream_left_one_out(record: Record, known: Known) -> Record:
    ids = [each.id for each in record.lines]
    known.views = [View("cnv_1", "stream", ids[:2] + ids[3:5], False)]
    return record


def stream_stopped_short(record: Record, known: Known) -> Record:
    known.views = [View("cnv_1", "stream", [each.id for each in record.lines[:5]], True)]
    return record


def answer_is_there_twice(record: Record, known: Known) -> Record:
    again = replace(record.lines[4], text=record.lines[3].text)
    return replace(record, lines=[*record.lines[:4], again, record.lines[5]])


def word_is_there_twice(record: Record, known: Known) -> Record:
    lines = list(record.lines)
    lines[2] = replace(lines[2], key="a")
    known.written["cnv_1"] = ["a"]
    return replace(record, lines=lines)


def turn_is_answered_twice(record: Record, known: Known) -> Record:
    lines = list(record.lines)
    lines[5] = replace(lines[5], reply_to=lines[1].reply_to)
    return replace(record, lines=lines)


def stream_shows_one_twice(record: Record, known: Known) -> Record:
    ids = [each.id for each in record.lines]
    known.views = [View("cnv_1", "stream", [*ids[:3], *ids[2:]], True)]
    return record


def words_change_places(record: Record, known: Known) -> Record:
    known.written["cnv_1"] = ["b", "a"]
    return record


def answers_change_places(record: Record, known: Known) -> Record:
    known.said.reverse()
    return record


def stream_shows_another_order(record: Record, known: Known) -> Record:
    known.views = [View("cnv_1", "stream", [each.id for each in reversed(record.lines)], True)]
    return record


def time_runs_backwards(record: Record, known: Known) -> Record:
    lines = list(record.lines)
    lines[1] = replace(lines[1], at=at(0))
    return replace(record, lines=lines)


def answer_had_not_seen_it(record: Record, known: Known) -> Record:
    known.said[0] = replace(known.said[0], seen_up_to=1)
    return record


def nobody_answers(record: Record, known: Known) -> Record:
    known.views = []
    return replace(record, lines=record.lines[:1], steps=[])


def half_of_a_customer_is_in_the_queue(record: Record, known: Known) -> Record:
    modes = {"cnv_1": "person", "cnv_2": "queued"}
    return replace(record, modes=modes, customers=dict.fromkeys(modes, "cus_1"))


@pytest.mark.parametrize(
    ("fault", "promise"),
    [
        (bot_speaks_up, SILENT),
        (bot_speaks_up_elsewhere, SILENT),
        (bot_speaks_up_after_a_joined_one_ended, SILENT),
        (bot_speaks_while_it_is_never_given_back, SILENT),
        (customers_word_is_gone, LOST),
        (answer_is_gone, LOST),
        (note_is_gone, LOST),
        (stream_left_one_out, LOST),
        (stream_stopped_short, LOST),
        (answer_is_there_twice, DOUBLED),
        (word_is_there_twice, DOUBLED),
        (turn_is_answered_twice, DOUBLED),
        (stream_shows_one_twice, DOUBLED),
        (words_change_places, ORDER),
        (answers_change_places, ORDER),
        (stream_shows_another_order, ORDER),
        (time_runs_backwards, ORDER),
        (answer_had_not_seen_it, PAST),
        (nobody_answers, WAITS),
        (half_of_a_customer_is_in_the_queue, CLAIM),
    ],
)
def test_a_broken_promise_is_found(fault: Fault, promise: str) -> None:
    record, known = told()
    assert examine(fault(record, known), known)[promise]


def test_where_all_went_well_nothing_is_found() -> None:
    assert not any(examine(*told()).values())
