"""The intent classifier as a Rasa component: reads a message, its clauses, and says how sure.

Sets on the message: intent, intent_ranking (all intents), and "understanding" with the
thresholds, the best real reading and the other requests found in the message.
Below the threshold for acting the intent is nlu_fallback, as Rasa's FallbackClassifier does it,
with the real ranking kept behind.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.constants import DEFAULT_NLU_FALLBACK_INTENT_NAME, INTENT_MESSAGE_PREFIX
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.calibration import Thresholds
from bot.encoder import SentenceEncoder, encoder_named, encoder_or_none
from bot.intent_model import IntentModel
from bot.learning import LearningSettings, learn
from bot.reading import MessageReader, Understood

logger = logging.getLogger(__name__)

UNDERSTANDING = "understanding"  # our key in the parse
ON_WORDS_ALONE = "on_words_alone"  # in it: the sentence encoder is missing
RANKING = "intent_ranking"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class IntentClassification(IntentClassifier, GraphComponent):
    """Sentence vector beside TF-IDF in one logistic regression; see bot/learning.py."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        default = LearningSettings()
        return {
            "strength": default.strength,
            "words_weight": default.words_weight,
            "letters_weight": default.letters_weight,
            "balance": default.balance,
            "outside_weight": default.outside_weight,
            "rounds": default.rounds,
            "folds": default.folds,
            "use_encoder": True,
        }

    @staticmethod
    def required_packages() -> list[str]:
        return ["scipy"]

    def __init__(
        self,
        config: dict[str, Any],
        storage: ModelStorage,
        resource: Resource,
        encoder: SentenceEncoder | None,
        model: IntentModel | None = None,
    ) -> None:
        self._config = {**self.get_default_config(), **config}
        self._storage = storage
        self._resource = resource
        self._encoder = encoder
        # Wanted, and not there: told with each reading, so that the door can tell it on.
        self._on_words_alone = encoder is None and bool(self._config["use_encoder"])
        self._reader = None if model is None else MessageReader(model, encoder)

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> IntentClassification:
        # Training reads thousands of sentences at once: there two threads pay.
        encoder = encoder_or_none(threads=2) if config.get("use_encoder", True) else None
        return cls(config, model_storage, resource, encoder)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> IntentClassification:
        with model_storage.read_from(resource) as folder:
            model = IntentModel.load(Path(folder))
        encoder = encoder_named(model.encoder) if model.wants_encoder else None
        return cls(config, model_storage, resource, encoder, model)

    def train(self, training_data: TrainingData) -> Resource:
        examples = [e for e in training_data.intent_examples if e.get(INTENT) and e.get(TEXT)]
        settings = LearningSettings(
            **{name: self._config[name] for name in LearningSettings.__dataclass_fields__
               if name in self._config}
        )  # fmt: skip
        model = learn(
            [e.get(TEXT) for e in examples],
            [e.get(INTENT) for e in examples],
            self._encoder,
            settings,
        )
        logger.info("intents learnt; on held-out sentences: %s", model.held_out)
        if model.words_alone is not None:
            logger.info("the same on words alone: %s", model.words_alone.held_out)
        with self._storage.write_to(self._resource) as folder:
            model.save(Path(folder))
        return self._resource

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Nothing later in training needs our readings of the training sentences."""
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            text = message.get(TEXT) or ""
            # A payload is read by Rasa's own RegexMessageHandler, after us.
            if self._reader is not None and not text.startswith(INTENT_MESSAGE_PREFIX):
                understood = self._reader.read(text)
                self._set_understanding(message, understood, self._reader.model.thresholds)
        return messages

    def _set_understanding(
        self, message: Message, understood: Understood, thresholds: Thresholds
    ) -> None:
        ranking = understood.ranking
        best = ranking[0]
        message.set(
            UNDERSTANDING,
            {
                "best": best,
                "requests": [
                    {"intent": r.intent, "text": r.text} for r in understood.requests.others
                ],
                "thresholds": thresholds.as_dict(),
                **({ON_WORDS_ALONE: True} if self._on_words_alone else {}),
            },
            add_to_output=True,
        )
        if best["confidence"] < thresholds.act_above:
            fallback = {
                "name": DEFAULT_NLU_FALLBACK_INTENT_NAME,
                "confidence": thresholds.act_above,
            }
            ranking = [fallback, *ranking]
        message.set(INTENT, ranking[0], add_to_output=True)
        message.set(RANKING, ranking, add_to_output=True)
