"""The desk's pages as one browser asks for them: what they find, and what the audit keeps of it."""

import io
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import select

from careline.desk.accounts import sessions
from careline.journey.models import Audit, Conversation, Promise
from careline.journey.words import HandoverReason, Mode
from careline.shops.seed import seed
from tests.conversation.staff.desk import Desk, hire, signed_in
from tests.house import Chat, House, open_house


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with open_house(tmp_path) as house:
        yield house


@pytest.fixture
def desk(house: House) -> Desk:
    desk = Desk(house, hire(house, "Lena Marsh"), hire(house, "Tom Hale"))
    sit_down(desk, desk.lena)
    return desk


def sit_down(desk: Desk, who: str) -> None:
    """At the one browser that there is."""
    house = desk.house
    name, token = signed_in(house, who)
    house.client.cookies.clear()
    house.client.cookies.set(name, token)
    with house.container.database.read() as session:
        found = sessions.read(session, house.clock.now(), token)
    assert found
    house.client.headers["X-CSRF-Token"] = found[0].csrf


def waiting(desk: Desk, ref: str, reason: HandoverReason = HandoverReason.ASKED_FOR) -> Chat:
    chat = desk.chat_of(ref)
    chat.say("I want to talk to a person")
    desk.escalate(chat, reason)
    return chat


def shown(desk: Desk, **wanted: str) -> list[str]:
    """The conversations of the queue's rows, in their order."""
    html = desk.house.client.get("/desk/queue", params=wanted).text
    return [part.split('"', 1)[0] for part in html.split('data-open="')[1:]]


def do(desk: Desk, path: str, **fields: str) -> Any:
    answer = desk.house.client.post(f"/desk/{path}", data=fields)
    assert answer.status_code < 300, answer.text
    return answer.json()


def seen(desk: Desk, customer_of: Chat) -> list[str]:
    with desk.house.container.database.read() as session:
        customer_id = session.get_one(Conversation, customer_of.id).customer_id
        return list(
            session.scalars(
                select(Audit.did).where(Audit.subject == customer_id).order_by(Audit.id)
            ).all()
        )


def test_claiming_the_next_takes_the_most_urgent_whatever_is_shown(desk: Desk) -> None:
    first = waiting(desk, "C1")
    desk.house.clock.advance(timedelta(minutes=1))
    danger = waiting(desk, "C2", HandoverReason.SAFETY)
    desk.house.chat().say("only the bot knows me")
    assert do(desk, "claim-next", view="bot") == {"open": danger.id}
    assert do(desk, "claim-next", view="mine") == {"open": first.id}
    assert do(desk, "claim-next", view="all") == {"said": "Nobody waits for a person."}


def test_claiming_the_next_keeps_to_the_filters(desk: Desk) -> None:
    waiting(desk, "C1", HandoverReason.SAFETY)
    wanted = waiting(desk, "C2")
    assert do(desk, "claim-next", search="anna c2") == {"open": wanted.id}
    assert "Nobody of those" in do(desk, "claim-next", search="anna c2")["said"]


def test_of_two_who_claim_the_next_each_gets_another_one(desk: Desk) -> None:
    first, second = waiting(desk, "C1"), waiting(desk, "C2")
    given = do(desk, "claim-next")["open"]
    sit_down(desk, desk.tom)
    assert {given, do(desk, "claim-next")["open"]} == {first.id, second.id}


def test_an_order_finds_its_customer_though_nothing_went_wrong_with_it(desk: Desk) -> None:
    seed(desk.house.container.shop_database, desk.house.clock.now())
    shop = desk.house.container.services.shop
    order = shop.orders(limit=1)[0]
    theirs, _ = waiting(desk, order.customer_ref), waiting(desk, "C-somebody-else")
    assert shown(desk, search=order.number) == [theirs.id]
    assert shown(desk, search=f"#{order.number}") == [theirs.id]


def test_what_is_closed_is_found_again(desk: Desk) -> None:
    chat, other = waiting(desk, "C1"), waiting(desk, "C2")
    for each in (chat, other):
        with desk.house.container.database.begin() as session:
            session.get_one(Conversation, each.id).mode = Mode.CLOSED
    assert shown(desk, search="C1@example.com") == []
    assert shown(desk, view="closed", search="C1@example.com") == [chat.id]
    assert shown(desk, view="closed", search="anna c2") == [other.id]
    assert "Closed" in desk.house.client.get("/desk/queue?view=closed").text


def test_rows_are_one_glance_a_day_and_each_view_is_kept(desk: Desk) -> None:
    chat = waiting(desk, "C1")
    for _ in range(3):
        shown(desk)
        desk.house.clock.advance(timedelta(minutes=20))
    assert seen(desk, chat).count("queue.read") == 1
    shown(desk, search="anna c1")
    assert seen(desk, chat).count("queue.searched") == 1


@pytest.mark.parametrize(
    ("path", "did"),
    [
        ("canned?name=", "canned.read"),
        ("dialogs/merge", "conversation.read"),
        ("remedy/refund", "orders.read"),
    ],
)
def test_what_shows_a_customers_data_is_a_view(desk: Desk, path: str, did: str) -> None:
    chat = waiting(desk, "C1")
    desk.claim(chat)
    assert desk.house.client.get(f"/desk/conversations/{chat.id}/{path}").status_code == 200
    assert seen(desk, chat).count(did) == 1


def test_files_given_and_seen_are_found_by_their_customer(desk: Desk, photo: bytes) -> None:
    chat = waiting(desk, "C1")
    desk.claim(chat)
    at = f"/desk/conversations/{chat.id}/attachments"
    kept = desk.house.client.post(at, files={"file": ("boots.jpg", photo)}).json()["id"]
    assert desk.house.client.get(f"/desk/attachments/{kept}").status_code == 200
    assert {"attachment.added", "attachment.read"} <= set(seen(desk, chat))


def test_taking_up_again_is_written_down_once(desk: Desk) -> None:
    chat = waiting(desk, "C1")
    desk.claim(chat)
    do(desk, f"conversations/{chat.id}/snooze", until="answer")
    for _ in range(2):
        do(desk, f"conversations/{chat.id}/wake")
    assert seen(desk, chat).count("conversation.woken") == 1


def test_the_resolutions_clock_is_in_the_row(desk: Desk) -> None:
    chat = waiting(desk, "C1")
    assert "solve in 3 days" in desk.house.client.get("/desk/queue").text
    with desk.house.container.database.begin() as session:
        late = desk.house.clock.now() - timedelta(hours=3)
        session.get_one(Conversation, chat.id).resolve_by = late
    assert "Resolution overdue 3 h" in desk.house.client.get("/desk/queue").text


@pytest.fixture
def photo() -> bytes:
    kept = io.BytesIO()
    Image.new("RGB", (8, 8), "navy").save(kept, "JPEG")
    return kept.getvalue()


def held(desk: Desk) -> Chat:
    chat = waiting(desk, "C1")
    do(desk, f"conversations/{chat.id}/claim")
    return chat


def test_a_draft_is_told_what_it_promises_and_nothing_is_written_down(desk: Desk) -> None:
    chat = held(desk)
    words = "Thanks! Your refund is there by 4 December."
    answer = do(desk, f"conversations/{chat.id}/promised", text=words)
    assert answer == {
        "promises": [
            {
                "what": "your money back",
                "by": "2026-12-04",
                "words": "Your refund is there by 4 December",
            }
        ]
    }
    with desk.house.container.database.read() as session:
        assert session.scalars(select(Promise)).all() == []


def reply(desk: Desk, chat: Chat, text: str, **fields: Any) -> Any:
    position = desk.all_seen(chat)
    return do(
        desk, f"conversations/{chat.id}/reply",
        text=text, client_id=text, seen_up_to=str(position), **fields,
    )  # fmt: skip


def test_the_answer_says_what_was_written_down(desk: Desk) -> None:
    chat = held(desk)
    words = "Your refund is there by 4 December, and I'll call you by 5 December."
    assert reply(desk, chat, words)["promised"] == [
        {"what": "your money back", "by": "2026-12-04"},
        {"what": "our call", "by": "2026-12-05"},
    ]
    said = reply(
        desk, chat, "Your label will be there by 1 December; I'll call you by 2 December",
        promise=["a label by post"], promise_by=["2026-12-03"],
        promise_words=["Your label will be there by 1 December"],
        not_promised=["I'll call you by 2 December"],
    )  # fmt: skip
    assert said["promised"] == [{"what": "a label by post", "by": "2026-12-03"}]
    back = do(
        desk, f"conversations/{chat.id}/hand-back", outcome="solved",
        words="Your boots will arrive by 1 December.",
    )  # fmt: skip
    assert back["promised"] == [{"what": "your parcel", "by": "2026-12-01"}]


def test_a_promise_needs_its_day(desk: Desk) -> None:
    chat = held(desk)
    answer = desk.house.client.post(
        f"/desk/conversations/{chat.id}/reply",
        data={"text": "hello", "client_id": "a", "seen_up_to": "99", "promise": "a call"},
    )
    assert (answer.status_code, answer.json()["error"]["field"]) == (422, "promise_by")


def test_what_was_no_promise_goes_from_the_page_and_stays_in_the_audit(desk: Desk) -> None:
    chat = held(desk)
    reply(desk, chat, "I'll call you tomorrow")
    with desk.house.container.database.read() as session:
        promise = session.scalars(select(Promise.id)).one()
    assert "Was no promise" in desk.house.client.get("/desk/promises").text
    do(desk, f"promises/{promise}/was-none")
    assert "call you tomorrow" not in desk.house.client.get("/desk/promises").text
    assert "promise.withdrawn" in seen(desk, chat)
