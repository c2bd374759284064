"""Logistic regression over several intents, for sentence vectors beside sparse terms.

scikit-learn's would take the vectors as sparse numbers too, which costs five times the time.
The mathematics is the same: softmax, squared penalty, L-BFGS.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from bot.calibration import softmax


@dataclass(frozen=True)
class Blocks:
    """What is known of the texts, a row for each: vectors, and the weights of terms (scipy CSR)."""

    dense: np.ndarray
    terms: Any

    @property
    def features(self) -> int:
        return int(self.dense.shape[1] + self.terms.shape[1])

    def rows(self, chosen: np.ndarray) -> Blocks:
        return Blocks(self.dense[chosen], self.terms[chosen])

    def scores(self, coefficients: np.ndarray, bias: np.ndarray) -> np.ndarray:
        """Texts x intents."""
        width = self.dense.shape[1]
        return self.dense @ coefficients[:width] + self.terms @ coefficients[width:] + bias

    def gradient(self, errors: np.ndarray) -> np.ndarray:
        """Features x intents."""
        return np.vstack([self.dense.T @ errors, self.terms.T @ errors])


def fit(
    blocks: Blocks,
    truth: np.ndarray,
    weights: np.ndarray,
    settings: Any,
    start: tuple[np.ndarray, np.ndarray] | None = None,
    classes: int | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Coefficients (features x classes) and bias, after at most `settings.rounds` rounds.

    `weights` says how much each text counts; `start` is an earlier answer to go on from.
    """
    from scipy.optimize import minimize

    classes = classes or int(truth.max()) + 1
    shape = (blocks.features + 1, classes)
    first = np.zeros(shape) if start is None else np.vstack(start)
    each = (settings.strength * weights).astype(np.float32)[:, None]
    rows = np.arange(len(truth))

    def loss(flat: np.ndarray) -> tuple[float, np.ndarray]:
        table = flat.reshape(shape)
        small = table.astype(np.float32)
        likely = softmax(blocks.scores(small[:-1], small[-1]), 1.0)
        surprise = -np.log(np.maximum(likely[rows, truth], 1e-12))
        likely[rows, truth] -= 1
        errors = likely * each
        slope = np.vstack([blocks.gradient(errors), errors.sum(axis=0)]).astype(np.float64)
        slope[:-1] += table[:-1]
        return float((surprise * each[:, 0]).sum() + (table[:-1] ** 2).sum() / 2), slope.ravel()

    found = minimize(
        loss, first.ravel(), jac=True, method="L-BFGS-B",
        options={"maxiter": settings.rounds, "gtol": 1e-3},
    )  # fmt: skip
    table = found.x.reshape(shape).astype(np.float32)
    return table[:-1], table[-1]
