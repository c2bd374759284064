"""What can be said of labelled training sentences: variety, doubles, confusions, contradictions.

Pure: sentences, their features and the readings of a model that had not seen them come in.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

ALIKE = 0.96  # of two sentences of one intent: the second teaches next to nothing
ALIKE_ACROSS = 0.93  # of two sentences under different intents: one of them may be misplaced
SURE, RULED_OUT = 0.8, 0.05  # another intent is read surely, and the sentence's own hardly at all
_BLOCK = 1000  # sentences compared at once with all others


@dataclass(frozen=True)
class Sentence:
    text: str
    intent: str
    file: str


@dataclass(frozen=True)
class IntentFigures:
    intent: str
    sentences: int
    distinct: float  # share of word pairs that are not said twice
    nearest: float  # mean likeness of a sentence to the nearest other one of its intent
    recognised: float  # share that a model which had not seen it reads as labelled
    confused_with: tuple[tuple[str, int], ...]
    doubles: int  # sentences that are copies or near-copies of an earlier one
    contradicted: int


@dataclass(frozen=True)
class Pair:
    first: Sentence
    second: Sentence
    likeness: float


@dataclass(frozen=True)
class Contradiction:
    sentence: Sentence
    read_as: str
    confidence: float


@dataclass(frozen=True)
class Report:
    intents: list[IntentFigures]
    duplicates: list[Pair]  # the same words
    across: list[Pair]  # nearly the same, under two intents
    within: list[Pair]  # nearly the same, under one intent
    contradictions: list[Contradiction]
    recognised: float


def report(
    sentences: Sequence[Sentence], likeness: Likeness, names: Sequence[str], held_out: np.ndarray
) -> Report:
    """`held_out` has a row of confidences for each sentence, in the order of `names`."""
    duplicates = same_words(sentences)
    across, within = near_copies(sentences, likeness)
    contradictions = contradicted(sentences, names, held_out)
    read = [names[place] for place in held_out.argmax(axis=1)]
    figures = _figures(sentences, read, likeness, [*duplicates, *within], contradictions)
    right = sum(s.intent == r for s, r in zip(sentences, read, strict=True))
    return Report(figures, duplicates, across, within, contradictions, right / len(sentences))


@dataclass(frozen=True)
class Likeness:
    """For each sentence, its nearest earlier and nearest other one of its own intent, and the
    nearest one of another intent: places and cosines."""

    earlier: list[tuple[int, float]]
    own: list[float]
    other: list[tuple[int, float]]


def likeness_of(features: np.ndarray, intents: Sequence[str]) -> Likeness:
    """From rows of length 1; in blocks, as all pairs of ten thousand sentences fill no memory."""
    numbers = np.unique(np.array(intents), return_inverse=True)[1]
    earlier, own, other = [], [], []
    for start in range(0, len(features), _BLOCK):
        block = features[start : start + _BLOCK] @ features.T
        for row, cosines in enumerate(block):
            place = start + row
            same = numbers == numbers[place]
            cosines[place] = -1.0
            own.append(float(cosines[same].max()))
            before = np.where(same[:place], cosines[:place], -1.0)
            earlier.append(_best(before))
            other.append(_best(np.where(same, -1.0, cosines)))
    return Likeness(earlier, own, other)


def _best(cosines: np.ndarray) -> tuple[int, float]:
    if not len(cosines):
        return 0, -1.0
    place = int(cosines.argmax())
    return place, float(cosines[place])


def same_words(sentences: Sequence[Sentence]) -> list[Pair]:
    """Sentences of the same words, whatever their signs and capitals; the later with the first."""
    seen: dict[str, Sentence] = {}
    found = []
    for sentence in sentences:
        key = _words(sentence.text)
        if key and key in seen:
            found.append(Pair(seen[key], sentence, 1.0))
        seen.setdefault(key, sentence)
    return found


def near_copies(sentences: Sequence[Sentence], likeness: Likeness) -> tuple[list[Pair], list[Pair]]:
    """Pairs under two intents and pairs under one, the most alike first."""
    across = {
        tuple(sorted((place, nearest))): cosine
        for place, (nearest, cosine) in enumerate(likeness.other)
        if cosine >= ALIKE_ACROSS
    }
    within = {
        (nearest, place): cosine
        for place, (nearest, cosine) in enumerate(likeness.earlier)
        if cosine >= ALIKE
    }
    return _pairs(sentences, across), _pairs(sentences, within)


def _pairs(sentences: Sequence[Sentence], found: dict[tuple[int, ...], float]) -> list[Pair]:
    # The encoder knows no emoji: to it, all of them are alike.
    pairs = [
        Pair(sentences[a], sentences[b], cosine)
        for (a, b), cosine in found.items()
        if _words(sentences[a].text) and _words(sentences[b].text)
    ]
    return sorted(pairs, key=lambda pair: -pair.likeness)


def contradicted(
    sentences: Sequence[Sentence], names: Sequence[str], held_out: np.ndarray
) -> list[Contradiction]:
    """Sentences that a model which had not seen them surely reads as something else."""
    place = {name: i for i, name in enumerate(names)}
    found = []
    for sentence, confidences in zip(sentences, held_out, strict=True):
        best = int(confidences.argmax())
        own = confidences[place[sentence.intent]]
        if names[best] != sentence.intent and confidences[best] >= SURE and own <= RULED_OUT:
            found.append(Contradiction(sentence, names[best], float(confidences[best])))
    return sorted(found, key=lambda c: -c.confidence)


def _figures(
    sentences: Sequence[Sentence],
    read: Sequence[str],
    likeness: Likeness,
    copies: Sequence[Pair],
    contradictions: Sequence[Contradiction],
) -> list[IntentFigures]:
    places: dict[str, list[int]] = defaultdict(list)
    for place, sentence in enumerate(sentences):
        places[sentence.intent].append(place)
    doubles = Counter(sentence.intent for sentence in {pair.second for pair in copies})
    wrong = Counter(c.sentence.intent for c in contradictions)
    figures = []
    for intent, own in sorted(places.items()):
        confused = Counter(read[p] for p in own if read[p] != intent)
        figures.append(
            IntentFigures(
                intent,
                len(own),
                distinct_pairs([sentences[p].text for p in own]),
                float(np.mean([likeness.own[p] for p in own])),
                1 - confused.total() / len(own),
                tuple(confused.most_common(3)),
                doubles[intent],
                wrong[intent],
            )
        )
    return figures


def distinct_pairs(texts: Sequence[str]) -> float:
    """Distinct pairs of neighbouring words, of all such pairs (known as distinct-2)."""
    pairs = [
        pair
        for text in texts
        for words in [_words(text).split()]
        for pair in itertools.pairwise(words)
    ]
    return len(set(pairs)) / len(pairs) if pairs else 1.0


def _words(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(re.sub(r"[^\w\s]", " ", folded).split())
