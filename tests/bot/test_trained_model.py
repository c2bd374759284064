"""The trained model keeps what customers were promised: floors a little below the figures of
docs/measurements.md. Needs var/models/careline.tar.gz (`make train`).
"""

from pathlib import Path

import pytest

from bench import hard_messages, intents
from bench.trained import MODEL, reader_of
from bot.reading import MessageReader

# Real customers' messages; not part of the repository. Where it is there, the goals are guarded.
EVALUATION = Path(__file__).resolve().parents[3] / "shared" / "eval" / "dev.tsv"


@pytest.fixture(scope="module")
def reader() -> MessageReader:
    if not MODEL.exists():
        pytest.fail("There is no trained model: run `make train`.")
    found = reader_of()
    assert found.model.wants_encoder
    return found


@pytest.fixture(scope="module")
def on_words_alone(reader: MessageReader) -> MessageReader:
    return MessageReader(reader.model, None)


@pytest.mark.skipif(not EVALUATION.exists(), reason="no evaluation messages here")
def test_real_messages_are_understood_as_promised(reader: MessageReader) -> None:
    readings = intents.read_all(reader, intents.read_lines(EVALUATION))
    assert intents.missed(intents.all_figures(readings), intents.FLOORS) == {}


@pytest.mark.skipif(not EVALUATION.exists(), reason="no evaluation messages here")
def test_without_the_encoder_real_messages_are_still_understood(
    on_words_alone: MessageReader,
) -> None:
    readings = intents.read_all(on_words_alone, intents.read_lines(EVALUATION))
    found = intents.figures(readings)
    assert found["accuracy"] >= 0.65
    assert found["right when acting"] >= 0.85


def test_hard_messages_of_ours_are_understood(reader: MessageReader) -> None:
    results = hard_messages.read_all(reader)
    assert hard_messages.share_right(results, "one") >= 0.9
    assert hard_messages.share_right(results, "two") >= 0.75
    assert hard_messages.share_right(results, "not") >= 0.9
    assert hard_messages.share_right(results, "long") >= 0.8
    assert hard_messages.right_when_acting(results) >= 0.95


def test_without_the_encoder_it_reads_with_what_it_learnt_of_words(
    on_words_alone: MessageReader,
) -> None:
    results = hard_messages.read_all(on_words_alone)
    assert hard_messages.share_right(results, "one") >= 0.6
    assert hard_messages.right_when_acting(results) >= 0.8


def test_no_hard_message_is_a_training_sentence() -> None:
    trained = {sentence.casefold() for sentence, _ in intents.training_sentences()}
    assert [m.text for m in hard_messages.messages() if m.text.casefold() in trained] == []


def test_hard_messages_are_many_and_of_every_intent(reader: MessageReader) -> None:
    one = [message for message in hard_messages.messages() if message.kind == "one"]
    assert len(one) >= 300
    assert {message.wanted for message in one} == set(reader.model.labels)
