"""News reach those who look, whoever made them: this process or another one."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from starlette.requests import Request

from careline.desk import live
from careline.desk.accounts.door import SessionDoor
from careline.desk.door import Member
from tests import loops
from tests.conversation.staff.desk import Desk, signed_in

SOON = 20  # seconds; what a busy machine may take, not what we promise


def watch(desk: Desk, conversation_id: str | None = None) -> AsyncIterator[str]:
    container = desk.house.container
    pulse = live.Pulse(container.database, container.clock)
    return live.events(
        container.database,
        container.hub,
        pulse,
        staff_id=desk.lena,
        conversation_id=conversation_id,
    )


async def following(stream: AsyncIterator[str], name: str) -> dict[str, Any]:
    """The data of the next event of that name."""
    async with asyncio.timeout(SOON):
        async for event in stream:
            head, _, data = event.partition("\ndata: ")
            if head == f"event: {name}":
                found: dict[str, Any] = json.loads(data)
                return found
    raise AssertionError(f"no {name} came")


def test_who_looks_sees_the_counts_at_once_and_again_when_they_change(desk: Desk) -> None:
    """The change is committed without a nudge, as another process would."""

    async def look() -> tuple[int, int, int]:
        stream = watch(desk)
        first = await following(stream, "queue")
        chat = await asyncio.to_thread(desk.house.chat)
        await asyncio.to_thread(desk.escalate, chat)
        second = await following(stream, "queue")
        await asyncio.to_thread(desk.claim, chat)
        third = await following(stream, "queue")
        return (
            first["counts"]["unassigned"],
            second["counts"]["unassigned"],
            third["counts"]["mine"],
        )

    assert loops.run(look()) == (0, 1, 1)


def test_the_news_end_with_the_session_and_are_no_use_of_it(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "SESSION_EVERY", 0.0)
    house = desk.house
    name, token = signed_in(house, desk.lena)
    door = SessionDoor(house.container.database, house.clock, is_https=False)
    asks = Request(
        {
            "type": "http", "method": "GET", "path": "/desk/events",
            "headers": [(b"cookie", f"{name}={token}".encode()), (b"accept", b"text/event-stream")],
        }
    )  # fmt: skip

    async def look(member: Member) -> None:
        container = house.container
        stream = live.events(
            container.database,
            container.hub,
            live.Pulse(container.database, container.clock),
            staff_id=member.id,
            is_signed_in=lambda: door.is_signed_in(member),
        )
        await following(stream, "queue")
        for _ in range(5):  # a page that is left open, and comes back again and again
            house.clock.advance(timedelta(minutes=50))
            again = await asyncio.to_thread(door.whoever, asks)
        assert again is None
        async with asyncio.timeout(SOON):
            assert [event async for event in stream if "event:" in event] == []

    member = door.whoever(asks)
    assert member is not None
    loops.run(look(member))


def test_the_open_conversation_tells_of_messages_and_of_typing(desk: Desk) -> None:
    chat = desk.house.chat()
    desk.escalate(chat)
    desk.claim(chat)

    async def look() -> tuple[int, bool, bool, int]:
        stream = watch(desk, chat.id)
        await following(stream, "conversation")
        hub = desk.house.container.hub
        hub.customer_typing(chat.id, True)
        begun = await following(stream, "typing")
        hub.customer_typing(chat.id, False)
        ended = await following(stream, "typing")
        await asyncio.to_thread(chat.say, "hello?")
        news = await following(stream, "conversation")
        message = await asyncio.to_thread(desk.reply, chat, "Here I am")
        answered = await following(stream, "conversation")
        assert answered["position"] == message.position
        return news["position"], begun["on"], ended["on"], answered["seen"]

    assert loops.run(look()) == (1, True, False, 0)
