"""The entity extractor as a Rasa component: checked patterns first, then names and dates by spaCy.

spaCy (4 to 5 ms) only runs on messages that may hold a name or a date the patterns do not know.
"""

from __future__ import annotations

from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.shared.constants import INTENT_MESSAGE_PREFIX
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.names import NameReader, name_reader_or_none, worth_reading
from bot.patterns import Found, find

# Patterns read at most this much: a text of 20,000 characters is a paste, not a message.
READ_AT_MOST = 4000


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class EntityExtraction(EntityExtractorMixin, GraphComponent):
    """Sets `entities`: order_number, email, phone, amount, date, person and the like."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {"names": True}

    def __init__(self, reader: NameReader | None) -> None:
        self._reader = reader

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> EntityExtraction:
        return cls(name_reader_or_none() if config.get("names", True) else None)

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Training learns nothing from entities, and may go without them."""
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            text = message.get(TEXT) or ""
            if not text.startswith(INTENT_MESSAGE_PREFIX):
                found = message.get(ENTITIES, []) + self.extract(text[:READ_AT_MOST])
                message.set(ENTITIES, found, add_to_output=True)
        return messages

    def extract(self, text: str) -> list[dict[str, Any]]:
        found = find(text)
        if self._reader is not None and worth_reading(text):
            found = _join(found, self._reader.read(text))
        return [_as_entity(f) for f in found]


def _join(patterns: list[Found], names: list[Found]) -> list[Found]:
    """Both, a pattern's find before spaCy's where they overlap."""
    free = [n for n in names if all(n.end <= p.start or n.start >= p.end for p in patterns)]
    return sorted([*patterns, *free], key=lambda found: found.start)


def _as_entity(found: Found) -> dict[str, Any]:
    return {
        "entity": found.entity,
        "value": found.value,
        "start": found.start,
        "end": found.end,
        "confidence_entity": 1.0,
        "extractor": "names" if found.entity == "person" else "patterns",
    }
