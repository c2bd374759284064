"""Simulated customers go through the real doors: signed events in, words into their chat, orders.

Who is told and who is held out is the gate's to say. Each customer decides by themselves whether
to order again, and knows nothing of groups: whoever reads our words in their chat is so much more
inclined. Used by a test and by `python -m bench.uplift`.
"""

import json
import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import batched
from pathlib import Path
from typing import Any

from sqlalchemy import func, insert, select

from careline.channels.shop_hooks import sign
from careline.journey.models import Conversation, Customer, Identity, Message, Touch
from careline.touches.balance import Balance, Period, balance
from careline.touches.uplift import Arm
from tests.house import FRIDAY, RECORD_FILE, House

BOOK = "unboxing_check_in"
ORDERS_ANYWAY = 0.20
REFUSE = 0.03  # of them want to hear nothing
ZONES = ("Europe/London", "America/New_York", "Asia/Tokyo")
EVENTS_A_REQUEST = 1_000
A_DAY = timedelta(days=1)
PERIOD = Period(FRIDAY, FRIDAY + 365 * A_DAY)


@dataclass(frozen=True)
class Crowd:
    """So many customers, each C<number> at the shop, with one order that is delivered."""

    house: House
    size: int
    seed: int

    def live(self, planted: float) -> Balance:
        """Their month; the balance sheet of the check-in after it."""
        self._are_known()
        self._post(self._deliveries())
        self._plan()
        self._touches_go()
        told = self._told()
        self.house.clock.advance(20 * A_DAY)
        self._post(self._orders(told, planted))
        self._plan()
        with self.house.container.database.read() as session:
            [sheet] = [s for s in balance(session, PERIOD, [BOOK]) if s.playbook == BOOK]
        return sheet

    def _are_known(self) -> None:
        """Ids of their own, so that the same seed holds out the same ones."""
        dated = {"created_at": FRIDAY, "updated_at": FRIDAY}
        for some in batched(range(self.size), EVENTS_A_REQUEST):
            ids = {number: f"cus_{self.seed}_{number}" for number in some}
            with self.house.container.database.begin() as session:
                session.execute(
                    insert(Customer),
                    [{"id": who, "name": "Ana", "time_zone": ZONES[n % len(ZONES)], **dated}
                     for n, who in ids.items()],
                )  # fmt: skip
                for channel, address in (("shop", "C{}"), ("email", "c{}@example.org")):
                    session.execute(
                        insert(Identity),
                        [{"id": f"idn_{channel}_{n}", "customer_id": who, "channel": channel,
                          "address": address.format(n), **dated} for n, who in ids.items()],
                    )  # fmt: skip
                session.execute(
                    insert(Conversation),
                    [{"id": f"cnv_{n}", "customer_id": who, "channel": "web",
                      "verified_by": "identity", "seen_at": FRIDAY, **dated}
                     for n, who in ids.items()],
                )  # fmt: skip

    def _chance(self, number: int) -> random.Random:
        return random.Random(f"{self.seed}:{number}")

    def _refuses(self, number: int) -> bool:
        return self._chance(number).random() < REFUSE

    def _deliveries(self) -> Iterator[dict[str, Any]]:
        for number in range(self.size):
            data: dict[str, Any] = {"customer": f"C{number}", "order": f"{number}"}
            if self._refuses(number):
                data["consents"] = [
                    {"purpose": "service", "channel": "*", "state": "refused",
                     "at": FRIDAY.isoformat(), "how": "account page", "wording": "No."}
                ]  # fmt: skip
            yield {
                "id": f"delivered-{number}",
                "type": "order.delivered",
                "at": FRIDAY.isoformat(),
                "data": data,
            }

    def _orders(self, told: dict[int, datetime], planted: float) -> Iterator[dict[str, Any]]:
        for number in range(self.size):
            chance = self._chance(number)
            chance.random()  # the one that said whether they refuse
            if chance.random() >= ORDERS_ANYWAY + (planted if number in told else 0):
                continue
            at = self.house.clock.now() - chance.random() * 14 * A_DAY
            yield {
                "id": f"placed-{number}",
                "type": "order.placed",
                "at": at.isoformat(),
                "data": {"customer": f"C{number}", "order": f"again-{number}"},
            }

    def _post(self, events: Iterator[dict[str, Any]]) -> None:
        secret = self.house.container.settings.hook_secret.get_secret_value()
        for some in batched(events, EVENTS_A_REQUEST):
            body = json.dumps(some).encode()
            headers = sign(secret, body, self.house.clock.now())
            answer = self.house.client.post("/hooks/shop", content=body, headers=headers)
            assert answer.status_code == 200, answer.text
            assert answer.json()["accepted"] == len(some), answer.text

    def _plan(self) -> None:
        self.house.container.touches.plan()

    def _touches_go(self) -> None:
        """As time comes to each that is due, until all were decided upon."""
        while (due := self._next_due()) is not None:
            self.house.clock.set(max(due, self.house.clock.now()))
            self.house.container.touches.send_due()

    def _next_due(self) -> datetime | None:
        waiting = select(func.min(Touch.due_at)).where(
            Touch.state.in_(["planned", "sending"]), Touch.playbook == BOOK
        )
        with self.house.container.database.read() as session:
            return session.scalar(waiting)

    def _told(self) -> dict[int, datetime]:
        """Who reads something of ours in their chat, and since when."""
        said = select(Message.conversation_id, Message.created_at).where(Message.direction == "out")
        with self.house.container.database.read() as session:
            return {int(chat.removeprefix("cnv_")): at for chat, at in session.execute(said)}


@dataclass(frozen=True)
class Counted:
    """The sheet's figures, counted otherwise."""

    treated: Arm
    held_out: Arm
    sent: int
    reached: int
    dropped: dict[str, int]

    @classmethod
    def of(cls, sheet: Balance) -> "Counted":
        assert sheet.uplift is not None
        return cls(
            sheet.uplift.treated, sheet.uplift.held_out, sheet.sent, sheet.reached, sheet.dropped
        )


def counted_in(state: Path) -> Counted:
    """Row by row from the database's file: what stands in the chats, and the shop's events.

    No column that outcomes or the balance sheet write or read for the goal is looked at.
    """
    with closing(sqlite3.connect(state / RECORD_FILE)) as file:
        placed: dict[str, list[datetime]] = {}
        for who, at in file.execute(
            "SELECT customer_id, at FROM touchpoint WHERE kind = 'order.placed'"
        ):
            placed.setdefault(who, []).append(datetime.fromisoformat(at))
        told = [
            (who, datetime.fromisoformat(at))
            for who, at in file.execute(
                "SELECT c.customer_id, m.created_at FROM message m "
                "JOIN conversation c ON c.id = m.conversation_id WHERE m.provider_id LIKE 'touch:%'"
            )
        ]
        decided = file.execute(
            "SELECT t.customer_id, d.at, d.decision, d.why FROM touch_decision d "
            "JOIN touch t ON t.id = d.touch_id WHERE t.playbook = ?",
            (BOOK,),
        ).fetchall()
    held_out = [(w, datetime.fromisoformat(at)) for w, at, what, _ in decided if what == "hold_out"]
    dropped: dict[str, int] = {}
    for _, _, what, why in decided:
        if what == "drop":
            dropped[why] = dropped.get(why, 0) + 1

    def arm(those: list[tuple[str, datetime]]) -> Arm:
        reached = sum(
            any(since < at <= since + 90 * A_DAY for at in placed.get(who, ()))
            for who, since in those
        )
        return Arm(len(those), reached)

    return Counted(arm(told), arm(held_out), len(told), arm(told).reached, dropped)
