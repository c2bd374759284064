"""Token buckets in memory: how often one caller may ask."""

import math
import threading
from collections import OrderedDict

from careline.channels.errors import TooManyRequests
from careline.kit.clock import Clock

REMEMBERED = 50_000  # callers; the least recent ones are forgotten, which only refills them


class RateLimit:
    """So many a second on average, with a burst of three seconds' worth."""

    def __init__(self, per_second: float, clock: Clock, *, burst_seconds: float = 3) -> None:
        self._rate = per_second
        self._burst = per_second * burst_seconds
        self._clock = clock
        self._lock = threading.Lock()
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def check(self, caller: str) -> None:
        """Count one request; raises TooManyRequests when there were too many."""
        now = self._clock.now().timestamp()
        with self._lock:
            left, since = self._buckets.pop(caller, (self._burst, now))
            left = min(self._burst, left + max(0.0, now - since) * self._rate)
            allowed = left >= 1
            self._buckets[caller] = (left - 1 if allowed else left, now)
            if len(self._buckets) > REMEMBERED:
                self._buckets.popitem(last=False)
        if not allowed:
            raise TooManyRequests(max(1, math.ceil((1 - left) / self._rate)))
