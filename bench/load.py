"""Talk to a bot in many conversations at once, and time each turn."""

import statistics
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

# One conversation: called with its number, takes its turns, and yields after each one whether it
# was answered as it should be.
Conversation = Callable[[int], Iterator[bool]]


@dataclass(frozen=True)
class Figures:
    at_once: int
    turns: int
    failed: int
    seconds: float
    p50_ms: float
    p95_ms: float
    rasa_ms: float = 0.0  # processor time of a turn in Rasa
    app_ms: float = 0.0  # and in the application

    @property
    def turns_per_second(self) -> float:
        return self.turns / self.seconds


class _Count:
    """How many turns were begun; conversations end when there are enough."""

    def __init__(self, wanted: int) -> None:
        self._lock = threading.Lock()
        self._wanted = wanted
        self._conversations = 0

    def next_conversation(self) -> int | None:
        with self._lock:
            if self._wanted <= 0:
                return None
            self._conversations += 1
            return self._conversations

    def took_one(self) -> None:
        with self._lock:
            self._wanted -= 1


def measure(conversation: Conversation, *, at_once: int, turns: int, first: int) -> Figures:
    """About so many turns, in whole conversations, numbered from `first` on."""
    count = _Count(turns)
    begun = time.perf_counter()
    with ThreadPoolExecutor(at_once) as pool:
        workers = [pool.submit(_talk, conversation, count, first) for _ in range(at_once)]
        took = [turn for worker in workers for turn in worker.result()]
    seconds = time.perf_counter() - begun
    times = [milliseconds for milliseconds, _ in took]
    percent = statistics.quantiles(times, n=100, method="inclusive")
    return Figures(
        at_once=at_once,
        turns=len(took),
        failed=sum(not well for _, well in took),
        seconds=seconds,
        p50_ms=percent[49],
        p95_ms=percent[94],
    )


def _talk(conversation: Conversation, count: _Count, first: int) -> list[tuple[float, bool]]:
    took: list[tuple[float, bool]] = []
    while (number := count.next_conversation()) is not None:
        talk = conversation(first + number)
        next(talk, None)  # opens the conversation; not a turn, but its time is in the whole
        while True:
            started = time.perf_counter()
            well = next(talk, None)
            if well is None:
                break
            took.append(((time.perf_counter() - started) * 1000, well))
            count.took_one()
    return took
