"""The reader inside a trained model file, without Rasa around it."""

from __future__ import annotations

import tarfile
import tempfile
from pathlib import Path

from bot.encoder import encoder_named
from bot.intent_model import ARRAYS, WORDS, IntentModel
from bot.reading import MessageReader

MODEL = Path(__file__).resolve().parents[1] / "var" / "models" / "careline.tar.gz"


def reader_of(archive: Path = MODEL) -> MessageReader:
    """Reads as the bot with this model does, its encoder included if it can be found."""
    model = intent_model_in(archive)
    return MessageReader(model, encoder_named(model.encoder))


def intent_model_in(archive: Path) -> IntentModel:
    with tempfile.TemporaryDirectory() as folder, tarfile.open(archive) as packed:
        for member in packed.getmembers():
            if Path(member.name).name in (ARRAYS, WORDS):
                member.name = Path(member.name).name  # never a path out of the folder
                packed.extract(member, folder)
        return IntentModel.load(Path(folder))
