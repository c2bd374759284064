"""Understands messages with the trained model, one JSON text a line; runs in Rasa's environment.

.venv-rasa/bin/python tests/actions/reader.py FOLDER_OF_THE_UNPACKED_MODEL
"""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from bot.encoder import encoder_named
from bot.extraction import finds_in
from bot.intent_model import IntentModel
from bot.reading import MessageReader


def main() -> None:
    model = IntentModel.load(next(Path(sys.argv[1]).rglob("intents.npz")).parent)
    reader = MessageReader(model, encoder_named(model.encoder))
    for line in sys.stdin:
        sys.stdout.write(json.dumps(_read(reader, json.loads(line))) + "\n")
        sys.stdout.flush()


def _read(reader: MessageReader, text: str) -> dict[str, object]:
    """What the tracker would hold of it."""
    found = reader.read(text)
    least = reader.model.thresholds.act_above
    best = found.ranking[0]
    sure = best["confidence"] >= least
    return {
        "text": text,
        "intent": best if sure else {"name": "nlu_fallback", "confidence": least},
        "entities": [{"entity": f.entity, "value": f.value} for f in finds_in(text)],
        "metadata": {
            "ranking": found.ranking[:5],
            "requests": [{"intent": r.intent, "text": r.text} for r in found.requests.others],
        },
    }


if __name__ == "__main__":
    main()
