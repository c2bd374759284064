"""The component sets what was found on the message, in Rasa's shape, and leaves payloads alone."""

import pytest
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.entities import EntityExtraction
from bot.extraction import READ_AT_MOST


@pytest.fixture
def component():
    return EntityExtraction.create({}, None, None, None)


def read(component, text):
    message = Message({TEXT: text})
    component.process([message])
    return message.as_dict(only_output_properties=True).get(ENTITIES, [])


def test_several_finds_stand_in_the_order_of_the_text(component):
    text = "My name is Amelia, order #10482, paid £22.50 yesterday"
    found = read(component, text)
    assert [(e["entity"], e["value"]) for e in found] == [
        ("person", "Amelia"),
        ("order_number", "10482"),
        ("amount", "22.50 GBP"),
        ("date", "yesterday"),
    ]
    assert [text[e["start"] : e["end"]] for e in found] == ["Amelia", "10482", "22.50", "yesterday"]
    assert {e["extractor"] for e in found} == {"names", "patterns"}


def test_a_payload_is_left_to_rasa(component):
    assert read(component, '/return_item{"order":"10482"}') == []


def test_of_a_paste_only_the_beginning_is_read(component):
    assert read(component, "x " * READ_AT_MOST + "order 10482") == []
