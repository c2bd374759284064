"""GET /desk/events: what changes while staff look, as server-sent events, well under a second.

A nudge of this process wakes at once; what other processes wrote is found by looking at the
record every LOOK_EVERY, once for all who look at the queue.

    queue         {"counts": {view: n, "overdue": n}, "mine": {id: {"waits", "position",
                  "customer"}}}
                  after any change to an open conversation; mine: in hand and not put aside
    conversation  {"id", "position", "mode", "holder", "seen"}   of the one that is open
    typing        {"conversation", "on"}   the customer's
    attention     {"counts": {"approvals": n, "promises": n}, "marks": {…}}   what the navigation
                  counts, and for each of these pages what changes when it shows something else
    decided       {"said", "conversation"}   a lead's word on what this person asked for
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, or_, select
from starlette.concurrency import run_in_threadpool

from careline.conversation.notify import EVERYTHING, Hub
from careline.desk import attention, queue
from careline.desk.attention import Attention, Decided
from careline.journey.models import Conversation, Message, Note
from careline.kit.clock import Clock
from careline.kit.database import Database

LOOK_EVERY = 0.5  # seconds; for what other processes wrote
ATTENTION_FRESH_FOR = 1.0  # seconds
FRESH_FOR = 0.2  # seconds that one look serves all who ask
KEEP_ALIVE_EVERY = 30  # looks without news
SESSION_EVERY = 20.0  # seconds; whether the one who looks is still signed in
LONGEST = 7000  # looks: about an hour, then the page comes back and shows its session again


class Pulse:
    """One look at the whole queue, shared by everybody who looks at about the same time."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._lock = asyncio.Lock()
        self._groups: list[queue.Group] = []
        self._looked_at = float("-inf")
        self._attention = Attention()
        self._attended_at = float("-inf")

    async def groups(self) -> list[queue.Group]:
        async with self._lock:
            time = asyncio.get_running_loop().time()
            if time - self._looked_at > FRESH_FOR:
                self._groups = await run_in_threadpool(self._look)
                self._looked_at = time
            return self._groups

    async def attention(self) -> Attention:
        async with self._lock:
            time = asyncio.get_running_loop().time()
            if time - self._attended_at > ATTENTION_FRESH_FOR:
                self._attention = await run_in_threadpool(self._attend)
                self._attended_at = time
            return self._attention

    def _attend(self) -> Attention:
        with self._database.read() as session:
            return attention.look(session, self._clock.now())

    def _look(self) -> list[queue.Group]:
        with self._database.read() as session:
            return queue.groups(session, self._clock.now())


@dataclass(frozen=True)
class Seen:
    """How one conversation stands, as far as a page that shows it must know."""

    mode: str
    holder: str | None
    position: int
    seen: int
    stamp: tuple[Any, ...]  # changes with anything else that the page shows


async def events(
    database: Database,
    hub: Hub,
    pulse: Pulse,
    *,
    staff_id: str,
    teams: Sequence[str] = (),
    conversation_id: str | None = None,
    is_signed_in: Callable[[], bool] = lambda: True,
) -> AsyncIterator[str]:
    """How things stand, then whatever changes, until nobody is signed in there any more."""
    last_groups: list[queue.Group] | None = None
    last_seen: Seen | None = None
    last_asks: Attention | None = None
    typing, quiet = False, 0
    time = asyncio.get_running_loop().time
    asked_at = time()
    with hub.listen(EVERYTHING) as listener:
        yield "retry: 1000\n: here\n\n"
        for _ in range(LONGEST):
            if time() - asked_at >= SESSION_EVERY:
                if not await run_in_threadpool(is_signed_in):
                    return
                asked_at = time()
            asks = await pulse.attention()
            if asks != last_asks:
                yield _event("attention", {"counts": asks.counts, "marks": asks.marks})
                for one in _decided_since(last_asks, asks, staff_id):
                    yield _event("decided", {"said": one.said, "conversation": one.conversation_id})
                last_asks = asks
            groups = await pulse.groups()
            if groups != last_groups:
                last_groups, quiet = groups, 0
                counts = queue.counts(groups, staff_id=staff_id, teams=teams)
                mine = await run_in_threadpool(_in_hand, database, staff_id)
                yield _event("queue", {"counts": counts, "mine": mine})
            if conversation_id is not None:
                seen = await run_in_threadpool(_look_at, database, conversation_id)
                if seen is not None and seen != last_seen:
                    last_seen, quiet = seen, 0
                    yield _event(
                        "conversation",
                        {"id": conversation_id, "position": seen.position, "mode": seen.mode,
                         "holder": seen.holder, "seen": seen.seen},
                    )  # fmt: skip
                if hub.is_customer_typing(conversation_id) != typing:
                    typing = not typing
                    yield _event("typing", {"conversation": conversation_id, "on": typing})
            if hub.closed:
                return
            if await listener.wait(LOOK_EVERY):
                await asyncio.sleep(FRESH_FOR)  # what comes at once is told at once
                continue
            quiet += 1
            if quiet % KEEP_ALIVE_EVERY == 0:
                yield ": keep-alive\n\n"


def _decided_since(before: Attention | None, asks: Attention, staff_id: str) -> list[Decided]:
    """What was decided before somebody looked stands in the notes; only news are told."""
    known = before.decided if before is not None else asks.decided
    return [one for one in asks.decided if one.asked_by == staff_id and one not in known]


def _in_hand(database: Database, staff_id: str) -> dict[str, dict[str, int | bool | str]]:
    with database.read() as session:
        return {
            each.id: {
                "waits": each.waits,
                "position": each.position,
                "customer": each.customer_id,
            }
            for each in queue.in_hand(session, staff_id)
        }


def _look_at(database: Database, conversation_id: str) -> Seen | None:
    customer = select(Conversation.customer_id).where(Conversation.id == conversation_id)
    merged = select(Conversation.id).where(
        Conversation.customer_id == customer.scalar_subquery(),
        Conversation.merged_into == conversation_id,
    )
    of_it = or_(Message.conversation_id == conversation_id, Message.conversation_id.in_(merged))
    notes = select(func.count()).where(Note.conversation_id == conversation_id).scalar_subquery()
    ends = (
        select(func.max(Message.position).label("position"))
        .where(of_it)
        .group_by(Message.conversation_id)
        .subquery()
    )
    last = select(func.sum(ends.c.position)).scalar_subquery()
    changed = select(func.max(Message.updated_at)).where(of_it).scalar_subquery()
    with database.read() as session:
        row = session.execute(
            select(
                Conversation.mode,
                Conversation.holder,
                last,
                Conversation.seen_position,
                Conversation.updated_at,
                Conversation.snoozed,
                notes,
                changed,
            ).where(Conversation.id == conversation_id)
        ).one_or_none()
    if row is None:
        return None
    mode, holder, position, seen, *rest = row
    return Seen(mode, holder, position or 0, seen or 0, tuple(rest))


def _event(name: str, data: dict[str, Any]) -> str:
    return f"event: {name}\ndata: {json.dumps(data)}\n\n"
