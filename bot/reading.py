"""Read one message: its intent, how sure that is, and the other requests in it.

Without Rasa, so that it can be measured alone; bot/classifier.py is the component around it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bot.encoder import SentenceEncoder
from bot.intent_model import IntentModel
from bot.requests import Reading, Requests, clauses, combine

READ_AT_MOST = 2000  # characters; who pastes more has said by then what it is about


@dataclass(frozen=True)
class Understood:
    ranking: list[dict[str, Any]]  # all intents, likeliest first, in Rasa's shape
    requests: Requests


class MessageReader:
    def __init__(self, model: IntentModel, encoder: SentenceEncoder | None) -> None:
        self.model = model
        self._encoder = encoder

    def read(self, text: str) -> Understood:
        text = text[:READ_AT_MOST]
        ranking = self.model.ranking(text, self._encoder)
        whole = Reading(ranking[0]["name"], ranking[0]["confidence"])
        parts = [Reading(*self.model.best(part, self._encoder), part) for part in clauses(text)]
        requests = combine(whole, parts, self.model.thresholds.act_above)
        if requests.from_clauses:
            main = {"name": requests.main.intent, "confidence": requests.main.confidence}
            ranking = [main, *(r for r in ranking if r["name"] != main["name"])]
        return Understood(ranking, requests)
