"""Customers and colleagues of the soak: what they do, and what they saw.

Whoever gets no answer tries the same again, as the widget and the desk's page do.
"""

import json
import random
import re
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx

from bench.soak_checks import Known, Said, View

FIRST_WORDS = (
    "you sent me the wrong item",
    "it arrived broken",
    "it doesn't fit, I want to send it back",
    "where is my order?",
    "I want my money back",
    "how long does delivery take?",
    "I want to talk to a person",
    "can I speak to a human please",
)
MORE_WORDS = (
    "are you still there?",
    "the blue ones would be fine",
    "it came yesterday",
    "thank you",
    "any news?",
    "that is not what I asked",
)
ANSWERS = (
    "Let me look into it",
    "I have asked the warehouse",
    "That was our mistake",
    "Which one do you mean",
    "It is on its way",
)
OUTCOMES = ("solved", "replacement_ordered", "refund_done", "nothing_to_do")
WANTS_A_PERSON = 0.4  # of the conversations, after a word or two
WORDS_A_CONVERSATION = (5, 14)
TWO_AT_ONCE = 0.3  # of the customers have a second page open now and then
THINKS = (3.0, 9.0)  # seconds a customer thinks
READS = (0.5, 2.5)  # seconds a colleague reads and writes
GIVE_UP_AFTER = 120  # seconds for one request; the app is up again long before
WAITS_FOR_BOT = 12  # seconds


class NotTaken(RuntimeError):
    """Refused where nothing should be, or nobody answered in time."""


@dataclass
class World:
    """What all of them share."""

    base: str
    stop: threading.Event = field(default_factory=threading.Event)
    known: Known = field(default_factory=Known)
    did: Counter[str] = field(default_factory=Counter)
    odd: list[str] = field(default_factory=list)
    pages: list["Page"] = field(default_factory=list)  # that are open to the end
    lock: threading.Lock = field(default_factory=threading.Lock)

    def count(self, what: str) -> None:
        with self.lock:
            self.did[what] += 1


def patient(world: World, ask: Callable[[], httpx.Response]) -> httpx.Response:
    """Asked again until there is an answer that is not a fault of the server's."""
    until = time.monotonic() + GIVE_UP_AFTER
    while time.monotonic() < until:
        try:
            answer = ask()
            if answer.status_code < 500 and answer.status_code != 429:
                return answer
        except httpx.HTTPError:
            pass  # counted below: it is down, or was killed in the middle
        world.count("requests repeated")
        time.sleep(0.3)
    raise NotTaken("nobody answered in time")


class Page:
    """A customer's chat in one tab: its stream is open as long as the tab is."""

    def __init__(self, world: World, identity: str) -> None:
        self._world = world
        self._client = httpx.Client(base_url=world.base, timeout=25, trust_env=False)
        body = {"identity": identity}
        opened = patient(world, lambda: self._client.post("/api/chat/sessions", json=body))
        if opened.status_code != 201:
            raise NotTaken(f"no conversation: {opened.status_code} {opened.text[:200]}")
        self.conversation: str = opened.json()["conversation"]
        self._headers = {"Authorization": f"Bearer {opened.json()['token']}"}
        self.mode, self.buttons = "bot", list[dict[str, str]]()
        self.seen: list[str] = []
        self._closed = threading.Event()
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def say(self, **said: str) -> None:
        message = {"id": str(uuid.uuid4()), **said}
        wait = {"wait": WAITS_FOR_BOT} if self.mode == "bot" else {}
        answer = patient(
            self._world,
            lambda: self._client.post(
                "/api/chat/messages", params=wait, json=message, headers=self._headers
            ),
        )
        if answer.status_code not in (200, 202):
            raise NotTaken(f"refused: {answer.status_code} {answer.text[:200]}")
        with self._world.lock:
            self._world.known.written[self.conversation].append(message["id"])
        self._world.count("words of customers")
        if answer.status_code == 200:
            body = answer.json()
            self.mode = body["mode"]
            self.buttons = [b for reply in body["replies"] for b in reply["buttons"]]

    def say_something(self, chance: random.Random) -> None:
        if self.mode == "bot" and self.buttons and chance.random() < 0.7:
            pressed = chance.choice(self.buttons)
            self.say(payload=pressed["payload"], text=pressed["title"])
        else:
            self.say(text=chance.choice(MORE_WORDS))

    def history(self) -> list[str]:
        answer = patient(
            self._world, lambda: self._client.get("/api/chat/messages", headers=self._headers)
        )
        return [message["id"] for message in answer.json()["messages"]]

    def close(self, *, is_whole: bool) -> None:
        """Write down what was seen."""
        views = [View(self.conversation, "history", self.history(), is_whole)]
        self._closed.set()
        views.append(View(self.conversation, "stream", list(self.seen), is_whole))
        with self._world.lock:
            self._world.known.views += views

    def _listen(self) -> None:
        while not self._closed.is_set():
            try:
                self._follow()
            except (httpx.HTTPError, ValueError):
                self._closed.wait(0.5)

    def _follow(self) -> None:
        after = {"Last-Event-ID": self.seen[-1]} if self.seen else {}
        with httpx.stream(
            "GET",
            f"{self._world.base}/api/chat/stream",
            headers={**self._headers, **after},
            timeout=httpx.Timeout(10, read=30),
            trust_env=False,
        ) as stream:
            event = ""
            for line in stream.iter_lines():
                if self._closed.is_set():
                    return
                name, _, value = line.partition(": ")
                if name == "event":
                    event = value
                elif name == "data":
                    self._hear(event, json.loads(value))

    def _hear(self, event: str, data: dict[str, Any]) -> None:
        if event == "message":
            self.seen.append(data["id"])
        elif event == "mode":
            self.mode = data["mode"]


class Customer:
    """Talks, asks for a person now and then, and begins anew; sometimes in two tabs at once."""

    def __init__(self, world: World, identity: str, chance: random.Random) -> None:
        self._world, self._identity, self._chance = world, identity, chance

    def live(self) -> None:
        world, chance = self._world, self._chance
        while not world.stop.wait(chance.uniform(0, THINKS[0])):
            pages = [Page(world, self._identity)]
            if chance.random() < TWO_AT_ONCE:
                pages.append(Page(world, self._identity))
            world.count("conversations")
            for page in pages:
                page.say(text=chance.choice(FIRST_WORDS))
            self._talk(pages)
            if world.stop.is_set():
                with world.lock:
                    world.pages += pages
                return
            for page in pages:
                page.close(is_whole=False)

    def _talk(self, pages: list[Page]) -> None:
        wants_a_person = self._chance.random() < WANTS_A_PERSON
        for n in range(self._chance.randint(*WORDS_A_CONVERSATION)):
            if self._world.stop.wait(self._chance.uniform(*THINKS)):
                return
            page = self._chance.choice(pages)
            if wants_a_person and n == 2 and page.mode == "bot":
                page.say(text="I want to talk to a person")
            else:
                page.say_something(self._chance)


class Colleague:
    """At the desk with a browser: claims, takes over, answers, notes, passes, and ends it."""

    def __init__(
        self,
        world: World,
        email: str,
        password: str,
        others: list[str],  # ids of the colleagues
        chance: random.Random,
    ) -> None:
        self._world, self._chance, self._others = world, chance, others
        self._email, self._password = email, password
        self._client = httpx.Client(base_url=world.base, timeout=25, trust_env=False)
        self._answers = 0

    def sign_in(self) -> None:
        page = self._get("/desk/sign-in")
        hidden = _found(r'name="page" value="([^"]+)"', page)
        form = {"email": self._email, "password": self._password, "page": hidden}
        answer = patient(self._world, lambda: self._client.post("/desk/sign-in", data=form))
        if answer.status_code != 303:
            raise NotTaken(f"{self._email} may not sign in: {answer.status_code}")
        self._client.headers["X-CSRF-Token"] = _found(
            r'name="csrf" content="([^"]+)"', self._get("/desk")
        )

    def work(self) -> None:
        chance = self._chance
        while not self._world.stop.wait(chance.uniform(*READS)):
            in_hand = self._rows("mine")
            if in_hand and (len(in_hand) > 4 or chance.random() < 0.6):
                self._see_to(chance.choice(in_hand))
                continue
            waiting = self._rows("unassigned")
            if waiting and chance.random() < 0.85:
                taken = self._do(chance.choice(waiting[:5]), "claim")
            else:
                with_bot = self._rows("bot")
                taken = bool(with_bot) and self._do(chance.choice(with_bot), "take-over")
            if not taken:
                continue

    def _see_to(self, conversation: str) -> None:
        chance = self._chance
        if chance.random() < 0.85:
            self._answer(conversation)
        if chance.random() < 0.3:
            self._note(conversation)
        what = chance.random()
        if what < 0.25:
            self._do(conversation, "hand-back", outcome=chance.choice(OUTCOMES))
        elif what < 0.45:
            self._do(conversation, "resolve", root_cause="unknown", resolution="none")
        elif what < 0.53:
            self._do(conversation, "snooze", until="answer")
        elif what < 0.6:
            self._do(conversation, "pass", to=f"staff:{chance.choice(self._others)}", note="Yours")
        elif what < 0.64:
            self._do(conversation, "pass", to="team:finance")
        elif what < 0.68:
            self._do(conversation, "release")

    def _answer(self, conversation: str) -> None:
        """Read, think, write; what is refused because the customer wrote is read again."""
        for _ in range(3):
            page = self._get(f"/desk/conversations/{conversation}/talk")
            seen = int(_found(r'data-customer="(\d+)"', page))
            self._world.stop.wait(self._chance.uniform(*READS))
            self._answers += 1
            key = str(uuid.uuid4())
            words = f"{self._chance.choice(ANSWERS)} ({self._email.split('@')[0]} {self._answers})"
            form = {"client_id": key, "seen_up_to": seen, "text": words}
            if self._chance.random() < 0.1:
                self._post_carelessly(conversation, form)
            answer = self._post(conversation, "reply", form)
            if answer.status_code == 200:
                said = Said(conversation, self._email, key, seen)
                with self._world.lock:
                    self._world.known.said.append(said)
                self._world.count("answers of colleagues")
                return
            if not self._is_refused(answer, "reply"):
                return

    def _note(self, conversation: str) -> None:
        key = str(uuid.uuid4())
        form = {"client_id": key, "text": "Called the warehouse"}
        if self._post(conversation, "note", form).status_code == 200:
            with self._world.lock:
                self._world.known.notes.append(f"{conversation}:{key}")
            self._world.count("notes")

    def _do(self, conversation: str, verb: str, **form: str) -> bool:
        answer = self._post(conversation, verb, form)
        if answer.status_code == 200:
            self._world.count(verb)
            return True
        self._is_refused(answer, verb)
        return False

    def _is_refused(self, answer: httpx.Response, verb: str) -> bool:
        """True if it may be tried again with what is new."""
        code = _code(answer)
        self._world.count(f"{verb} refused: {code}")
        if answer.status_code not in (403, 409):
            with self._world.lock:
                self._world.odd.append(f"{verb}: {answer.status_code} {answer.text[:200]}")
        return code == "newer_message"

    def _post(self, conversation: str, verb: str, form: dict[str, Any]) -> httpx.Response:
        address = f"/desk/conversations/{conversation}/{verb}"
        return patient(self._world, lambda: self._client.post(address, data=form))

    def _post_carelessly(self, conversation: str, form: dict[str, Any]) -> None:
        """The first try, whose answer gets lost on a bad line."""
        try:
            address = f"/desk/conversations/{conversation}/reply"
            self._client.post(address, data=form, timeout=0.05)
        except httpx.HTTPError:
            return

    def _rows(self, view: str) -> list[str]:
        return re.findall(r'data-open="(cnv_\w+)"', self._get(f"/desk/queue?view={view}"))

    def _get(self, address: str) -> str:
        answer = patient(self._world, lambda: self._client.get(address))
        if answer.status_code != 200:
            raise NotTaken(f"{address}: {answer.status_code}")
        return answer.text


def _found(pattern: str, page: str) -> str:
    match = re.search(pattern, page)
    if match is None:
        raise NotTaken(f"the page does not hold {pattern}")
    return match[1]


def _code(answer: httpx.Response) -> str:
    try:
        return str(answer.json()["error"]["code"])
    except (ValueError, KeyError, TypeError):
        return str(answer.status_code)
