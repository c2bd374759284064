"""The stream of events, on a real server: what was missed comes once, then what happens."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn

from careline.app import create_app
from careline.conversation.receive import receive
from tests.house import Chat, House, open_house


@contextmanager
def served(house: House) -> Iterator[str]:
    """The app on a free port, its background included."""
    config = uvicorn.Config(
        create_app(house.container), port=0, log_level="error", timeout_graceful_shutdown=3
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            threading.Event().wait(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(10)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with open_house(tmp_path) as opened:
        yield opened


@pytest.fixture
def url(house: House) -> Iterator[str]:
    with served(house) as url:
        yield url


class Stream:
    """An open stream; `until` reads events up to the first that fits."""

    def __init__(self, response: httpx.Response) -> None:
        self._lines = response.iter_lines()

    def until(self, name: str, **wanted: Any) -> list[tuple[str, dict[str, Any]]]:
        seen = []
        event = ""
        for line in self._lines:
            if line.startswith("event: "):
                event = line.removeprefix("event: ")
            elif line.startswith("data: "):
                data = json.loads(line.removeprefix("data: "))
                seen.append((event, data))
                if event == name and wanted.items() <= data.items():
                    return seen
        raise AssertionError(f"the stream ended without {name} {wanted}; it had {seen}")


@contextmanager
def listening(url: str, chat: Chat, last: str | None = None) -> Iterator[Stream]:
    headers = chat.headers | ({"Last-Event-ID": last} if last else {})
    with (
        httpx.Client(base_url=url, timeout=15, trust_env=False) as client,
        client.stream("GET", "/api/chat/stream", headers=headers) as response,
    ):
        assert response.headers["content-type"].startswith("text/event-stream")
        yield Stream(response)


def post(url: str, chat: Chat, text: str) -> None:
    answer = httpx.post(
        f"{url}/api/chat/messages",
        json={"id": text.replace(" ", "-"), "text": text},
        headers=chat.headers,
        trust_env=False,
    )
    assert answer.status_code == 202


def test_both_tabs_see_message_and_answer_as_they_happen(house: House, url: str) -> None:
    chat = house.chat()
    with listening(url, chat) as one, listening(url, chat) as two:
        one.until("mode", mode="bot")
        two.until("mode", mode="bot")
        post(url, chat, "hello")
        for tab in (one, two):
            seen = tab.until("message", author="bot")
            shown = [data["text"] for event, data in seen if event == "message"]
            assert shown == ["hello", "echo: hello"]


def test_a_reconnect_brings_what_was_missed_and_nothing_twice(house: House, url: str) -> None:
    chat = house.chat()
    last = chat.say("seen")["replies"][-1]["id"]
    chat.say("missed")
    with listening(url, chat, last) as tab:
        seen = tab.until("message", text="echo: missed")
    assert [d["text"] for e, d in seen if e == "message"] == ["missed", "echo: missed"]


def test_the_typing_sign_is_on_while_the_assistant_thinks(house: House, url: str) -> None:
    chat = house.chat()
    house.rasa.hold = threading.Event()
    with listening(url, chat) as tab:
        tab.until("mode", mode="bot")
        post(url, chat, "hello")
        tab.until("typing", on=True)
        house.rasa.hold.set()
        tab.until("message", author="bot")


def test_what_another_process_wrote_is_seen_too(house: House, url: str) -> None:
    chat = house.chat()
    with listening(url, chat) as tab:
        tab.until("mode", mode="bot")
        with house.container.database.begin() as session:  # nobody nudges this process
            conversation = session.get_one(type(house.conversation(chat.id)), chat.id)
            conversation.mode = "person"
        tab.until("mode", mode="person")


def test_the_background_answers_what_a_crash_left(house: House) -> None:
    """The process died right after it had written the message down: no lane was told."""
    chat, container = house.chat(), house.container
    with container.database.begin() as session:
        receive(
            session,
            house.clock.now(),
            conversation_id=chat.id,
            provider_id="1",
            text="left behind",
            policies=container.policies,
            secret="not used",
        )
    with served(house) as url, listening(url, chat) as tab:
        tab.until("message", text="echo: left behind")
