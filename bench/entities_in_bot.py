"""The bot's half of bench.entities: finds and CPU time of each message, as JSON.

    .venv-rasa/bin/python -m bench.entities_in_bot < texts.json

Takes a list of texts, gives a list of {"finds": [[entity, value], …], "ms": CPU milliseconds}.
"""

from __future__ import annotations

import json
import sys
import time

from bot.extraction import finds_in


def main() -> None:
    finds_in("My name is Anna, warm up")
    answers = []
    for text in json.load(sys.stdin):
        started = time.process_time()
        found = finds_in(text)
        took = time.process_time() - started
        answers.append({"finds": [(f.entity, f.value) for f in found], "ms": took * 1000})
    json.dump(answers, sys.stdout)


if __name__ == "__main__":
    main()
