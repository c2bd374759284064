"""What people answer to a touch, as the bot reads it: scores, all good, trouble, or neither."""

from __future__ import annotations

import pytest

from bot.replies import asks_why_we_write, expected_intent, read_reply

ABOUT_A_PARCEL = {
    "is_last": True,
    "replies": {"faulty_or_damaged_product": "faulty", "return_item": "return"},
}


def score(text: str, survey: str, **more: object) -> object:
    touch = {"survey": survey, "is_last": True, **more}
    reply = read_reply(text, touch, rating_is_asked=False)
    if reply is None:
        return None
    return "off" if reply.off else reply.either or reply.score or (0 if reply.score == 0 else "ask")


@pytest.mark.parametrize(
    ("survey", "text", "means"),
    [
        ("csat", "4", 4), ("csat", "four", 4), ("csat", "4/5", 4), ("csat", "4 stars", 4),
        ("csat", "⭐⭐⭐⭐", 4), ("csat", "8/10", 4), ("csat", "9 out of 10", 5),
        ("csat", "90%", 5), ("csat", "I'd give it a 4", 4), ("csat", "dunno, 3?", 3),
        ("csat", "5!", 5), ("csat", "great", 5), ("csat", "meh", 3), ("csat", "terrible", 1),
        ("csat", "not good", 2), ("csat", "very good thanks", 5), ("csat", "11/10", 5),
        ("csat", "4 or 5", (4, 5)), ("csat", "3-4", (3, 4)), ("csat", "4.5", (4, 5)),
        ("csat", "0", "off"), ("csat", "7", "off"), ("csat", "-1", "off"), ("csat", "ok", "ask"),
        ("ces", "7", 7), ("ces", "very easy", 7), ("ces", "easy", 6), ("ces", "hard", 2),
        ("ces", "very hard", 1), ("ces", "5/7", 5), ("ces", "9", "off"), ("ces", "4/5", (4, 5)),
        ("nps", "0", 0), ("nps", "10", 10), ("nps", "11/10", 10), ("nps", "9/10", 9),
        ("nps", "7/8", (7, 8)), ("nps", "not at all", 0), ("nps", "definitely", 10),
        ("nps", "maybe", "ask"), ("nps", "yes", "ask"), ("nps", "11", "off"),
        ("review", "★★★★★", 5), ("review", "5 ⭐", 5),
    ],
)  # fmt: skip
def test_scores(survey: str, text: str, means: object) -> None:
    assert score(text, survey) == means


@pytest.mark.parametrize(
    "text",
    ["2 mugs are broken", "one of them is chipped", "my order 10482 is late", "it's broken again",
     "I want to return it", "where is my refund?", "thanks", "who is this"],
)  # fmt: skip
def test_numbers_in_a_sentence_about_something_else_are_no_scores(text: str) -> None:
    assert score(text, "csat") is None


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("4, but the driver was rude", "the driver was rude"),
        ("2 because nobody answered", "nobody answered"),
        ("terrible, it arrived broken", "it arrived broken"),
        ("5 thanks!", ""),
        ("3 stars", ""),
    ],
)
def test_what_was_said_beside_the_score_is_kept(text: str, rest: str) -> None:
    reply = read_reply(text, {"survey": "csat", "is_last": True}, rating_is_asked=False)
    assert reply is not None
    assert reply.rest == rest


def test_words_are_a_score_only_right_after_the_question() -> None:
    assert score("great", "csat", is_last=False) is None
    assert score("4", "csat", is_last=False) == 4
    assert score("4", "csat", is_rated=True) is None


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("all good thanks", "fine"), ("yes", "fine"), ("It's great so far", "fine"),
        ("👍", "fine"), ("no problems", "fine"), ("not yet opened", "not_yet"),
        ("haven't opened it yet", "not_yet"), ("no", "trouble"), ("not really", "trouble"),
        ("it's cracked", None), ("no it's broken", None), ("it hasn't arrived", None),
        ("everything is fine but the lid is missing", None), ("who is this", None),
    ],
)  # fmt: skip
def test_how_it_is(text: str, kind: str | None) -> None:
    reply = read_reply(text, ABOUT_A_PARCEL, rating_is_asked=False)
    assert (reply.kind if reply else None) == kind


@pytest.mark.parametrize(
    ("ranking", "means"),
    [
        ([("suggestion", 0.4), ("return_item", 0.35)], "return_item"),
        ([("suggestion", 0.9), ("return_item", 0.08)], None),
        ([("suggestion", 0.5), ("return_item", 0.1)], None),
        ([("return_item", 0.3), ("suggestion", 0.28)], "return_item"),
    ],
)
def test_what_the_touch_expects_wins_a_close_race(
    ranking: list[tuple[str, float]], means: str | None
) -> None:
    read = [{"name": name, "confidence": sure} for name, sure in ranking]
    assert expected_intent(read, ABOUT_A_PARCEL, 0.25) == means


@pytest.mark.parametrize(
    ("text", "asks"),
    [
        ("why are you writing to me?", True), ("Why do I get these messages", True),
        ("how did you get my address", True), ("where have you got my number from", True),
        ("why is my order late", False), ("how do you get a refund here", False),
    ],
)  # fmt: skip
def test_who_asks_why_we_write_gets_an_answer(text: str, asks: bool) -> None:
    assert asks_why_we_write(text) is asks
