"""A yes is the whole message; a question, a hesitation or a word more is none."""

import pytest

from actions import yes_or_no


@pytest.mark.parametrize(
    "said",
    [
        "yes", "Yep that's the one", "ok go ahead", "👍", "👍🏽", "sure", "please do", "yes please",
        "ok do that", "that's fine", "sounds good to me", "YES obviously", "yes do it already",
        "Yes is good, thanks", "ooh yes please, that'd be great!", "perfect, yeah let's do that :)",
        "yesss pleeease", "definitly", "Yes, go ahead please and thank you", "works for me",
    ],
)  # fmt: skip
def test_a_yes_in_any_words(said: str) -> None:
    assert yes_or_no.is_yes(said, "inform")
    assert not yes_or_no.is_no(said, "inform")


@pytest.mark.parametrize(
    "said",
    [
        "ok wait", "yes tomorrow", "yes?", "great, another broken one", "do that and I'll sue you",
        "yes and the lamp too", "yes to the other address", "fine, forget it", "thanks",
        "perfect timing, it's broken again", "I'd like that in blue", "ok /affirm",
        "that's not right", "isn't that great", "yes 👎",
    ],
)  # fmt: skip
def test_one_word_more_and_it_is_no_yes_whatever_it_was_read_as(said: str) -> None:
    assert not yes_or_no.is_yes(said, "affirm")


@pytest.mark.parametrize("intent", ["deny", "never_mind"])
def test_an_understanding_as_a_refusal_overrules_the_words(intent: str) -> None:
    assert not yes_or_no.is_yes("sure", intent)


@pytest.mark.parametrize(
    "said",
    [
        "no", "nope", "not that one", "nah", "none of them", "absolutely not", "of course not",
        "please don't", "definitely not", "yeah no", "store credit? no way",
    ],
)  # fmt: skip
def test_a_no_in_any_words(said: str) -> None:
    assert yes_or_no.is_no(said, "inform")
    assert not yes_or_no.is_yes(said, "inform")


@pytest.mark.parametrize("said", ["hm", "hmm...", "uh", "??", "what?", "er"])
def test_musing_is_neither_yes_nor_no_whatever_it_was_read_as(said: str) -> None:
    assert not yes_or_no.is_yes(said, "affirm")
    assert not yes_or_no.is_no(said, "deny")


def test_never_mind_is_no_answer_to_what_was_asked() -> None:
    assert not yes_or_no.is_no("never mind, leave it", "never_mind")
    assert yes_or_no.is_no("never!", "deny")


@pytest.mark.parametrize("said", ["no idea, ask the neighbours?", "not sure", "no problem"])
def test_not_knowing_is_not_refusing(said: str) -> None:
    assert not yes_or_no.is_no(said, "inform")


@pytest.mark.parametrize(
    "said",
    [
        "I need to talk to my wife first", "let me think about it", "ok wait", "not sure yet",
        "I'll ask my husband",
    ],
)  # fmt: skip
def test_who_wants_time_hesitates(said: str) -> None:
    assert yes_or_no.hesitates(said)


@pytest.mark.parametrize(
    ("said", "asks"),
    [
        ("how long does the refund take", True),
        ("ok so when do I get it", True),
        ("do i get my money back", True),
        ("is the new one better", True),
        ("what a mess", False),
        ("do that", False),
        ("??", False),
        ("how annoying", False),
    ],
)
def test_a_question_is_known_without_its_mark(said: str, asks: bool) -> None:
    assert yes_or_no.asks_something(said) is asks
