"""The short way of an ordinary message gives what the route gives, headers and refusals too."""

from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from careline.channels.web import quick
from careline.channels.web.sessions import KNOWN_FOR
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
    varying = ("content-length", "date")
    assert {n: v for n, v in short.headers.items() if n not in varying} == {
        n: v for n, v in long.headers.items() if n not in varying
    }


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
