"""Words and letter groups of a message, weighted by TF-IDF; the same code trains and predicts.

Kept apart from scikit-learn's vectorisers: their per-call overhead is several times the work on
a chat message, and their saved form is a pickle.
"""

from __future__ import annotations

import html
import itertools
import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

_LINK = re.compile(r"https?://\S+|www\.\S+")
_HANDLE = re.compile(r"(?<!\w)@\w+")
_DIGIT = re.compile(r"\d")
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)?|[?!£$€]")


def plain(text: str) -> str:
    """Lower case, curly quotes straightened, links and handles marked, every digit a zero."""
    text = html.unescape(text).lower().replace("’", "'")
    text = _HANDLE.sub(" @ ", _LINK.sub(" url ", text))
    return " ".join(_DIGIT.sub("0", text).split())


def words(text: str) -> Iterable[str]:
    """Single words and neighbouring pairs."""
    found = _WORD.findall(plain(text))
    yield from found
    for left, right in itertools.pairwise(found):
        yield f"{left} {right}"


def letters(text: str) -> Iterable[str]:
    """Groups of 2 to 5 letters inside words (with a space at their edges): typos survive it."""
    for word in plain(text).split():
        padded = f" {word[:30]} "  # 30: a shout of five hundred letters is one word all the same
        for size in range(2, 6):
            for start in range(max(1, len(padded) - size + 1)):
                yield padded[start : start + size]


ANALYSERS: dict[str, Callable[[str], Iterable[str]]] = {"words": words, "letters": letters}


@dataclass
class Vocabulary:
    """The terms known from training, each with its rarity (IDF)."""

    kind: str  # a key of ANALYSERS
    index: dict[str, int]
    rarity: np.ndarray  # float32, one per term

    @classmethod
    def learn(cls, kind: str, texts: Sequence[str], at_least: int) -> Vocabulary:
        """Terms in at least so many texts; rarity as scikit-learn's smooth IDF."""
        analyse = ANALYSERS[kind]
        seen: Counter[str] = Counter()
        for text in texts:
            seen.update(set(analyse(text)))
        terms = sorted(term for term, count in seen.items() if count >= at_least)
        rarity = [math.log((1 + len(texts)) / (1 + seen[term])) + 1 for term in terms]
        return cls(kind, {t: i for i, t in enumerate(terms)}, np.array(rarity, dtype=np.float32))

    def weigh(self, text: str) -> tuple[np.ndarray, np.ndarray]:
        """Which terms the text holds and their weights, of length 1 together."""
        counts: dict[int, int] = {}
        index = self.index
        for term in ANALYSERS[self.kind](text):
            place = index.get(term)
            if place is not None:
                counts[place] = counts.get(place, 0) + 1
        places = np.fromiter(counts.keys(), dtype=np.int32, count=len(counts))
        values = np.fromiter(counts.values(), dtype=np.float32, count=len(counts))
        values = (1 + np.log(values)) * self.rarity[places]
        length = float(np.sqrt((values**2).sum()))
        return places, values / length if length else values
