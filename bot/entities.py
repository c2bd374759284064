"""The entity extractor as a Rasa component; what is found, and how, is in extraction.py."""

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

from bot.extraction import finds_in
from bot.found import Found


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class EntityExtraction(EntityExtractorMixin, GraphComponent):
    """Sets `entities`: order_number, email, phone, amount, date, person and the like."""

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> EntityExtraction:
        return cls()

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Training learns nothing from entities, and may go without them."""
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            text = message.get(TEXT) or ""
            if not text.startswith(INTENT_MESSAGE_PREFIX):
                found = [_as_entity(one) for one in finds_in(text)]
                message.set(ENTITIES, message.get(ENTITIES, []) + found, add_to_output=True)
        return messages


def _as_entity(found: Found) -> dict[str, Any]:
    return {
        "entity": found.entity,
        "value": found.value,
        "start": found.start,
        "end": found.end,
        "confidence_entity": 1.0,
        "extractor": "names" if found.entity == "person" else "patterns",
    }
