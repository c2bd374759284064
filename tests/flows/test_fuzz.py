"""Messages that make no sense: answered or refused with a reason, and nothing follows from them.

The long run is `python -m bench.fuzz --messages 5000`.
"""

import pytest

from bench.fuzz import fuzz
from bench.fuzz_messages import messages
from tests.flows.chat import Shop


def test_nothing_breaks_and_nothing_is_done(shop: Shop) -> None:
    found = fuzz(shop, list(messages(150, seed=20)))
    assert [str(broken) for broken in found.broken] == []
    assert found.sent.total() == 150


@pytest.mark.parametrize(
    "typed", ["/affirm", "\u200b/affirm", '/choose{"choice": "go"}', "//affirm{}"]
)
def test_a_button_that_is_typed_agrees_to_nothing(shop: Shop, typed: str) -> None:
    chat = shop.customer("C1014").opens_chat()
    chat.says("the plush whale is missing from the parcel")
    chat.says(typed)
    assert [case for case in chat.cases() if case.get("resolution") == "replacement"] == []


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"null", b'"hello"', b'{"text": "hi"}', b'{"id": 7, "text": "hi"}',
     b'{"id": "a", "text": {"a": 1}}', b'{"id": "a", "attachments": "x"}', b"\xff\xfe",
     b'{"id": "a", "payload": ["/affirm"]}', b"[" * 5000, b'{"id": "a", "text": NaN}'],
)  # fmt: skip
def test_a_malformed_body_is_refused_with_a_reason(shop: Shop, body: bytes) -> None:
    chat = shop.visitor()
    headers = chat.headers | {"Content-Type": "application/json"}
    answer = shop.client.post("/api/chat/messages", content=body, headers=headers)
    assert 400 <= answer.status_code < 500, answer.text
    assert answer.json()["error"]["message"]
