"""The short way of an ordinary message gives what the route gives, headers and refusals too."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from careline.channels import middleware, tokens
from careline.channels.middleware import ChatHeaders
from careline.channels.web import quick
from careline.channels.web.sessions import KNOWN_FOR
from careline.shops.seed import seed
from tests import loops
from tests.house import Chat, House, open_house

ORDINARY = {"id": "m1", "text": "hello"}


def asked(house: House, chat: Chat, query: str, body: Any, **headers: str) -> Any:
    return house.client.post(
        f"/api/chat/messages{query}",
        json=body,
        headers={**chat.headers, "Origin": "https://shop.example", **headers},
    )


def both_ways(house: House, query: str, body: Any) -> tuple[Any, Any]:
    """The same of two chats; the second one's token has to be read again."""
    short = asked(house, house.chat(), query, body)
    chat = house.chat()
    house.clock.advance(KNOWN_FOR + timedelta(seconds=1))
    return short, asked(house, chat, query, body)


def headers_of(answer: Any) -> list[tuple[str, str]]:
    varying = ("content-length", "date")
    return sorted((n, v) for n, v in answer.headers.multi_items() if n not in varying)


def without_ids(value: Any) -> Any:
    """The answer without what differs from one message to the next."""
    if isinstance(value, dict):
        return {name: without_ids(v) for name, v in value.items() if name not in ("id", "at")}
    return [without_ids(v) for v in value] if isinstance(value, list) else value


@pytest.mark.parametrize(
    ("query", "body"),
    [
        ("?wait=10", ORDINARY),
        ("", ORDINARY),
        ("?wait=31", ORDINARY),
        ("?wait=soon", ORDINARY),
        ("?wait=10", {"id": "m1", "text": "  "}),
        ("?wait=10", {"id": "not an id", "text": "hello"}),
        ("?wait=10", {"id": "m1", "payload": "/not_offered"}),
        ("?wait=10", {"id": "m1", "text": "look", "attachments": ["att_none"]}),
        ("?wait=10", ["no", "object"]),
    ],
)
def test_both_ways_answer_alike(house: House, query: str, body: Any) -> None:
    short, long = both_ways(house, query, body)
    assert without_ids(short.json()) == without_ids(long.json())
    assert short.status_code == long.status_code
    assert headers_of(short) == headers_of(long)


THE_LONG_WAY = "application/merge-patch+json"  # JSON too, and no ordinary browser's


def signed(house: House, ref: str) -> str:
    secret = house.container.settings.identity_secret.get_secret_value()
    return tokens.identity_token(secret, ref, house.clock.now())


@pytest.mark.parametrize("origin", [None, "https://shop.example"])
@pytest.mark.parametrize(
    "body",
    [
        lambda house: {},
        lambda house: {"identity": signed(house, "C1001")},
        lambda house: {"identity": signed(house, "C1002"), "existing": True},
        lambda house: {"identity": signed(house, "C9999")},
        lambda house: {"identity": "forged"},
        lambda house: {"identity": 5},
        lambda house: ["no", "object"],
    ],
)
def test_a_chat_opens_alike_both_ways(
    house: House, body: Callable[[House], Any], origin: str | None
) -> None:
    seed(house.container.shop_database, house.clock.now())
    asked = json.dumps(body(house)).encode()
    short, long = (
        house.client.post(
            "/api/chat/sessions",
            content=asked,
            headers={"Content-Type": kind, **({"Origin": origin} if origin else {})},
        )
        for kind in ("application/json", THE_LONG_WAY)
    )
    assert short.status_code == long.status_code
    assert _shape(short) == _shape(long)
    assert headers_of(short) == headers_of(long)


def test_an_ordinary_opening_takes_the_short_way(house: House) -> None:
    with patch.object(quick, "run_in_threadpool", wraps=quick.run_in_threadpool) as short:
        for kind in ("application/json", THE_LONG_WAY):
            answer = house.client.post(
                "/api/chat/sessions", content=b"{}", headers={"Content-Type": kind}
            )
            assert answer.status_code == 201
    assert short.call_count == 1


def _shape(answer: Any) -> Any:
    """Errors word for word; of an opened chat what it has, as its token is its own."""
    if not answer.content:
        return None
    body = answer.json()
    return body if "error" in body else sorted(body)


def test_what_breaks_is_said_alike_both_ways(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: Any) -> None:
        raise RuntimeError("broken for the test")

    monkeypatch.setattr("careline.channels.web.quick.converse", broken)
    monkeypatch.setattr("careline.channels.web.routes.converse", broken)
    short, long = both_ways(house, "?wait=10", ORDINARY)
    assert short.status_code == long.status_code == 500
    assert short.json() == long.json()
    assert short.json()["error"]["code"] == "internal"
    assert headers_of(short) == headers_of(long)


def test_however_many_origins_ask_few_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(middleware, "ORIGINS_REMEMBERED", 3)
    headers = ChatHeaders(["https://shop.example"])
    for number in range(10):
        loops.run(headers.of(f"https://other{number}.example".encode()))
    assert len(headers._found) <= 3
    ours = dict(loops.run(headers.of(b"https://shop.example")))
    assert ours[b"access-control-allow-origin"] == b"https://shop.example"


def test_who_does_not_wait_hears_what_there_is_so_far_either_way(house: House) -> None:
    for answer in both_ways(house, "?wait=0", ORDINARY):
        body = answer.json()
        assert body["message"]["text"] == "hello"
        assert answer.status_code == (200 if body["replies"] else 202)


def test_an_ordinary_message_takes_the_short_way_and_a_strange_token_the_route(
    house: House,
) -> None:
    with patch.object(quick, "converse", wraps=quick.converse) as short:
        chat = house.chat()
        assert asked(house, chat, "?wait=10", ORDINARY).status_code == 200
        assert short.call_count == 1
        strange = asked(house, chat, "?wait=10", ORDINARY, Authorization="Bearer strange")
        assert (strange.status_code, short.call_count) == (401, 1)


def test_its_rate_is_limited(tmp_path: Path) -> None:
    with open_house(tmp_path, chat_rate=2) as house:
        chat = house.chat()
        statuses = {
            asked(house, chat, "", {"id": f"m{number}", "text": "hello"}).status_code
            for number in range(house.container.settings.chat_rate * 3 + 1)
        }
    assert statuses == {202, 429}
