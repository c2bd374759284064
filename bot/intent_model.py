"""The intent classifier itself: sentence vector beside TF-IDF in one logistic regression.

Learns with scipy (bot/regression.py); predicts with numpy alone. Saved as arrays (npz) and words
(json), never as a pickle: a model file must not be able to run code.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bot.calibration import Thresholds, find_thresholds, fit_temperature, kept_aside, softmax
from bot.encoder import DIMENSIONS, SentenceEncoder
from bot.ngrams import Vocabulary
from bot.regression import Blocks, fit

logger = logging.getLogger(__name__)

ARRAYS, WORDS = "intents.npz", "intents.json"
FORMAT = 2
OUT_OF_SCOPE = "out_of_scope"
ENOUGH_ASIDE = 200  # sentences, for thresholds that mean something


@dataclass(frozen=True)
class LearningSettings:
    """What the learner may be told; the defaults measured best."""

    strength: float = 8.0  # larger trusts the sentences more (scikit-learn's C)
    words_weight: float = 1.0  # of the word block against the sentence vector's 1.0
    letters_weight: float = 1.0
    # How far rare intents are made to count as much as frequent ones: 0 not at all, 1 wholly.
    # Wholly, the bot mistakes too much of what is out of scope for a thin intent.
    balance: float = 0.5
    outside_weight: float = 2.0  # an out_of_scope sentence's against another of its intent's size
    rounds: int = 40  # of the optimiser; stopping early costs no accuracy and halves the time
    folds: int = 3  # of the cross-validation when too few sentences are kept aside
    seed: int = 7


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
    held_out: dict[str, float]  # what cross-validation saw, for `rasa train`'s log

    @property
    def wants_encoder(self) -> bool:
        return bool(len(self.dense))

    def scores(self, text: str, vector: np.ndarray | None) -> np.ndarray:
        """Raw scores of one text. `vector` is the encoder's, None when there is no encoder."""
        total = self.bias.copy()
        if vector is not None and self.wants_encoder:
            total += vector @ self.dense
        for vocabulary, weights in zip(self.vocabularies, self.sparse, strict=True):
            places, values = vocabulary.weigh(text)
            if len(places):
                total += values @ weights[places]
        return total

    def confidences(self, text: str, encoder: SentenceEncoder | None) -> np.ndarray:
        vector = encoder.encode(text) if encoder is not None and self.wants_encoder else None
        return softmax(self.scores(text, vector), self.temperature)

    def ranking(self, text: str, encoder: SentenceEncoder | None) -> list[dict[str, object]]:
        """All intents, likeliest first, in Rasa's shape."""
        sure = self.confidences(text, encoder)
        return [{"name": self.labels[i], "confidence": float(sure[i])} for i in np.argsort(-sure)]

    def best(self, text: str, encoder: SentenceEncoder | None) -> tuple[str, float]:
        """The likeliest intent and how sure it is."""
        sure = self.confidences(text, encoder)
        first = int(sure.argmax())
        return self.labels[first], float(sure[first])

    def save(self, folder: Path) -> None:
        arrays = {
            f"sparse_{v.kind}": w for v, w in zip(self.vocabularies, self.sparse, strict=True)
        }
        arrays |= {f"rarity_{v.kind}": v.rarity for v in self.vocabularies}
        np.savez(folder / ARRAYS, dense=self.dense, bias=self.bias, **arrays)
        told = {
            "format": FORMAT,
            "labels": self.labels,
            "temperature": self.temperature,
            "thresholds": self.thresholds.as_dict(),
            "encoder": self.encoder,
            "held_out": self.held_out,
            "terms": {v.kind: list(v.index) for v in self.vocabularies},
        }
        (folder / WORDS).write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> IntentModel:
        told = json.loads((folder / WORDS).read_text(encoding="utf-8"))
        if told["format"] != FORMAT:
            raise ValueError(f"intent model of format {told['format']}, expected {FORMAT}: train")
        with np.load(folder / ARRAYS, allow_pickle=False) as arrays:
            vocabularies = [
                Vocabulary(kind, {t: i for i, t in enumerate(terms)}, arrays[f"rarity_{kind}"])
                for kind, terms in told["terms"].items()
            ]
            sparse = [arrays[f"sparse_{v.kind}"] for v in vocabularies]
            dense, bias = arrays["dense"], arrays["bias"]
        return cls(
            labels=told["labels"],
            vocabularies=vocabularies,
            dense=dense,
            sparse=sparse,
            bias=bias,
            temperature=told["temperature"],
            thresholds=Thresholds(**told["thresholds"]),
            encoder=told["encoder"],
            held_out=told["held_out"],
        )


def learn(
    texts: Sequence[str],
    labels: Sequence[str],
    encoder: SentenceEncoder | None,
    settings: LearningSettings | None = None,
) -> IntentModel:
    """The model of these sentences, its thresholds found on sentences it had not seen then."""
    settings = settings or LearningSettings()
    vocabularies = [
        Vocabulary.learn("words", texts, at_least=1 if len(texts) < 500 else 2),
        Vocabulary.learn("letters", texts, at_least=1 if len(texts) < 500 else 3),
    ]
    logger.info("encoding %d sentences", len(texts))
    vectors = encoder.encode_many(texts) if encoder is not None else None
    names = sorted(set(labels))
    truth = np.array([names.index(label) for label in labels])
    weights = _weights(truth, names, settings)
    blocks = _blocks(texts, vectors, vocabularies, settings)
    unseen, scores, start = _held_out(blocks, truth, weights, texts, settings)
    temperature = fit_temperature(scores, truth[unseen])
    confidences = softmax(scores, temperature)
    thresholds = find_thresholds(confidences, truth[unseen])
    logger.info("learning from all")
    coefficients, bias = fit(blocks, truth, weights, settings, start)
    return _assemble(
        names, vocabularies, encoder, coefficients, bias, temperature, thresholds,
        _what_was_seen(confidences, truth[unseen], thresholds), settings,
    )  # fmt: skip


def _blocks(texts, vectors, vocabularies, settings):  # type: ignore[no-untyped-def]
    """What is known of each text: the sentence vectors (or None), and the terms."""
    from scipy import sparse

    weights = {"words": settings.words_weight, "letters": settings.letters_weight}
    terms = []
    for vocabulary in vocabularies:
        rows = [vocabulary.weigh(text) for text in texts]
        starts = np.cumsum([0] + [len(places) for places, _ in rows])
        block = sparse.csr_matrix(
            (
                np.concatenate([values for _, values in rows]) * weights[vocabulary.kind],
                np.concatenate([places for places, _ in rows]),
                starts,
            ),
            shape=(len(texts), len(vocabulary.index)),
        )
        terms.append(block)
    dense = np.zeros((len(texts), 0), dtype=np.float32) if vectors is None else vectors
    return Blocks(dense, sparse.hstack(terms, format="csr").astype(np.float32))


def _weights(truth, names, settings):  # type: ignore[no-untyped-def]
    """How much each sentence counts, 1 on average."""
    counts = np.bincount(truth, minlength=len(names))
    weights = np.maximum(counts, 1.0) ** -settings.balance
    if OUT_OF_SCOPE in names:
        weights[names.index(OUT_OF_SCOPE)] *= settings.outside_weight
    each = weights[truth]
    return (each / each.mean()).astype(np.float32)


def _held_out(blocks, truth, weights, texts, settings):  # type: ignore[no-untyped-def]
    """Which sentences were held out, their scores, and a start for learning from all of them.

    The sentences kept aside are unseen by the encoder too. Where they are too few, as in a small
    project, every sentence is held out in turn.
    """
    logger.info("learning from some, to measure on the others")
    classes = int(truth.max()) + 1
    aside = np.array([kept_aside(text) for text in texts])
    if aside.sum() >= ENOUGH_ASIDE:
        seen = np.nonzero(~aside)[0]
        start = fit(blocks.rows(seen), truth[seen], weights[seen], settings, classes=classes)
        return np.nonzero(aside)[0], blocks.rows(aside).scores(*start), start
    scores = np.zeros((len(truth), classes), dtype=np.float32)
    parts = np.random.default_rng(settings.seed).permutation(len(truth)) % settings.folds
    for part in range(settings.folds):
        seen, unseen = np.nonzero(parts != part)[0], np.nonzero(parts == part)[0]
        learnt = fit(blocks.rows(seen), truth[seen], weights[seen], settings, classes=classes)
        scores[unseen] = blocks.rows(unseen).scores(*learnt)
    return np.arange(len(truth)), scores, None


def _what_was_seen(confidences, truth, thresholds):  # type: ignore[no-untyped-def]
    right = confidences.argmax(axis=1) == truth
    acted = confidences.max(axis=1) >= thresholds.act_above
    return {
        "sentences": float(len(truth)),
        "accuracy": round(float(right.mean()), 4),
        "acted_on": round(float(acted.mean()), 4),
        "right_when_acting": round(float(right[acted].mean()) if acted.any() else 0.0, 4),
    }


def _assemble(  # type: ignore[no-untyped-def]
    names, vocabularies, encoder, coefficients, bias, temperature, thresholds, seen, settings
):
    weights = {"words": settings.words_weight, "letters": settings.letters_weight}
    start = DIMENSIONS if encoder is not None else 0
    dense, blocks = coefficients[:start], []
    for vocabulary in vocabularies:
        end = start + len(vocabulary.index)
        blocks.append(np.ascontiguousarray(coefficients[start:end] * weights[vocabulary.kind]))
        start = end
    return IntentModel(
        labels=names,
        vocabularies=vocabularies,
        dense=np.ascontiguousarray(dense),
        sparse=blocks,
        bias=bias,
        temperature=temperature,
        thresholds=thresholds,
        encoder=encoder.name if encoder is not None else "",
        held_out=seen,
    )
