"""The stream of a conversation as server-sent events: message, typing, mode."""

import json
from collections.abc import AsyncIterator
from typing import Any

from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from careline.channels.web.wire import message_json
from careline.conversation import messages
from careline.conversation.notify import Hub
from careline.journey.models import Conversation
from careline.kit.database import Database

LOOK_EVERY = 3.0  # seconds; finds what other processes wrote
KEEP_ALIVE_EVERY = 5  # looks without news: 15 s, below what proxies cut
LONGEST = 1200  # looks: an hour, then the client comes back and shows its token again


async def events(
    database: Database, hub: Hub, conversation_id: str, position: int
) -> AsyncIterator[str]:
    """Everything behind that position, then whatever comes."""
    mode, typing, quiet = "", False, 0
    with hub.listen(conversation_id, typing=True) as listener:
        yield "retry: 2000\n: here\n\n"
        for _ in range(LONGEST):
            fresh, mode_now, position = await run_in_threadpool(
                _news, database, conversation_id, position
            )
            for shown in fresh:
                yield _event("message", shown, shown["id"])
            if mode_now != mode:
                mode = mode_now
                yield _event("mode", {"mode": mode})
            if listener.typing != typing:
                typing = listener.typing
                yield _event("typing", {"on": typing})
            if hub.closed:
                return
            if await listener.wait(LOOK_EVERY):
                quiet = 0
                continue
            quiet += 1
            if quiet % KEEP_ALIVE_EVERY == 0:
                yield ": keep-alive\n\n"


def shown_after(session: Session, conversation_id: str, position: int) -> list[tuple[int, Any]]:
    """(position, message as JSON) behind that position, oldest first."""
    fresh = messages.after(session, conversation_id, position)
    files = messages.attachments_of(session, [m.id for m in fresh])
    return [(m.position, message_json(m, files.get(m.id, []))) for m in fresh]


def _news(
    database: Database, conversation_id: str, position: int
) -> tuple[list[dict[str, Any]], str, int]:
    with database.read() as session:
        fresh = shown_after(session, conversation_id, position)
        conversation = session.get(Conversation, conversation_id)
    mode = conversation.mode if conversation else "closed"
    return [shown for _, shown in fresh], mode, fresh[-1][0] if fresh else position


def _event(name: str, data: dict[str, Any], event_id: str | None = None) -> str:
    head = f"id: {event_id}\n" if event_id else ""
    return f"{head}event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"
