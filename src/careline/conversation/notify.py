"""Wake whoever waits for news of a conversation, in this process.

Only a nudge: what is new is read from the database, which is the truth. Readers in other
processes look there by themselves now and then.
"""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

EVERYTHING = "*"  # listened to by those who look at all conversations: the desks


@dataclass(eq=False)
class Listener:
    """One waiting reader, on the event loop it was made in."""

    loop: asyncio.AbstractEventLoop
    news: asyncio.Event = field(default_factory=asyncio.Event)
    wants_typing: bool = False
    typing: bool = False

    async def wait(self, seconds: float) -> bool:
        """True when nudged, False when the time is up."""
        try:
            async with asyncio.timeout(seconds):
                await self.news.wait()
        except TimeoutError:
            return False
        self.news.clear()
        return True


class Hub:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._listeners: dict[str, set[Listener]] = {}
        self._typing: set[str] = set()
        self._customers_typing: set[str] = set()
        self.closed = False

    @contextmanager
    def listen(self, conversation_id: str, *, typing: bool = False) -> Iterator[Listener]:
        """Woken by messages and modes, and with `typing` when the typing sign changes too."""
        listener = Listener(asyncio.get_running_loop(), wants_typing=typing)
        with self._lock:
            listener.typing = conversation_id in self._typing
            self._listeners.setdefault(conversation_id, set()).add(listener)
        try:
            yield listener
        finally:
            with self._lock:
                rest = self._listeners[conversation_id]
                rest.discard(listener)
                if not rest:
                    del self._listeners[conversation_id]

    def nudge(self, conversation_id: str) -> None:
        with self._lock:
            listeners = [
                *self._listeners.get(conversation_id, ()),
                *self._listeners.get(EVERYTHING, ()),
            ]
        self._wake(listeners)

    def customer_typing(self, conversation_id: str, on: bool) -> None:
        """Told to the desks; what we type is told to the customer, see `typing`."""
        with self._lock:
            changes = on != (conversation_id in self._customers_typing)
            (self._customers_typing.add if on else self._customers_typing.discard)(conversation_id)
            listeners = list(self._listeners.get(EVERYTHING, ())) if changes else []
        self._wake(listeners)

    def is_customer_typing(self, conversation_id: str) -> bool:
        with self._lock:
            return conversation_id in self._customers_typing

    def typing(self, conversation_id: str, on: bool) -> None:
        with self._lock:
            (self._typing.add if on else self._typing.discard)(conversation_id)
            listeners = list(self._listeners.get(conversation_id, ()))
            for listener in listeners:
                listener.typing = on
        self._wake([listener for listener in listeners if listener.wants_typing])

    def close(self) -> None:
        """The app stops: everybody who waits is woken and sees `closed`."""
        self.closed = True
        with self._lock:
            listeners = [one for rest in self._listeners.values() for one in rest]
        self._wake(listeners)

    @staticmethod
    def _wake(listeners: list[Listener]) -> None:
        for listener in listeners:
            if not listener.loop.is_closed():
                listener.loop.call_soon_threadsafe(listener.news.set)
