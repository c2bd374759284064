"""Names and dates in words, read by spaCy where the patterns have nothing."""

import pytest

from bot.names import name_reader_or_none, worth_reading


@pytest.fixture(scope="session")
def reader():
    found = name_reader_or_none()
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("text", "entity", "value"),
    [
        ("my name is Sarah Connor", "person", "Sarah Connor"),
        ("I ordered it two Fridays ago", "date", "two Fridays ago"),
    ],
)
def test_names_and_dates_are_read(reader, text, entity, value):
    assert worth_reading(text)
    assert (entity, value) in [(f.entity, f.value) for f in reader.read(text)]


@pytest.mark.parametrize("text", ["where is my order", "10482", "yes please", "the blue one"])
def test_plain_messages_are_not_worth_the_time(text):
    assert not worth_reading(text)
