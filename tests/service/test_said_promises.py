"""What colleagues' own words promise, and by which day."""

from datetime import date

import pytest

from bench.said_promises import Sentence, figures, sentences
from careline.service.said_promises import SaidPromise, promises_in

FRIDAY = date(2026, 11, 20)
HOLIDAYS = (date(2026, 12, 25), date(2027, 1, 1))


def part(name: str) -> list[Sentence]:
    return [each for each in sentences() if each.part == name]


def days(words: str, today: date = FRIDAY) -> list[date]:
    return [each.due_on for each in promises_in(words, today, HOLIDAYS)]


def test_half_of_the_sentences_promise_nothing() -> None:
    every = sentences()
    assert len(every) > 200
    assert sum(each.promises for each in every) * 2 == len(every)


def test_promises_are_found_and_little_else_is() -> None:
    """Floors a little below what docs/measurements.md gives."""
    known, held_out = figures(part("open")), figures(part("held_out"))
    assert (known.precision, known.recall, known.right_day) >= (0.98, 0.98, 0.98)
    assert held_out.precision >= 0.95
    assert held_out.recall >= 0.92
    assert held_out.right_day >= 0.97


def test_each_promise_of_a_text_is_read_with_its_own_day_and_words() -> None:
    text = (
        "Hi Anna, sorry for the wait. You'll have your refund within 5 working days, and I'll "
        "call you tomorrow. Please send the old pair back by 4 December."
    )
    assert promises_in(text, FRIDAY) == [
        SaidPromise(
            "refund_paid", date(2026, 11, 27), "You'll have your refund within 5 working days"
        ),
        SaidPromise("call_made", date(2026, 11, 21), "I'll call you tomorrow"),
    ]


def test_nobody_works_on_a_holiday() -> None:
    thursday = date(2026, 12, 24)
    assert days("I'll refund you within 2 working days", thursday) == [date(2026, 12, 29)]
    assert days("I'll refund you by the end of the week", thursday) == [thursday]


@pytest.mark.parametrize(
    ("words", "day"),
    [
        ("I'll call you by Friday", date(2026, 11, 27)),  # said on a Friday: the next one
        ("I'll call you before Wednesday", date(2026, 11, 24)),
        ("I'll call you on Monday week", date(2026, 11, 30)),
        ("I'll call you a week today", date(2026, 11, 27)),
        ("I'll call you on the 2nd", None),  # "on the 2nd" is next month's
        ("I'll call you on 5 January", date(2027, 1, 5)),
        ("I'll call you on 2026-12-01", date(2026, 12, 1)),
        ("I'll call you on 13/12", date(2026, 12, 13)),
        ("I'll call you on 12/13/2026", date(2026, 12, 13)),
        ("I'll call you within 3 to 4 weeks", date(2026, 12, 18)),
        ("I'll call you in a day or two", date(2026, 11, 23)),  # a Sunday is nobody's day
        ("I'll call you within 6 hours", FRIDAY),
        ("I'll call you within 72 hours", date(2026, 11, 23)),
    ],
)
def test_the_last_day_that_the_words_allow_counts(words: str, day: date | None) -> None:
    assert days(words) == [day or date(2026, 12, 2)]


@pytest.mark.parametrize(
    "words",
    [
        "",
        "by 31/11",
        "I'll call you on 3 November",  # it has been
        "I'll call you",
        "I'll keep your case open until Friday",
        "from Monday I'll be your contact",
        "I'll send the 10482 one",
        "İ'll " * 50,
        "by Friday " * 2000,
    ],
)
def test_what_names_no_day_to_come_promises_nothing(words: str) -> None:
    assert promises_in(words, FRIDAY) == []


def test_one_text_has_a_handful_of_promises_at_most() -> None:
    text = " ".join(f"I'll call you on {n} December." for n in range(1, 20))
    assert len(promises_in(text, FRIDAY)) == 5
