"""Customers of the crash test: they talk, and post the same message again until it is taken."""

import random
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx

FIRST_WORDS = (
    "you sent me the wrong item",
    "I ordered something else than what came",
    "it arrived broken",
    "it doesn't fit, I want to send it back",
    "where is my order?",
    "I want my money back",
    "something is missing from my parcel",
    "please cancel my order",
    "how long does delivery take?",
    "where is my refund?",
)
MOST_TURNS = 5
TWICE = 0.2  # of the messages are posted twice, as an impatient widget might
ACCEPTED = (200, 202)
GIVE_UP_AFTER_SECONDS = 240  # for one message; a process is up again long before


@dataclass
class Sent:
    """What the customers know: which messages were accepted, what was odd."""

    accepted: set[tuple[str, str]] = field(default_factory=set)  # conversation, message id
    retries: int = 0
    odd: list[str] = field(default_factory=list)
    talks: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)


class Patient:
    """One customer; a broken connection or a server fault means: the same again, a bit later."""

    def __init__(self, base_url: str, identity: str | None, sent: Sent, chance: random.Random):
        self._client = httpx.Client(base_url=base_url, timeout=25, trust_env=False)
        self._sent, self._chance = sent, chance
        body = {"identity": identity} if identity else {}
        opened = self._until_taken(lambda: self._client.post("/api/chat/sessions", json=body))
        self.conversation: str = opened.json()["conversation"]
        self._headers = {"Authorization": f"Bearer {opened.json()['token']}"}

    def talk(self, first: str) -> None:
        answer = self._post({"text": first})
        for _ in range(MOST_TURNS - 2):
            buttons = [b for reply in answer["replies"] for b in reply["buttons"]]
            if answer["mode"] != "bot":
                break
            if buttons:
                pressed = buttons[0]
                answer = self._post({"payload": pressed["payload"], "text": pressed["title"]})
            else:
                answer = self._post({"text": "yes please"})
        self._post({"text": "thank you"})
        self._client.close()

    def _post(self, said: dict[str, Any]) -> dict[str, Any]:
        message = {"id": str(uuid.uuid4()), **said}
        if self._chance.random() < TWICE:
            threading.Thread(target=self._post_carelessly, args=(message,), daemon=True).start()
        taken = self._until_taken(
            lambda: self._client.post(
                "/api/chat/messages", params={"wait": 15}, json=message, headers=self._headers
            )
        )
        with self._sent.lock:
            self._sent.accepted.add((self.conversation, message["id"]))
        body: dict[str, Any] = taken.json()
        return body if taken.status_code == 200 else {"replies": [], "mode": "bot"}

    def _post_carelessly(self, message: dict[str, Any]) -> None:
        try:
            httpx.post(
                f"{self._client.base_url}/api/chat/messages",
                json=message,
                headers=self._headers,
                timeout=10,
                trust_env=False,
            )
        except httpx.HTTPError:
            return  # the other one is posted until it is taken

    def _until_taken(self, post: Callable[[], httpx.Response]) -> httpx.Response:
        until = time.monotonic() + GIVE_UP_AFTER_SECONDS
        while time.monotonic() < until:
            try:
                answer = post()
            except httpx.HTTPError:
                self._again()
                continue
            if answer.status_code in (*ACCEPTED, 201):
                return answer
            if answer.status_code < 500 and answer.status_code != 429:
                raise RuntimeError(f"refused: {answer.status_code} {answer.text[:200]}")
            self._again()
        raise RuntimeError("nobody took the message in time")

    def _again(self) -> None:
        with self._sent.lock:
            self._sent.retries += 1
        time.sleep(0.3)


def talks(seed: int, count: int) -> Iterator[tuple[int, str, random.Random]]:
    """The number of each conversation, its first words, and chance of its own."""
    for number in range(count):
        chance = random.Random(seed * 100_003 + number)
        yield number, FIRST_WORDS[number % len(FIRST_WORDS)], chance
