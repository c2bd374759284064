"""Questions answered from the shop's own articles (help/*.md): the best passage, or none.

By words, rare ones counting more: see docs/decisions for what else was measured. Changed
articles are read again on the next question.
"""

import os
import re
import threading
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from math import log
from pathlib import Path

import snowballstemmer  # type: ignore[import-untyped] # ships no types
from rapidfuzz import fuzz, process

from careline.service.articles import Passage, read_articles

# From this score on it is an answer: no question of the open part of the test set that has no
# answer comes so far (python -m bench.help).
ENOUGH = 0.4
CLEARLY = 0.5  # for what was read as nothing of ours
# The same for an article of the topic that the message was understood as, and its start.
ENOUGH_ON_TOPIC = 0.3
ON_TOPIC = 0.1
UNKNOWN = 1.6  # a word that no article has, against the rarest of those that they have
LONGEST_QUESTION = 600  # characters; what is longer says what it is about by then
SHORTEST_SLIP = 5  # letters; shorter words are other words more often than misspelt ones
# Words of a question that say nothing of what it is about.
_LITTLE = {
    "a", "about", "an", "and", "any", "are", "as", "at", "be", "been", "but", "by", "can",
    "could", "did", "do", "does", "find", "for", "from", "get", "give", "had", "has", "have",
    "hello", "hey", "hi", "how", "i", "if", "im", "in", "into", "is", "it", "its", "ive", "just",
    "know", "let", "like", "may", "me", "might", "much", "my", "need", "of", "on", "or", "our",
    "please", "possible", "say", "should", "so", "some", "tell", "than", "thank", "thanks",
    "that", "the", "their", "them", "then", "there", "these", "they", "thing", "things", "this",
    "to", "too", "up", "us", "use", "want", "was", "we", "were", "what", "whats", "when", "where",
    "which", "who", "why", "will", "with", "would", "yes", "you", "your", "youre", "yours",
}  # fmt: skip


@dataclass(frozen=True)
class Answer:
    title: str
    text: str  # plain, short enough for a chat
    link: str  # /help/<article>#<section>
    score: float  # 0 to 1: how near it is to the question
    on_topic: bool = False


@dataclass(frozen=True)
class _Searched:
    """A passage as it is searched: all its words, and each way in which it is asked for."""

    passage: Passage
    words: frozenset[str]
    asked: tuple[frozenset[str], ...]


@dataclass(frozen=True)
class _Index:
    state: tuple[tuple[str, int, int], ...]  # file, time and size, to see what changed
    passages: tuple[_Searched, ...]
    weights: dict[str, float]  # a word's rarity, by its stem
    rarest: float

    def weight_of(self, words: Iterable[str]) -> float:
        return sum(self.weights.get(word, self.rarest * UNKNOWN) for word in words)


class HelpIndex:
    """The articles of one folder. Safe to ask from several threads."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._index: _Index | None = None

    def best(self, question: str, *, topic: str = "", at_least: float = ENOUGH) -> Answer | None:
        """The passage that answers best, or None when none is near enough to the question.

        `topic` is the intent that the message was understood as; articles that are for it
        need to be less near.
        """
        for answer in self.search(question, topic=topic):
            if answer.score >= (ENOUGH_ON_TOPIC if answer.on_topic else at_least):
                return answer
        return None

    def search(self, question: str, *, topic: str = "", limit: int = 3) -> list[Answer]:
        """The likeliest passages with their scores, good enough or not."""
        index = self._current()
        asked = frozenset(_as_known(index, stem) for stem in stems(question[:LONGEST_QUESTION]))
        if index.weights.keys().isdisjoint(asked):
            return []
        scored = [(_score(index, one, asked), one.passage) for one in index.passages]
        scored = [(score, passage) for score, passage in scored if score > 0]
        scored.sort(key=lambda one: one[0] + ON_TOPIC * (topic in one[1].topics), reverse=True)
        return [_answer(passage, score, topic) for score, passage in scored[:limit]]

    def _current(self) -> _Index:
        state = _state_of(self._folder)
        with self._lock:
            if self._index is None or self._index.state != state:
                self._index = _build(self._folder, state)
            return self._index


def stems(text: str) -> list[str]:
    """Stems of the words that carry meaning."""
    plain = (
        text.casefold()
        .replace("’", "'")
        .replace("cannot", "can not")
        .replace("can't", "can not")
        .replace("e-mail", "email")
    )
    words = re.findall(r"[a-z0-9]+", plain.replace("'", ""))
    # The stemmer keeps state while it works, so each call has its own.
    stemmer = snowballstemmer.stemmer("english")
    return [stemmer.stemWord(word) for word in words if word not in _LITTLE]


def _build(folder: Path, state: tuple[tuple[str, int, int], ...]) -> _Index:
    passages = tuple(_searched(passage) for passage in read_articles(folder))
    counts = Counter(word for one in passages for word in one.words)
    weights = {word: log(1 + len(passages) / count) for word, count in counts.items()}
    return _Index(state, passages, weights, rarest=max(weights.values(), default=1.0))


def _searched(passage: Passage) -> _Searched:
    asked = [frozenset(stems(question)) for question in (passage.section, *passage.asked)]
    words = stems(f"{passage.title} {passage.words}")
    return _Searched(passage, frozenset(words).union(*asked), tuple(a for a in asked if a))


def _as_known(index: _Index, stem: str) -> str:
    """The word of the articles that was meant, if this one looks like a slip of the pen."""
    if stem in index.weights or len(stem) < SHORTEST_SLIP:
        return stem
    near = process.extractOne(stem, index.weights.keys(), scorer=fuzz.ratio, score_cutoff=85)
    return str(near[0]) if near and near[0][0] == stem[0] else stem


def _score(index: _Index, one: _Searched, asked: frozenset[str]) -> float:
    """From 0 to 1: how much of the question the passage holds, and how like it is to a way in
    which the passage is asked for.

    The first alone is fooled by long passages, the second by questions with a story around them.
    """
    total = index.weight_of(asked)
    held = index.weight_of(asked & one.words) / total
    if not held:
        return 0.0
    alike = max(
        (
            2 * index.weight_of(asked & known) / (total + index.weight_of(known))
            for known in one.asked
        ),
        default=held,
    )
    return (held + alike) / 2


def _answer(passage: Passage, score: float, topic: str) -> Answer:
    return Answer(
        title=passage.section or passage.title,
        text=passage.text,
        link=f"/help/{passage.slug}#{passage.anchor}",
        score=round(score, 3),
        on_topic=topic in passage.topics,
    )


def _state_of(folder: Path) -> tuple[tuple[str, int, int], ...]:
    with os.scandir(folder) as entries:  # at every question: a Path for each file would be felt
        files = [(f.name, f.stat()) for f in entries if f.name.endswith(".md")]
    return tuple(sorted((name, stat.st_mtime_ns, stat.st_size) for name, stat in files))
