"""Run the turns of one conversation in a process of its own, and die at a named step.

Run by test_crashes.py, with the arguments of `main`.
"""

import os
import sys
from pathlib import Path

from careline.bootstrap import build
from careline.kit.clock import FixedClock
from tests.house import FRIDAY, settings


def main(step: str, state: str, record: str, rasa_url: str, conversation: str) -> None:
    def die(reached: str) -> None:
        if reached == step:
            os._exit(9)  # as kill -9 does: nothing is cleaned up

    made = settings(Path(state), rasa_url, database_url=record)
    container = build(made, FixedClock(FRIDAY), at_step=die)
    while container.turns.run_next(conversation):
        pass
    os._exit(0)


if __name__ == "__main__":
    main(*sys.argv[1:])
