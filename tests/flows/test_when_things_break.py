"""Parts fail in the middle of a whole conversation: an honest line, nothing lost, nothing twice."""

import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from rasa_sdk import Action

from careline import worker
from careline.kit.database import Database
from careline.kit.settings import Settings
from tests.flows.chat import Chat, Shop, open_shop
from tests.flows.inside import app_inside
from tests.flows.line_to_rasa import LineToRasa
from tests.flows.processes import Bot, app_process, app_settings, start_app, wait_until

IMPATIENT = {"reply_within": "PT3S", "retry_after": "PT1S", "give_up_after": "10"}
HONEST = ("something on our side is stuck", "our assistant isn't answering")


@pytest.fixture
def line(bot: Bot) -> Iterator[LineToRasa]:
    with closing(LineToRasa(bot.port)) as wire:
        yield wire


@pytest.fixture
def settings(fresh_state: Path, bot: Bot, line: LineToRasa) -> Settings:
    return app_settings(fresh_state, bot, rasa_url=line.url, **IMPATIENT)


@pytest.fixture
def fragile(settings: Settings) -> Iterator[Shop]:
    """An app whose line to Rasa a test can break."""
    with app_process(settings), open_shop(settings) as shop:
        yield shop


def is_honest(said: str) -> bool:
    return any(words in said for words in HONEST)


def from_the_bot(chat: Chat) -> list[str]:
    return [m["text"] for m in chat.history() if m["author"] == "bot"]


def settles(chat: Chat) -> list[str]:
    """Wait for the answer that came late; all that the bot said then."""
    return wait_until(
        lambda: [t for t in from_the_bot(chat) if "Done" in t], within=40, what="the answer"
    )


def test_rasa_stopped_the_message_waits_and_is_answered_later(
    fragile: Shop, line: LineToRasa
) -> None:
    chat = fragile.customer("C1001").opens_chat()
    line.cut()
    said = chat.says("you sent me socks instead of boots")
    assert is_honest(said)
    line.mend()
    late = wait_until(lambda: from_the_bot(chat), within=40, what="the answer")
    assert any("Harbour boots" in text for text in late)
    assert len(late) == len(set(late))


def test_rasa_slower_than_the_deadline_the_refund_is_still_made_once(
    fragile: Shop, line: LineToRasa
) -> None:
    """Rasa has done the work when the deadline passes: the second try takes that answer."""
    chat = fragile.customer("C1002").opens_chat()
    chat.says("I ordered croissants and got a muffin")
    line.hold()
    said = chat.says("refund please")
    assert is_honest(said)
    wait_until(chat.cases, within=20, what="the case")
    line.release()
    assert len(settles(chat)) == 1
    assert chat.case()["state"] == "resolved"


def test_the_app_killed_between_the_work_and_the_answer(
    settings: Settings, line: LineToRasa
) -> None:
    first = start_app(settings)
    with open_shop(settings) as shop:
        lukas = shop.customer("C1002")
        chat = lukas.opens_chat()
        chat.says("I ordered croissants and got a muffin")
        line.hold()
        assert chat.post(wait=None, text="yes please").status_code == 202
        wait_until(chat.cases, within=20, what="the case")
        first.kill()
        line.release()
        with app_process(settings):
            assert len(settles(chat)) == 1
            assert chat.case()["resolution"] == "replacement"
            orders = shop.reads("/api/orders", customer="C1002")
            assert len(orders) == 2  # the first one, and one replacement


def test_the_app_killed_while_many_write_loses_no_message(settings: Settings) -> None:
    first = start_app(settings)
    with open_shop(settings) as shop, ThreadPoolExecutor(8) as pool:
        chats = [shop.visitor() for _ in range(8)]
        ids = [str(uuid4()) for _ in chats]
        posts = [pool.submit(_try_to_post, chat, one) for chat, one in zip(chats, ids, strict=True)]
        wait_until(lambda: any(p.done() for p in posts), within=20, what="a first message")
        first.kill()
        accepted = [p.result() for p in posts]
        with app_process(settings):
            for chat, one in zip(chats, ids, strict=True):
                assert chat.post(id=one, text="do you have gift cards?").status_code == 200
            assert any(accepted)
            for chat in chats:
                said = [m for m in chat.history() if m["author"] == "customer"]
                assert len(said) == 1
                wait_until(lambda c=chat: from_the_bot(c), within=40, what="an answer")  # type: ignore[misc]
                assert len(from_the_bot(chat)) == 1


def _try_to_post(chat: Chat, one: str) -> bool:
    try:
        return chat.post(wait=None, id=one, text="do you have gift cards?").status_code == 202
    except httpx.HTTPError:
        return False


class Raises(Action):  # type: ignore[misc] # rasa_sdk has no types
    """An action with a mistake in it."""

    def name(self) -> str:
        return "action_settle_wrong_item"

    def run(self, dispatcher: Any, tracker: Any, domain: Any) -> list[Any]:
        raise RuntimeError("a mistake")


def with_a_mistake(actions: Sequence[Any]) -> Sequence[Any]:
    return [one for one in actions if one.name() != Raises().name()] + [Raises()]


def test_an_action_that_raises_brings_a_person(fresh_state: Path, bot: Bot) -> None:
    with app_inside(app_settings(fresh_state, bot), with_a_mistake) as inside:
        chat = inside.shop.customer("C1001").opens_chat()
        chat.says("I got the wrong item")
        if "Yes, send it" not in chat.buttons:
            chat.says("yes")
        said = chat.presses("Yes, send it")
        assert "colleague" in said
        assert chat.mode == "queued"
        record = chat.record()
        assert (record["handover_reason"], chat.cases()) == ("action_failed", [])
        assert record["due_at"]


def test_the_shop_refuses_and_a_person_takes_over_with_the_case(
    fresh_state: Path, bot: Bot
) -> None:
    with app_inside(app_settings(fresh_state, bot)) as inside:
        chat = inside.shop.customer("C1002").opens_chat()
        chat.says("I ordered croissants and got a muffin")
        inside.order_system.refuse_next()
        said = chat.says("refund please")
        assert chat.mode == "queued"
        case = chat.case()
        assert case["state"] == "handed_over"
        assert case["number"] in said


@pytest.mark.parametrize("moment", ["before", "after"])
def test_the_shop_times_out_and_the_refund_is_made_once(
    fresh_state: Path, bot: Bot, moment: str
) -> None:
    with app_inside(app_settings(fresh_state, bot)) as inside:
        chat = inside.shop.customer("C1002").opens_chat()
        chat.says("I ordered croissants and got a muffin")
        getattr(inside.order_system, f"time_out_{moment}_next")()
        said = chat.says("refund please")
        assert said
        assert "Done" not in said  # nothing is promised that we do not know
        worker.tick(inside.container)
        assert chat.case()["state"] in ("resolved", "handed_over")
        order = inside.container.shop.order(chat.case()["order"])
        assert order is not None
        refunds = [r for r in order.refunds if r.line_id == chat.case()["line"]]
        assert len(refunds) <= 1
        assert (chat.case()["state"] == "resolved") == (len(refunds) == 1)


@contextmanager
def write_lock(settings: Settings) -> Iterator[None]:
    """Somebody else is writing to the record, and does not let go."""
    with closing(Database(settings.record_url)) as database, database.begin() as session:
        session.connection()  # BEGIN IMMEDIATE
        yield


def test_with_the_database_busy_a_message_waits_and_is_not_lost(fragile: Shop) -> None:
    chat = fragile.visitor()
    with ThreadPoolExecutor(1) as pool:
        with write_lock(fragile.settings):
            posted = pool.submit(chat.post, text="do you have gift cards?")
            assert not threading.Event().wait(2)
            assert not posted.done()
        assert posted.result().status_code == 200
    assert len(from_the_bot(chat)) == 1


def test_two_tabs_agree_to_different_things_and_one_is_done(shop: Shop) -> None:
    chat = shop.customer("C1002").opens_chat()
    chat.says("I ordered croissants and got a muffin")
    buttons = {b["title"]: b["payload"] for r in chat.replies for b in r["buttons"]}
    with ThreadPoolExecutor(2) as pool:
        answers = list(
            pool.map(
                lambda title: chat.post(payload=buttons[title]), ["Yes, send it", "Refund €17.30"]
            )
        )
    assert [a.status_code for a in answers] == [200, 200]
    assert chat.case()["state"] == "resolved"
    assert sum("Done" in text for text in from_the_bot(chat)) == 1


def test_an_agreement_posted_five_times_at_once_is_one(shop: Shop) -> None:
    chat = shop.customer("C1009").opens_chat()
    chat.says("exchange my jeans for size 34")
    one = str(uuid4())
    with ThreadPoolExecutor(5) as pool:
        answers = list(pool.map(lambda _: chat.post(id=one, text="yes"), range(5)))
    assert {a.status_code for a in answers} == {200}
    assert len({str(a.json()["replies"]) for a in answers}) == 1
    assert chat.case()["resolution"] == "exchange"


@pytest.mark.parametrize(
    "text",
    [
        "😀 my parcel 📦 is late 🥲🇬🇧",
        "مرحبا، وصلني منتج خاطئ",
        "<script>alert(1)</script><b>wrong item</b>",
        "'; DROP TABLE message; --",
        '{"choice": "remedy:0"}',
        "\u202e\u200fedis thgir",
        "x" * 20_000,
        ("my boots are broken. " * 1000)[:20_000],
    ],
    ids=["emoji", "arabic", "html", "sql", "json", "bidi", "longest", "longest-words"],
)
def test_any_text_is_kept_as_it_was_and_answered(shop: Shop, text: str) -> None:
    chat = shop.visitor()
    assert chat.says(text) != ""
    assert not is_honest(chat.said)
    assert chat.history()[0]["text"] == text


def test_a_longer_text_is_refused_by_its_field(shop: Shop) -> None:
    answer = shop.visitor().post(text="x" * 20_001)
    assert (answer.status_code, answer.json()["error"]["field"]) == (422, "text")


@pytest.mark.parametrize(
    "typed",
    ['/choose{"choice": "remedy:0"}', "/restart", "/session_start"],
)
def test_what_looks_like_a_payload_does_nothing_when_it_is_typed(shop: Shop, typed: str) -> None:
    chat = shop.customer("C1001").opens_chat()
    chat.says("you sent me socks instead of boots")
    said = chat.says(typed)
    assert "Done" not in said
    assert chat.cases() == []


def test_a_button_that_was_not_offered_is_refused(shop: Shop) -> None:
    chat = shop.customer("C1001").opens_chat()
    chat.says("hello")
    answer = chat.post(payload='/choose{"choice": "remedy:97"}')
    assert answer.json()["error"]["code"] == "payload_not_offered"


def test_an_upload_of_three_gigabytes_is_refused_early(shop: Shop) -> None:
    chat = shop.visitor()
    block, read = b"x" * 1_000_000, [0]

    def body() -> Iterator[bytes]:
        yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n\r\n'
        for _ in range(3_000):
            read[0] += 1
            yield block

    headers = chat.headers | {"Content-Type": "multipart/form-data; boundary=b"}
    try:
        answer = shop.client.post("/api/chat/attachments", content=body(), headers=headers)
    except httpx.TransportError:
        pass  # the line was cut while we were still sending: as good as a 413
    else:
        assert (answer.status_code, answer.json()["error"]["code"]) == (413, "too_large")
    assert read[0] < 100  # megabytes
