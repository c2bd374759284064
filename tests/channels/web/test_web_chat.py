"""The web chat's interface: who may see what, and what is refused."""

from contextlib import closing, suppress
from datetime import timedelta
from http.client import HTTPConnection
from io import BytesIO
from pathlib import Path
from typing import Any

import jwt
import pytest
from PIL import Image

from careline.app import create_app
from careline.channels import tokens
from careline.channels.middleware import UPLOAD_LIMIT
from careline.shops.seed import seed
from tests.browser.serving import serving
from tests.house import House, open_house

MIB = 1024 * 1024


def picture(kind: str) -> bytes:
    out = BytesIO()
    Image.new("RGB", (8, 8), "navy").save(out, format=kind)
    return out.getvalue()


def code_of(answer: Any) -> str:
    body = answer.json()
    assert set(body) == {"error"}
    assert {"code", "message"} <= set(body["error"])
    code: str = body["error"]["code"]
    return code


def test_a_message_is_accepted_before_its_answer_is_there(house: House) -> None:
    answer = house.chat().post(wait=None, text="hello")
    assert answer.status_code == 202
    assert answer.json()["message"]["author"] == "customer"
    assert "replies" not in answer.json()


def test_history_goes_on_behind_a_message(house: House) -> None:
    chat = house.chat()
    first = chat.say("one")
    chat.say("two")
    last_seen = first["replies"][0]["id"]
    rest = house.client.get(f"/api/chat/messages?after={last_seen}", headers=chat.headers).json()
    assert [m["text"] for m in rest["messages"]] == ["two", "echo: two"]
    assert rest["mode"] == "bot"


def test_tokens_that_are_missing_forged_or_old_are_told_apart(house: House) -> None:
    chat = house.chat()
    get = house.client.get
    assert code_of(get("/api/chat/messages")) == "token_invalid"
    forged = get("/api/chat/messages", headers={"Authorization": "Bearer forged"})
    assert (forged.status_code, code_of(forged)) == (401, "token_invalid")
    house.clock.advance(timedelta(days=31))
    old = get("/api/chat/messages", headers=chat.headers)
    assert (old.status_code, code_of(old)) == (401, "token_expired")


def test_another_conversation_is_not_there(house: House) -> None:
    mine, other = house.chat(), house.chat()
    message = mine.say("hello")["message"]["id"]
    file = mine.upload(picture("PNG")).json()["id"]
    for path in (f"messages?after={message}", f"stream?after={message}", f"attachments/{file}"):
        answer = house.client.get(f"/api/chat/{path}", headers=other.headers)
        assert (answer.status_code, code_of(answer)) == (404, "not_found"), path
    assert other.post(text="look", attachments=[file]).status_code == 404


@pytest.fixture
def identity_secret(house: House) -> str:
    seed(house.container.shop_database, house.clock.now())
    return house.container.settings.identity_secret.get_secret_value()


def test_a_signed_identity_makes_a_known_customer(house: House, identity_secret: str) -> None:
    signed = tokens.identity_token(identity_secret, "C1001", house.clock.now())
    chats = [house.chat(signed), house.chat(signed)]
    customers = {house.conversation(chat.id).customer_id for chat in chats}
    assert len(customers) == 1
    assert house.conversation(chats[0].id).verified_by == "identity"


def test_identities_that_are_forged_old_or_of_nobody_open_nothing(
    house: House, identity_secret: str
) -> None:
    now = house.clock.now()
    never_signed = jwt.encode({"sub": "C1001", "aud": "careline", "exp": 4e9}, "", algorithm="none")
    refused = {
        tokens.identity_token("another secret, long enough for it", "C1001", now): "token_invalid",
        tokens.identity_token(identity_secret, "C1001", now - timedelta(hours=2)): "token_expired",
        tokens.identity_token(identity_secret, "C9999", now): "identity_unknown",
        never_signed: "token_invalid",
        "nonsense": "token_invalid",
    }
    for identity, code in refused.items():
        answer = house.client.post("/api/chat/sessions", json={"identity": identity})
        assert (answer.status_code, code_of(answer)) == (401, code)


@pytest.mark.parametrize(
    ("kind", "media_type"),
    [("JPEG", "image/jpeg"), ("PNG", "image/png"), ("WEBP", "image/webp"), ("HEIF", "image/heic")],
)
def test_photos_are_kept_and_given_back(house: House, kind: str, media_type: str) -> None:
    chat, content = house.chat(), picture(kind)
    kept = chat.upload(content, name="ähm.png").json()
    assert kept["type"] == media_type
    chat.say("broken, see photo", attachments=[kept["id"]])
    (shown,) = chat.history()[0]["attachments"]
    back = house.client.get(shown["url"], headers=chat.headers)
    assert back.content == content
    assert back.headers["content-type"] == media_type
    assert back.headers["x-content-type-options"] == "nosniff"
    assert house.rasa.asked[0]["metadata"]["attachments"] == [kept["id"]]


def test_a_photo_without_a_word_is_a_message(house: House) -> None:
    chat = house.chat()
    chat.say("", attachments=[chat.upload(picture("JPEG")).json()["id"]])
    assert house.rasa.asked[0]["payload"] == "/inform"


def test_a_pdf_is_saved_not_opened(house: House) -> None:
    chat = house.chat()
    kept = chat.upload(b"%PDF-1.7\n...", name="../invoice.pdf").json()
    assert kept["name"] == "_invoice.pdf"
    back = house.client.get(f"/api/chat/attachments/{kept['id']}", headers=chat.headers)
    assert back.headers["content-disposition"].startswith("attachment")


@pytest.mark.parametrize(
    "content",
    [
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"<html>",
        b"MZ\x90",
        b"\x89PNG\r\n\x1a\nbut not",
    ],
)
def test_other_files_are_refused_whatever_their_name(house: House, content: bytes) -> None:
    answer = house.chat().upload(content, name="photo.jpg")
    assert (answer.status_code, code_of(answer)) == (415, "unsupported_media_type")


def test_a_file_over_the_limit_is_refused(house: House) -> None:
    answer = house.chat().upload(b"%PDF-" + b"0" * UPLOAD_LIMIT)
    assert (answer.status_code, code_of(answer)) == (413, "too_large")


def test_an_endless_upload_is_cut_off_early(house: House) -> None:
    """Over a real line: the test client would read all of it first."""
    chat, sent = house.chat(), 0
    with (
        serving(create_app(house.container)) as port,
        closing(HTTPConnection("127.0.0.1", port, timeout=30)) as line,
    ):
        line.putrequest("POST", "/api/chat/attachments")
        line.putheader("Authorization", chat.headers["Authorization"])
        line.putheader("Content-Type", "multipart/form-data; boundary=x")
        line.putheader("Transfer-Encoding", "chunked")
        line.endheaders()
        begin = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n\r\n'
        with suppress(ConnectionError):
            for _ in range(256):
                line.send(_chunk(begin + b"\0" * MIB))
                begin, sent = b"", sent + MIB
    assert sent < 64 * MIB


def _chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


def test_a_large_json_body_is_refused(house: House) -> None:
    answer = house.chat().post(text="x" * 300_000)
    assert (answer.status_code, code_of(answer)) == (413, "too_large")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{", "invalid"),
        (b"", "invalid"),
        (b"[1]", "invalid"),
        (b'{"id": "1", "text": "\\ud800"}', "invalid"),
        (b'{"id": "1", "text": "\\u0000"}', "invalid"),
        (b'{"id": "1", "text": "\xff"}', "bad_request"),
        (b"[" * 100_000, "bad_request"),
    ],
)
def test_bodies_that_cannot_be_read_get_a_clear_answer(
    house: House, body: bytes, code: str
) -> None:
    chat = house.chat()
    headers = {**chat.headers, "Content-Type": "application/json"}
    answer = house.client.post("/api/chat/messages", content=body, headers=headers)
    assert answer.status_code in (400, 422)
    assert code_of(answer) == code


def test_every_error_has_the_one_shape(house: House) -> None:
    assert code_of(house.client.get("/nowhere")) == "not_found"
    assert code_of(house.client.delete("/api/chat/sessions")) == "method_not_allowed"
    assert code_of(house.client.get("/api/customers")) == "token_invalid"
    bad_wait = house.chat().post(wait=99, text="hello")
    assert (code_of(bad_wait), bad_wait.json()["error"]["field"]) == ("invalid", "wait")


def test_too_many_requests_are_told_when_to_come_back(tmp_path: Path) -> None:
    with open_house(tmp_path, chat_rate=1) as house:
        chat, other = house.chat(), house.chat()
        for _ in range(3):
            chat.history()
        refused = house.client.get("/api/chat/messages", headers=chat.headers)
        assert (refused.status_code, code_of(refused)) == (429, "too_many_requests")
        assert refused.headers["retry-after"] == "1"
        other.history()
        house.clock.advance(timedelta(seconds=1))
        chat.history()


def test_the_widget_may_be_on_another_origin_and_the_rest_may_not(house: House) -> None:
    preflight = {
        "Origin": "https://shop.example",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type",
    }
    allowed = house.client.options("/api/chat/messages", headers=preflight)
    assert allowed.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in allowed.headers
    refused = house.client.post(
        "/api/chat/messages", json={}, headers={"Origin": "https://shop.example"}
    )
    assert refused.headers["access-control-allow-origin"] == "*"  # errors can be read too
    elsewhere = house.client.get("/api/customers", headers={"Origin": "https://shop.example"})
    assert "access-control-allow-origin" not in elsewhere.headers


def test_pages_carry_the_strict_policy(house: House) -> None:
    for path in ("/", "/docs", "/help", "/demo/outbox"):
        page = house.client.get(path)
        assert page.status_code == 200, path
        policy = page.headers["content-security-policy"]
        assert "script-src 'self'" in policy
        assert "require-trusted-types-for 'script'" in policy
        assert "<script>" not in page.text
        assert "style=" not in page.text
