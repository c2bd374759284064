"""The report finds what it is there to find: planted doubles and sentences with a wrong label."""

import pytest

from bench.nlu_figures import Sentence, distinct_pairs
from bench.nlu_frames import worn_frames
from bench.nlu_report import NothingToReport, as_markdown, examine, in_terminal, read_sentences
from bot.encoder import encoder_or_none

GREETINGS = (
    "hello", "hi there", "good morning", "hey", "good evening to you", "hiya", "hello again",
    "hi everyone", "greetings", "morning all", "howdy", "good afternoon",
)  # fmt: skip
REFUNDS = (
    "I want my money back", "please refund me", "refund for the lamp", "give me a refund now",
    "how do I get a refund", "I would like my money returned", "refund my order",
    "can you refund the shoes", "money back for the kettle", "I demand a refund",
    "refund the whole amount", "I need a refund for the broken plates",
)  # fmt: skip
WRONG_LABEL = "please refund the money for my order"
DOUBLE = "How do I get a refund?!"


@pytest.fixture
def folder(tmp_path):
    write(tmp_path, "smalltalk", "greet", [*GREETINGS, WRONG_LABEL])
    write(tmp_path, "refunds", "refund_request", [*REFUNDS, DOUBLE])
    return tmp_path


def write(folder, topic, intent, lines):
    listed = "".join(f"      - {line}\n" for line in lines)
    (folder / f"{topic}.yml").write_text(
        f'version: "3.1"\nnlu:\n  - intent: {intent}\n    examples: |\n{listed}', encoding="utf-8"
    )


@pytest.fixture(params=["with the encoder", "words alone"])
def found(folder, request):
    encoder = encoder_or_none() if request.param == "with the encoder" else None
    said = []
    report = examine(read_sentences(folder), encoder, said.append)
    assert len(said) >= 3  # progress
    return report


def test_a_sentence_under_the_wrong_intent_counts_as_read_otherwise(found):
    greet = next(f for f in found.intents if f.intent == "greet")
    assert dict(greet.confused_with) == {"refund_request": 1}
    assert greet.recognised == pytest.approx(12 / 13)


def test_a_surely_wrong_label_is_a_contradiction(folder):
    found = examine(read_sentences(folder), encoder_or_none(), lambda what: None)
    assert [c.sentence.text for c in found.contradictions] == [WRONG_LABEL]


def test_the_same_words_twice_are_named_with_both(found):
    assert [(p.first.text, p.second.text) for p in found.duplicates] == [
        ("how do I get a refund", DOUBLE)
    ]
    assert next(f for f in found.intents if f.intent == "refund_request").doubles >= 1


def test_terminal_and_file_say_the_same(found):
    for text in (in_terminal(found), as_markdown(found)):
        assert "refund_request" in text
        assert DOUBLE in text
        assert "26 sentences of 2 intents" in text


def test_no_sentences_are_an_error_that_says_so(tmp_path):
    with pytest.raises(NothingToReport, match="no sentences"):
        read_sentences(tmp_path)


def test_one_sentence_of_an_intent_is_too_few_to_learn_from(folder):
    write(folder, "odd", "lonely", ["a single sentence"])
    with pytest.raises(NothingToReport, match="lonely"):
        examine(read_sentences(folder), None, lambda what: None)


def test_repeated_wording_lowers_variety():
    assert distinct_pairs(["where is my order", "where is my parcel"]) < distinct_pairs(
        ["where is my order", "has the lamp gone out yet"]
    )


def test_sentences_over_one_frame_are_found_whatever_nouns_they_hold():
    over_one = ["return", "cancel", "change", "track"]
    sentences = [
        Sentence(f"how do i {verb} my order", "refund_request", "a.yml") for verb in over_one
    ]
    sentences += [
        Sentence("the boots I got leak", "refund_request", "a.yml"),
        Sentence("how do i return my order", "return_item", "b.yml"),  # alone in its intent
        *[Sentence("ok", "affirm", "c.yml")] * 5,  # too short to be a frame
    ]
    (worn,) = worn_frames(sentences)
    assert worn.intent == "refund_request"
    assert worn.frame == "how do i VERB my NOUN"
    assert [sentence.text.split()[3] for sentence in worn.sentences] == over_one
