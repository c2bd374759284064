"""Read one message: its intent, how sure that is, and the other requests in it.

Without Rasa, so that it can be measured alone; bot/classifier.py is the component around it.
bot/learning.py finds the thresholds with the same reader, so they mean what they promise.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bot.encoder import SentenceEncoder
from bot.intent_model import IntentModel
from bot.requests import Reading, Requests, clauses, combine

# Characters; who pastes more began with what it is about, or ends with what they want.
READ_AT_MOST = 2000


@dataclass(frozen=True)
class Understood:
    ranking: list[dict[str, Any]]  # all intents, likeliest first, in Rasa's shape
    requests: Requests


@dataclass(frozen=True)
class Heard:
    """What the model makes of a message as a whole and of its clauses, before any decision."""

    whole: np.ndarray  # confidences, in the order of the labels
    parts: tuple[tuple[str, np.ndarray], ...]


class MessageReader:
    def __init__(self, model: IntentModel, encoder: SentenceEncoder | None) -> None:
        self.model = model.readable_with(encoder)
        self._encoder = encoder

    def read(self, text: str) -> Understood:
        return understand(self.model.labels, self.hear(text), self.model.thresholds.act_above)

    def hear(self, text: str) -> Heard:
        text = shortened(text)
        parts = tuple((part, self._confidences(part)) for part in clauses(text))
        return Heard(self._confidences(text), parts)

    def _confidences(self, text: str) -> np.ndarray:
        return self.model.confidences(text, self._encoder)


def shortened(text: str) -> str:
    """The text, or of a very long one its beginning and its end."""
    half = READ_AT_MOST // 2
    return text if len(text) <= READ_AT_MOST else f"{text[:half]}\n{text[-half:]}"


def understand(labels: Sequence[str], heard: Heard, sure_above: float) -> Understood:
    """What leads, what else was asked, and all intents by how sure they are, 1 in all."""
    parts = [_reading(labels, sure, text) for text, sure in heard.parts]
    requests = combine(_reading(labels, heard.whole), parts, sure_above)
    sure = heard.whole
    if requests.from_clauses:
        place = next(i for i, part in enumerate(parts) if part is requests.main)
        sure = heard.parts[place][1]
    if requests.against_the_whole:
        sure = (sure + heard.whole) / 2
    order = np.argsort(-sure)
    ranking = [{"name": labels[i], "confidence": float(sure[i])} for i in order]
    return Understood(ranking, requests)


def _reading(labels: Sequence[str], sure: np.ndarray, text: str = "") -> Reading:
    first = int(sure.argmax())
    return Reading(labels[first], float(sure[first]), text)
