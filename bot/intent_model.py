"""The intent classifier itself: sentence vector beside TF-IDF in one logistic regression.

Learnt by bot/learning.py; predicts with numpy alone. With it goes a second one of the same
sentences that knows words alone, for the day when the sentence encoder is missing: the weights of
the first without their vectors would be right one time in five. Saved as arrays (npz) and words
(json), never as a pickle: a model file must not be able to run code.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bot.calibration import Thresholds, softmax
from bot.encoder import SentenceEncoder
from bot.ngrams import Vocabulary

ARRAYS, WORDS = "intents.npz", "intents.json"
FORMAT = 3
OF_WORDS_ALONE = "words_alone_"  # before the names of its arrays


@dataclass
class IntentModel:
    labels: list[str]
    vocabularies: list[Vocabulary]
    dense: np.ndarray  # DIMENSIONS x labels; empty when learnt without the encoder
    sparse: list[np.ndarray]  # one per vocabulary, terms x labels; block weights multiplied in
    bias: np.ndarray
    temperature: float
    thresholds: Thresholds
    encoder: str  # SentenceEncoder.name of the one it was learnt with; empty for none
    held_out: dict[str, float]  # what was seen on sentences kept aside, for `rasa train`'s log
    words_alone: IntentModel | None = None  # reads in its place without the encoder

    @property
    def wants_encoder(self) -> bool:
        return bool(len(self.dense))

    def readable_with(self, encoder: SentenceEncoder | None) -> IntentModel:
        """This model, or what it has for the case that its encoder is missing."""
        return self if encoder is not None or self.words_alone is None else self.words_alone

    def scores(self, text: str, vector: np.ndarray | None) -> np.ndarray:
        """Raw scores of one text; `vector` is the encoder's, if the model wants one."""
        total = self.bias.copy()
        if self.wants_encoder:
            total += vector @ self.dense
        for vocabulary, weights in zip(self.vocabularies, self.sparse, strict=True):
            places, values = vocabulary.weigh(text)
            if len(places):
                total += values @ weights[places]
        return total

    def confidences(self, text: str, encoder: SentenceEncoder | None) -> np.ndarray:
        """How sure of each intent, in the order of the labels; 1 in all."""
        vector = encoder.encode(text) if encoder is not None and self.wants_encoder else None
        return softmax(self.scores(text, vector), self.temperature)

    def save(self, folder: Path) -> None:
        arrays = {f"rarity_{v.kind}": v.rarity for v in self.vocabularies} | self._arrays()
        told = {
            "format": FORMAT,
            "labels": self.labels,
            "terms": {v.kind: list(v.index) for v in self.vocabularies},
            **self._told(),
        }
        if self.words_alone is not None:
            second = self.words_alone
            arrays |= {OF_WORDS_ALONE + name: part for name, part in second._arrays().items()}
            told["words_alone"] = second._told()
        np.savez(folder / ARRAYS, **arrays)
        (folder / WORDS).write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")

    def _arrays(self) -> dict[str, np.ndarray]:
        kinds = [vocabulary.kind for vocabulary in self.vocabularies]
        sparse = {f"sparse_{k}": w for k, w in zip(kinds, self.sparse, strict=True)}
        return {"dense": self.dense, "bias": self.bias, **sparse}

    def _told(self) -> dict[str, Any]:
        return {
            "temperature": self.temperature,
            "thresholds": self.thresholds.as_dict(),
            "encoder": self.encoder,
            "held_out": self.held_out,
        }

    @classmethod
    def load(cls, folder: Path) -> IntentModel:
        told = json.loads((folder / WORDS).read_text(encoding="utf-8"))
        if told["format"] != FORMAT:
            raise ValueError(f"intent model of format {told['format']}, expected {FORMAT}: train")
        with np.load(folder / ARRAYS, allow_pickle=False) as archive:
            arrays = dict(archive)
        vocabularies = [
            Vocabulary(kind, {t: i for i, t in enumerate(terms)}, arrays[f"rarity_{kind}"])
            for kind, terms in told["terms"].items()
        ]
        model = cls._of(told["labels"], vocabularies, arrays, told, "")
        if "words_alone" in told:
            model.words_alone = cls._of(
                told["labels"], vocabularies, arrays, told["words_alone"], OF_WORDS_ALONE
            )
        return model

    @classmethod
    def _of(
        cls,
        labels: list[str],
        vocabularies: list[Vocabulary],
        arrays: dict[str, np.ndarray],
        told: dict[str, Any],
        before: str,
    ) -> IntentModel:
        return cls(
            labels=labels,
            vocabularies=vocabularies,
            dense=arrays[f"{before}dense"],
            sparse=[arrays[f"{before}sparse_{v.kind}"] for v in vocabularies],
            bias=arrays[f"{before}bias"],
            temperature=told["temperature"],
            thresholds=Thresholds(**told["thresholds"]),
            encoder=told["encoder"],
            held_out=told["held_out"],
        )
