"""Run the turns of one conversation in a process of its own, and die at a named step.

With words, they are taken in and answered on the server's loop; else a lane answers what waits.

Run by test_crashes.py, with the arguments of `main`.
"""

import os
import sys
import threading
from pathlib import Path

from careline import app
from careline.bootstrap import Container, build
from careline.channels.web.converse import converse
from careline.channels.web.wire import NewMessage
from careline.kit.clock import FixedClock
from tests.house import FRIDAY, settings

ELSEWHERE = 8  # it did not run on the server's loop


class OneMessage:
    """Instead of the server: on its loop somebody writes."""

    def __init__(self, container: Container, conversation: str, words: str) -> None:
        self._gateway = container.gateway
        self._conversation = conversation
        self._said = NewMessage(id="m1", text=words)

    async def serve(self) -> None:
        await converse(self._gateway, self._conversation, self._said, wait=10)


def main(
    step: str, state: str, record: str, rasa_url: str, conversation: str, words: str = ""
) -> None:
    def die(reached: str) -> None:
        if reached == "claimed" and threading.current_thread() is not threading.main_thread():
            os._exit(ELSEWHERE)
        if reached == step:
            os._exit(9)  # as kill -9 does: nothing is cleaned up

    made = settings(Path(state), rasa_url, database_url=record)
    container = build(made, FixedClock(FRIDAY), at_step=die)
    if words:
        app._serve(container, OneMessage(container, conversation, words))  # type: ignore[arg-type]
    while container.turns.run_next(conversation):
        pass
    os._exit(0)


if __name__ == "__main__":
    main(*sys.argv[1:])
