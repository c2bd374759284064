"""Questions answered from the shop's own articles (help/*.md): the best passage, or none.

BM25 ranks the passages; how much of the question's own words a passage holds decides whether
it is an answer at all. Changed articles are read again on the next question.
"""

import re
import threading
from dataclasses import dataclass
from math import log
from pathlib import Path

import bm25s  # type: ignore[import-untyped] # ships no types
import snowballstemmer  # type: ignore[import-untyped] # ships no types

from careline.service.articles import Passage, read_articles

# The share of a question that a passage must hold; measured by tests/service/test_help.py.
ENOUGH = 0.52
# The same for an article of the topic that the message was understood as.
ENOUGH_ON_TOPIC = 0.2
_CANDIDATES = 8
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
    score: float  # 0 to 1: how much of the question it holds
    on_topic: bool = False


@dataclass(frozen=True)
class _Index:
    state: tuple[tuple[str, int, int], ...]  # file, time and size, to see what changed
    passages: tuple[Passage, ...]
    tokens: tuple[frozenset[str], ...]
    weights: dict[str, float]  # a word's rarity, by its stem
    rarest: float
    ranking: bm25s.BM25


class HelpIndex:
    """The articles of one folder. Safe to ask from several threads."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._index: _Index | None = None

    def best(self, question: str, *, topic: str = "") -> Answer | None:
        """The passage that answers best, or None when none holds enough of the question.

        `topic` is the intent that the message was understood as; articles that are for it
        need to hold less.
        """
        for answer in self.search(question, topic=topic):
            if answer.score >= (ENOUGH_ON_TOPIC if answer.on_topic else ENOUGH):
                return answer
        return None

    def search(self, question: str, *, topic: str = "", limit: int = 3) -> list[Answer]:
        """The likeliest passages with their scores, good enough or not."""
        index = self._current()
        asked = list(dict.fromkeys(stems(question)))
        known = [stem for stem in asked if stem in index.weights]
        if not known or not index.passages:
            return []
        count = min(_CANDIDATES, len(index.passages))
        order, ranks = index.ranking.retrieve([known], k=count, show_progress=False)
        scored = [
            (_coverage(index, int(number), asked), float(rank), index.passages[int(number)])
            for number, rank in zip(order[0], ranks[0], strict=True)
            if rank > 0
        ]
        scored.sort(
            key=lambda one: (topic in one[2].topics, round(one[0], 1), one[1]), reverse=True
        )
        return [_answer(passage, score, topic) for score, _, passage in scored[:limit]]

    def _current(self) -> _Index:
        state = _state_of(self._folder)
        with self._lock:
            if self._index is None or self._index.state != state:
                self._index = _build(self._folder, state)
            return self._index


def stems(text: str) -> list[str]:
    """Stems of the words that carry meaning."""
    plain = (
        text.casefold().replace("’", "'").replace("cannot", "can not").replace("can't", "can not")
    )
    words = re.findall(r"[a-z0-9]+", plain.replace("'", ""))
    # The stemmer keeps state while it works, so each call has its own.
    stemmer = snowballstemmer.stemmer("english")
    return [stemmer.stemWord(word) for word in words if word not in _LITTLE]


def _build(folder: Path, state: tuple[tuple[str, int, int], ...]) -> _Index:
    passages = tuple(read_articles(folder))
    # The titles say what a passage is about, so they count twice.
    texts = [stems(f"{p.title} {p.section} {p.title} {p.section} {p.words}") for p in passages]
    counts: dict[str, int] = {}
    for tokens in texts:
        for token in set(tokens):
            counts[token] = counts.get(token, 0) + 1
    weights = {token: log(1 + len(texts) / count) for token, count in counts.items()}
    ranking = bm25s.BM25()
    if texts:
        ranking.index(texts, show_progress=False)
    return _Index(
        state=state,
        passages=passages,
        tokens=tuple(frozenset(tokens) for tokens in texts),
        weights=weights,
        rarest=max(weights.values(), default=1.0),
        ranking=ranking,
    )


def _coverage(index: _Index, number: int, asked: list[str]) -> float:
    """The share of the question that the passage holds; a word that no article has is rare."""
    total = sum(index.weights.get(stem, index.rarest) for stem in asked)
    held = sum(index.weights[stem] for stem in asked if stem in index.tokens[number])
    return held / total


def _answer(passage: Passage, score: float, topic: str) -> Answer:
    return Answer(
        title=passage.section or passage.title,
        text=passage.text,
        link=f"/help/{passage.slug}#{passage.anchor}",
        score=round(score, 3),
        on_topic=topic in passage.topics,
    )


def _state_of(folder: Path) -> tuple[tuple[str, int, int], ...]:
    files = sorted(folder.glob("*.md"))
    return tuple((f.name, (s := f.stat()).st_mtime_ns, s.st_size) for f in files)
