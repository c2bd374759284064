"""Learn the intent model from labelled sentences: weights, an honest temperature, thresholds.

Learns with scipy (bot/regression.py). Temperature and thresholds come from sentences that were not
learnt from, read as customers' messages are read: clause by clause (bot/reading.py).
"""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bot.calibration import Thresholds, find_thresholds, fit_temperature, kept_aside, softmax
from bot.encoder import DIMENSIONS, SentenceEncoder
from bot.intent_model import IntentModel
from bot.ngrams import Vocabulary
from bot.reading import MessageReader, understand
from bot.regression import Blocks, fit

logger = logging.getLogger(__name__)

OUT_OF_SCOPE = "out_of_scope"
ENOUGH_ASIDE = 200  # sentences, for thresholds that mean something
# Thresholds decide which clauses count, and what counts moves the thresholds.
THRESHOLD_ROUNDS = 3


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
    words_alone_rounds: int = 20  # beginning with what was learnt beside the vectors
    folds: int = 3  # of the cross-validation when too few sentences are kept aside
    seed: int = 7


@dataclass(frozen=True)
class Material:
    """What is learnt from, counted and weighed once for every model that is made of it."""

    texts: Sequence[str]
    names: list[str]  # of the intents
    truth: np.ndarray  # each text's place in them
    counts: np.ndarray  # how much each text counts, 1 on average
    vocabularies: list[Vocabulary]
    blocks: Blocks
    encoder: SentenceEncoder | None
    settings: LearningSettings

    def of_words_alone(self) -> Material:
        nothing = np.zeros((len(self.texts), 0), dtype=np.float32)
        return dataclasses.replace(
            self, blocks=Blocks(nothing, self.blocks.terms), encoder=None,
            settings=dataclasses.replace(self.settings, rounds=self.settings.words_alone_rounds),
        )  # fmt: skip


Weights = tuple[np.ndarray, np.ndarray]  # coefficients (features x intents) and bias


@dataclass(frozen=True)
class Trial:
    """Learnt without the sentences that it is measured on."""

    unseen: np.ndarray  # their rows
    weights: Weights


def learn(
    texts: Sequence[str],
    labels: Sequence[str],
    encoder: SentenceEncoder | None,
    settings: LearningSettings | None = None,
) -> IntentModel:
    """The model of these sentences, and with an encoder the one that does without it."""
    material = _material(texts, labels, encoder, settings or LearningSettings())
    if encoder is None:
        return _learnt(material)[0]
    model, trials, weights = _learnt(material)
    logger.info("learning to do without the sentence encoder")
    model.words_alone, _, _ = _learnt(
        material.of_words_alone(),
        [Trial(t.unseen, _without_vectors(t.weights)) for t in trials],
        _without_vectors(weights),
    )
    return model


def _material(
    texts: Sequence[str],
    labels: Sequence[str],
    encoder: SentenceEncoder | None,
    settings: LearningSettings,
) -> Material:
    vocabularies = [
        Vocabulary.learn("words", texts, at_least=1 if len(texts) < 500 else 2),
        Vocabulary.learn("letters", texts, at_least=1 if len(texts) < 500 else 3),
    ]
    logger.info("encoding %d sentences", len(texts))
    vectors = encoder.encode_many(texts) if encoder is not None else None
    names = sorted(set(labels))
    truth = np.array([names.index(label) for label in labels])
    return Material(
        texts, names, truth, _counts(truth, names, settings), vocabularies,
        _blocks(texts, vectors, vocabularies, settings), encoder, settings,
    )  # fmt: skip


def _learnt(
    material: Material, starts: Sequence[Trial] = (), start: Weights | None = None
) -> tuple[IntentModel, list[Trial], Weights]:
    """A model with its temperature and thresholds, and what it was made from.

    `starts` and `start` are earlier answers to go on from.
    """
    logger.info("learning from some, to measure on the others")
    trials = [
        Trial(unseen, _fitted(material, ~_chosen(unseen, material), first))
        for unseen, first in _parts(material, starts)
    ]
    unseen = np.concatenate([trial.unseen for trial in trials])
    truth = material.truth[unseen]
    scores = np.concatenate([material.blocks.rows(t.unseen).scores(*t.weights) for t in trials])
    temperature = fit_temperature(scores, truth)
    first_guess = find_thresholds(softmax(scores, temperature), truth)
    confidences, thresholds = _read_through(material, trials, temperature, first_guess, truth)
    logger.info("learning from all")
    everything = np.ones(len(material.texts), dtype=bool)
    weights = _fitted(
        material, everything, start or (trials[0].weights if len(trials) == 1 else None)
    )
    seen = _what_was_seen(confidences, truth, thresholds)
    return _assembled(material, weights, temperature, thresholds, seen), trials, weights


def _parts(
    material: Material, starts: Sequence[Trial]
) -> Iterator[tuple[np.ndarray, Weights | None]]:
    """Which sentences are held out together, and the weights to begin with.

    The sentences kept aside are unseen by the encoder too. Where they are too few, as in a small
    project, every sentence is held out in turn.
    """
    if starts:
        yield from ((trial.unseen, trial.weights) for trial in starts)
        return
    aside = np.array([kept_aside(text) for text in material.texts])
    if aside.sum() >= ENOUGH_ASIDE:
        yield np.nonzero(aside)[0], None
        return
    shuffled = np.random.default_rng(material.settings.seed).permutation(len(material.truth))
    for part in range(material.settings.folds):
        yield np.nonzero(shuffled % material.settings.folds == part)[0], None


def _chosen(rows: np.ndarray, material: Material) -> np.ndarray:
    chosen = np.zeros(len(material.texts), dtype=bool)
    chosen[rows] = True
    return chosen


def _fitted(material: Material, chosen: np.ndarray, start: Weights | None) -> Weights:
    rows = np.nonzero(chosen)[0]
    return fit(
        material.blocks.rows(rows), material.truth[rows], material.counts[rows],
        material.settings, start, classes=len(material.names),
    )  # fmt: skip


def _without_vectors(weights: Weights) -> Weights:
    return weights[0][DIMENSIONS:], weights[1]


def _read_through(
    material: Material,
    trials: Sequence[Trial],
    temperature: float,
    thresholds: Thresholds,
    truth: np.ndarray,
) -> tuple[np.ndarray, Thresholds]:
    """Confidences of the held-out sentences as customers' messages get them, and the thresholds."""
    heard = []
    for trial in trials:
        known = Remembered(material, trial.unseen) if material.encoder is not None else None
        model = _assembled(material, trial.weights, temperature, thresholds, {})
        reader = MessageReader(model, known)  # type: ignore[arg-type]
        heard += [reader.hear(material.texts[row]) for row in trial.unseen]
    place = {name: column for column, name in enumerate(material.names)}
    confidences = np.zeros((len(heard), len(place)), dtype=np.float32)
    for _ in range(THRESHOLD_ROUNDS):
        for row, one in enumerate(heard):
            for reading in understand(material.names, one, thresholds.act_above).ranking:
                confidences[row, place[reading["name"]]] = reading["confidence"]
        thresholds = find_thresholds(confidences, truth)
    return confidences, thresholds


class Remembered:
    """The encoder, with the vectors of some training sentences at hand."""

    def __init__(self, material: Material, rows: np.ndarray) -> None:
        self._encoder = material.encoder
        self._known = {material.texts[row]: material.blocks.dense[row] for row in rows}

    def encode(self, text: str) -> np.ndarray:
        known = self._known.get(text)
        if known is not None:
            return known
        assert self._encoder is not None  # is only made with one
        return self._encoder.encode(text)


def _blocks(
    texts: Sequence[str],
    vectors: np.ndarray | None,
    vocabularies: Sequence[Vocabulary],
    settings: LearningSettings,
) -> Blocks:
    """What is known of each text: the sentence vectors (or none), and the terms."""
    from scipy import sparse

    terms = []
    for vocabulary in vocabularies:
        rows = [vocabulary.weigh(text) for text in texts]
        starts = np.cumsum([0] + [len(places) for places, _ in rows])
        weight = _weight_of(vocabulary, settings)
        block = sparse.csr_matrix(
            (
                np.concatenate([values for _, values in rows]) * weight,
                np.concatenate([places for places, _ in rows]),
                starts,
            ),
            shape=(len(texts), len(vocabulary.index)),
        )
        terms.append(block)
    dense = np.zeros((len(texts), 0), dtype=np.float32) if vectors is None else vectors
    return Blocks(dense, sparse.hstack(terms, format="csr").astype(np.float32))


def _weight_of(vocabulary: Vocabulary, settings: LearningSettings) -> float:
    return {"words": settings.words_weight, "letters": settings.letters_weight}[vocabulary.kind]


def _counts(truth: np.ndarray, names: list[str], settings: LearningSettings) -> np.ndarray:
    """How much each sentence counts, 1 on average."""
    sizes = np.bincount(truth, minlength=len(names))
    counts = np.maximum(sizes, 1.0) ** -settings.balance
    if OUT_OF_SCOPE in names:
        counts[names.index(OUT_OF_SCOPE)] *= settings.outside_weight
    each: Any = counts[truth]
    return np.asarray(each / each.mean(), dtype=np.float32)


def _what_was_seen(
    confidences: np.ndarray, truth: np.ndarray, thresholds: Thresholds
) -> dict[str, float]:
    right = confidences.argmax(axis=1) == truth
    acted = confidences.max(axis=1) >= thresholds.act_above
    return {
        "sentences": float(len(truth)),
        "accuracy": round(float(right.mean()), 4),
        "acted_on": round(float(acted.mean()), 4),
        "right_when_acting": round(float(right[acted].mean()) if acted.any() else 0.0, 4),
    }


def _assembled(
    material: Material,
    weights: Weights,
    temperature: float,
    thresholds: Thresholds,
    held_out: dict[str, float],
) -> IntentModel:
    coefficients, bias = weights
    start = material.blocks.dense.shape[1]
    dense, sparse = coefficients[:start], []
    for vocabulary in material.vocabularies:
        end = start + len(vocabulary.index)
        weight = _weight_of(vocabulary, material.settings)
        sparse.append(np.ascontiguousarray(coefficients[start:end] * weight))
        start = end
    return IntentModel(
        labels=material.names,
        vocabularies=material.vocabularies,
        dense=np.ascontiguousarray(dense),
        sparse=sparse,
        bias=bias,
        temperature=temperature,
        thresholds=thresholds,
        encoder=material.encoder.name if material.encoder is not None else "",
        held_out=held_out,
    )
