"""The intent classifier itself: sentence vector beside TF-IDF in one logistic regression.

Learns with scikit-learn; predicts with numpy alone. Saved as arrays (npz) and words (json),
never as a pickle: a model file must not be able to run code.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bot.calibration import Thresholds, find_thresholds, fit_temperature, softmax
from bot.encoder import DIMENSIONS, SentenceEncoder
from bot.ngrams import Vocabulary

ARRAYS, WORDS = "intents.npz", "intents.json"
FORMAT = 1


@dataclass(frozen=True)
class LearningSettings:
    """What the learner may be told; the defaults measured best."""

    strength: float = 8.0  # scikit-learn's C: larger trusts the sentences more
    words_weight: float = 1.0  # of the word block against the sentence vector's 1.0
    letters_weight: float = 1.0
    folds: int = 3  # of the cross-validation behind temperature and thresholds
    rounds: int = 40  # of the optimiser; stopping early costs no accuracy and halves the time
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
            held_out=told["held_out"],
        )


def learn(
    texts: Sequence[str],
    labels: Sequence[str],
    encoder: SentenceEncoder | None,
    settings: LearningSettings | None = None,
) -> IntentModel:
    """Learn from labelled sentences; needs scikit-learn."""
    settings = settings or LearningSettings()
    vocabularies = [
        Vocabulary.learn("words", texts, at_least=1 if len(texts) < 500 else 2),
        Vocabulary.learn("letters", texts, at_least=1 if len(texts) < 500 else 3),
    ]
    vectors = encoder.encode_many(texts) if encoder is not None else None
    matrix = _matrix(texts, vectors, vocabularies, settings)
    names = sorted(set(labels))
    truth = np.array([names.index(label) for label in labels])
    scores = _held_out_scores(matrix, truth, len(names), settings)
    temperature = fit_temperature(scores, truth)
    confidences = softmax(scores, temperature)
    thresholds = find_thresholds(confidences, truth)
    coefficients, bias = _fit(matrix, truth, len(names), settings)
    return _assemble(
        names, vocabularies, vectors is not None, coefficients, bias, temperature, thresholds,
        _what_was_seen(confidences, truth, thresholds), settings,
    )  # fmt: skip


def _matrix(texts, vectors, vocabularies, settings):  # type: ignore[no-untyped-def]
    from scipy import sparse

    blocks = [] if vectors is None else [sparse.csr_matrix(vectors)]
    weights = {"words": settings.words_weight, "letters": settings.letters_weight}
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
        blocks.append(block)
    return sparse.hstack(blocks, format="csr").astype(np.float32)


def _fit(matrix, truth, classes, settings):  # type: ignore[no-untyped-def]
    """Coefficients (features x classes) and bias; classes missing from `truth` stay at -10."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    learner = LogisticRegression(
        C=settings.strength, max_iter=settings.rounds, tol=1e-3, class_weight="balanced"
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # we stop early on purpose
        learner.fit(matrix, truth)
    coefficients = np.zeros((matrix.shape[1], classes), dtype=np.float32)
    bias = np.full(classes, -10.0, dtype=np.float32)
    if len(learner.classes_) == 2:  # scikit-learn gives one row for two classes
        coefficients[:, learner.classes_[1]] = learner.coef_[0]
        bias[learner.classes_] = [0.0, learner.intercept_[0]]
    else:
        coefficients[:, learner.classes_] = learner.coef_.T
        bias[learner.classes_] = learner.intercept_
    return coefficients, bias


def _held_out_scores(matrix, truth, classes, settings):  # type: ignore[no-untyped-def]
    """The scores of every sentence by a model that has not seen it."""
    from sklearn.model_selection import StratifiedKFold

    rarest = int(np.bincount(truth).min())
    folds = max(2, min(settings.folds, rarest))
    scores = np.zeros((len(truth), classes), dtype=np.float32)
    splitter = StratifiedKFold(folds, shuffle=True, random_state=settings.seed)
    for seen, unseen in splitter.split(matrix, truth):
        coefficients, bias = _fit(matrix[seen], truth[seen], classes, settings)
        scores[unseen] = matrix[unseen] @ coefficients + bias
    return scores


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
    names, vocabularies, with_encoder, coefficients, bias, temperature, thresholds, seen, settings
):
    weights = {"words": settings.words_weight, "letters": settings.letters_weight}
    start = DIMENSIONS if with_encoder else 0
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
        held_out=seen,
    )
