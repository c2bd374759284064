"""How sure is sure: a temperature for honest confidences and the two thresholds drawn from them.

Pure: readings of held-out training sentences come in, numbers go out.
"""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass

import numpy as np

# Shares that must be right of what is acted on, and of "did you mean A or B", asked of sentences
# kept aside and read as they are when customers write. Customers get 0.95 and 0.90; what is acted
# on is harder in the sentences kept aside than in real messages, what is asked back is not.
# What a form asks, and side steps in the middle of one, need less (actions/bends.py).
RIGHT_WHEN_ACTING = 0.945
RIGHT_WHEN_ASKING = 0.9


@dataclass(frozen=True)
class Thresholds:
    """At or above act_above we act on the best reading; down to ask_above we offer the best two."""

    act_above: float
    ask_above: float

    def as_dict(self) -> dict[str, float]:
        return asdict(self)


# However the sentences of a shop fall out, the bot neither acts on a guess nor asks about all.
LOWEST = Thresholds(act_above=0.40, ask_above=0.20)
HIGHEST = Thresholds(act_above=0.80, ask_above=0.55)


def kept_aside(text: str) -> bool:
    """One sentence in ten, always the same ones: tools/finetune_encoder.py never shows them to
    the encoder, so that what is measured on them is honest.
    """
    return hashlib.sha256(text.strip().lower().encode()).digest()[0] % 10 == 0


def softmax(scores: np.ndarray, temperature: float) -> np.ndarray:
    shifted = scores / temperature
    shifted = shifted - shifted.max(axis=-1, keepdims=True)
    raised = np.exp(shifted)
    return raised / raised.sum(axis=-1, keepdims=True)


def fit_temperature(scores: np.ndarray, truth: np.ndarray) -> float:
    """The temperature under which held-out truths are likeliest (a scan; the curve is smooth)."""
    candidates = np.geomspace(0.2, 5.0, 81)
    rows = np.arange(len(truth))

    def surprise(temperature: float) -> float:
        likely = softmax(scores, temperature)[rows, truth]
        return float(-np.log(np.maximum(likely, 1e-12)).mean())

    return float(min(candidates, key=surprise))


def find_thresholds(confidences: np.ndarray, truth: np.ndarray) -> Thresholds:
    """The lowest thresholds that keep the two promises above, within LOWEST and HIGHEST."""
    ranked = np.argsort(-confidences, axis=1)[:, :2]
    sure = confidences.max(axis=1)
    first = ranked[:, 0] == truth
    either = (ranked == truth[:, None]).any(axis=1)
    act = _lowest(sure, first, RIGHT_WHEN_ACTING)
    act = min(max(act, LOWEST.act_above), HIGHEST.act_above)
    below = sure < act
    ask = _lowest(sure[below], either[below], RIGHT_WHEN_ASKING) if below.any() else 0.0
    ask = min(max(ask, LOWEST.ask_above), HIGHEST.ask_above, act)
    return Thresholds(round(act, 3), round(ask, 3))


def _lowest(sure: np.ndarray, right: np.ndarray, share: float) -> float:
    """The lowest confidence from which on at least this share is right; 1.0 if there is none."""
    order = np.argsort(-sure)
    running = np.cumsum(right[order]) / np.arange(1, len(order) + 1)
    good = np.nonzero(running >= share)[0]
    return float(sure[order][good[-1]]) if len(good) else 1.0
