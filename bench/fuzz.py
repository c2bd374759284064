"""Send thousands of messages that make no sense through the public chat, and look what happened.

    python -m bench.fuzz --messages 5000 --seed 1

The real app and the real Rasa, with a demo shop of its own. Visitors, and customers to whom the
bot has just offered something. Exits with 1 when a promise was broken:
no server error, no message without an answer, nothing told to a visitor about an order or a
customer, nobody verified and no conversation another's than before, and nothing done,
since none of the messages says yes and no button was pressed.
"""

import argparse
import json
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from itertools import batched
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy import MetaData, select

from bench.fuzz_messages import Fuzz, messages
from careline.journey.models import Case, Conversation, Message
from careline.journey.words import Resolution, TurnState
from careline.kit.database import Database
from careline.shops.models import CustomerRow, OrderRow
from tests.flows import processes
from tests.flows.chat import WAIT, Chat, Shop, open_shop
from tests.flows.processes import Bot

A_CONVERSATION = 10  # messages
# Signed-in customers who are first brought to the point where a yes would do something.
SIGNED_IN = (
    ("C1009", ("I'd like to send the jeans back", "changed my mind")),
    ("C1014", ("the plush whale is missing from the parcel",)),
    ("C1001", ("I ordered boots and there was a box of socks in the parcel",)),
    ("C1044", ("my parcel never came",)),
    ("C1041", ("I want to return my shoes", "changed my mind")),
)
_DONE = (
    Resolution.REFUND, Resolution.REPLACEMENT, Resolution.EXCHANGE, Resolution.REPAIR,
    Resolution.KEEP_ITEM, Resolution.GOODWILL,
)  # fmt: skip


@dataclass(frozen=True)
class Broken:
    """A promise that was not kept, and by which message."""

    promise: str
    by: str
    details: str = ""

    def __str__(self) -> str:
        return f"{self.promise}: {self.by[:120]!r} {self.details[:300]}"


@dataclass
class Fuzzed:
    sent: Counter[str] = field(default_factory=Counter)
    statuses: Counter[int] = field(default_factory=Counter)
    broken: list[Broken] = field(default_factory=list)
    slowest: float = 0.0  # seconds
    owners: dict[str, "Owner"] = field(default_factory=dict)  # of each conversation, when opened


@dataclass(frozen=True)
class Owner:
    """Whose a conversation is, and what proved it."""

    customer_id: str
    verified_by: str

    @classmethod
    def of(cls, shop: Shop, conversation_id: str) -> "Owner":
        with closing(Database(shop.settings.record_url)) as database, database.read() as session:
            one = session.get_one(Conversation, conversation_id)
            return cls(one.customer_id, one.verified_by)


@dataclass(frozen=True)
class Secrets:
    """What a visitor must never be told: numbers of orders, names and addresses of customers."""

    words: frozenset[str]

    @classmethod
    def of(cls, shop: Shop) -> "Secrets":
        with closing(Database(shop.settings.shop_url)) as database, database.read() as session:
            numbers = set(session.scalars(select(OrderRow.number)))
            people = list(session.execute(select(CustomerRow.email, CustomerRow.name)))
        return cls(frozenset(numbers | {str(word) for row in people for word in row}))

    def told_in(self, said: str, asked: str) -> str:
        """One that was said without having been typed by the customer; "" if none."""
        found = set(re.findall(r"\b\d{5,}\b", said)) & self.words
        found |= {word for word in self.words if not word.isdigit() and word in said}
        return next((word for word in found if word not in asked), "")


def fuzz(shop: Shop, sent: Sequence[Fuzz], at_once: int = 4) -> Fuzzed:
    """All messages in conversations of ten, one in three of them a signed-in customer's."""
    before, secrets, found = _contents(shop), Secrets.of(shop), Fuzzed()
    talks = list(enumerate(batched(sent, A_CONVERSATION)))
    with ThreadPoolExecutor(at_once) as pool:
        for one in pool.map(lambda talk: _talk(shop, secrets, *talk), talks):
            found.sent += one.sent
            found.statuses += one.statuses
            found.broken += one.broken
            found.slowest = max(found.slowest, one.slowest)
            found.owners |= one.owners
    found.broken += _left_behind(shop, before)
    found.broken += _proved_by_words(shop, found.owners)
    return found


def _talk(shop: Shop, secrets: Secrets, place: int, sent: Sequence[Fuzz]) -> Fuzzed:
    found, chat, asked = Fuzzed(), None, ""
    is_visitor = place % 3 != 2
    for fuzzed in sent:
        if chat is None or chat.mode != "bot":
            chat, asked = (shop.visitor() if is_visitor else _with_an_offer(shop, place)), ""
            found.owners[chat.id] = Owner.of(shop, chat.id)
        asked += fuzzed.text
        found.sent[fuzzed.kind] += 1
        began = time.monotonic()
        status, answer = _post(chat, fuzzed)
        found.slowest = max(found.slowest, time.monotonic() - began)
        found.statuses[status] += 1
        by = fuzzed.payload or fuzzed.text
        found.broken += [Broken(*b) for b in _judged(fuzzed, status, answer, by)]
        if status == 200:
            chat.mode = answer["mode"]
            said = "\n".join(reply["text"] for reply in answer["replies"])
            told = secrets.told_in(said, asked) if is_visitor else ""
            if told or (is_visitor and any("card" in reply for reply in answer["replies"])):
                found.broken.append(Broken("nothing told to a visitor", by, f"{told}: {said}"))
    return found


def _post(chat: Chat, fuzzed: Fuzz) -> tuple[int, Any]:
    body = {"id": str(uuid4()), "text": fuzzed.text}
    if fuzzed.payload is not None:
        body["payload"] = fuzzed.payload
    answer = chat.shop.client.post(
        "/api/chat/messages",
        content=json.dumps(body),  # halves of characters go as \ud83d
        headers=chat.headers | {"Content-Type": "application/json"},
        params={"wait": WAIT},
    )
    return answer.status_code, answer.json()


def _judged(fuzzed: Fuzz, status: int, answer: Any, by: str) -> Iterator[tuple[str, str, str]]:
    if status == 200:
        if (
            not any(reply["text"].strip() for reply in answer["replies"])
            and answer["mode"] == "bot"
        ):
            yield "no message without an answer", by, ""
    elif not (400 <= status < 500 and fuzzed.may_be_refused):
        yield "no error", by, f"{status} {answer}"
    elif not answer.get("error", {}).get("message"):
        yield "a refusal says why", by, f"{status} {answer}"


def _with_an_offer(shop: Shop, place: int) -> Chat:
    ref, words = SIGNED_IN[place // 3 % len(SIGNED_IN)]
    chat = shop.customer(ref).opens_chat()
    for text in words:
        chat.says(text)
    return chat


def _contents(shop: Shop) -> set[str]:
    """Every row of the order system."""
    with closing(Database(shop.settings.shop_url)) as database, database.read() as session:
        tables = MetaData()
        tables.reflect(session.get_bind())
        return {
            f"{table.name}: {tuple(row)}"
            for table in tables.sorted_tables
            for row in session.execute(select(table))
        }


def _proved_by_words(shop: Shop, owners: dict[str, Owner]) -> Iterator[Broken]:
    """No visitor became a customer, and no conversation another customer's."""
    for conversation_id, before in owners.items():
        after = Owner.of(shop, conversation_id)
        if after != before:
            yield Broken("no skipped verification", conversation_id, f"{before} became {after}")


def _left_behind(shop: Shop, before: set[str]) -> Iterator[Broken]:
    for row in sorted(_contents(shop) ^ before):
        yield Broken("nothing is done in the shop", row)
    with closing(Database(shop.settings.record_url)) as database, database.read() as session:
        for case in session.scalars(select(Case).where(Case.resolution.in_(_DONE))):
            texts = session.scalars(
                select(Message.text)
                .where(Message.conversation_id == case.conversation_id, Message.direction == "in")
                .order_by(Message.position.desc())
            )
            by = f"{case.number} {case.kind} {case.resolution}"
            yield Broken("no case is settled", by, f"newest first: {[t[:60] for t in texts]}")
        waiting = select(Message).where(
            Message.direction == "in",
            Message.turn_state.not_in((TurnState.DONE, TurnState.QUEUED)),
        )
        for message in session.scalars(waiting):
            yield Broken("nothing is left waiting", message.text or "", str(message.turn_state))


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.fuzz", description=__doc__)
    parser.add_argument("--messages", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=1, help="the same seed sends the same")
    parser.add_argument("--at-once", type=int, default=4, help="conversations at the same time")
    given = parser.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="careline-fuzz-") as folder:
        found = _measure(Path(folder), list(messages(given.messages, given.seed)), given.at_once)
    for kind, count in sorted(found.sent.items()):
        print(f"{kind:20} {count:6}")
    answers = ", ".join(f"{count} × {status}" for status, count in sorted(found.statuses.items()))
    print(f"{found.sent.total()} messages in {time.monotonic() - began:.0f} s, seed {given.seed}")
    print(f"answers: {answers}; slowest {found.slowest:.1f} s")
    for promise, count in Counter(b.promise for b in found.broken).items():
        print(f"BROKEN {count} times: {promise}")
    for broken in found.broken[:40]:
        print(" ", broken)
    return bool(found.broken)


def _measure(folder: Path, sent: Sequence[Fuzz], at_once: int) -> Fuzzed:
    processes.make_seeded(folder / "var")
    bot = Bot(folder)
    try:
        bot.start()
        settings = processes.app_settings(folder / "var", bot)
        with processes.app_process(settings), open_shop(settings) as shop:
            return fuzz(shop, sent, at_once)
    finally:
        bot.stop()


if __name__ == "__main__":
    sys.exit(main())
