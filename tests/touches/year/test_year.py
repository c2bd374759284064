"""A year of thirty customers, walked by `tick`: everybody hears what stands in the table, when it
stands there, and nothing else.

The clock goes from one moment at which something is due to the next, as if ticks never stopped.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from ruamel.yaml import YAML
from sqlalchemy import func, select

from careline.journey.models import Customer, Email, Goodwill, Message, Touch, TouchDecision
from careline.journey.words import TouchState
from careline.touches.gate import is_held_out
from careline.worker import tick
from tests.house import House, open_house
from tests.touches.year.living import Happens, Life, id_of, read

HERE = Path(__file__).parent
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
END = datetime(2027, 1, 31, tzinfo=UTC)
HELD_OUT = {"leo"}
_PLANNED = (TouchState.PLANNED, TouchState.SENDING)


@dataclass(frozen=True, order=True)
class Line:
    """A line of expected.txt, and what came of a touch in the same words."""

    who: str
    at: str  # on their clock
    playbook: str
    what: str
    after: str = ""


def people() -> dict[str, dict[str, object]]:
    found: dict[str, dict[str, object]] = YAML(typ="safe").load((HERE / "people.yml").read_text())
    return found


def expected() -> list[Line]:
    lines = []
    for text in (HERE / "expected.txt").read_text().splitlines():
        if not text.strip() or text.startswith("#"):
            continue
        told, _, after = text.partition(" after: ")
        who, day, hour, playbook, what = told.split(maxsplit=4)
        lines.append(Line(who, f"{day} {hour}", playbook, what.strip(), after.strip()))
    return sorted(lines)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with open_house(tmp_path_factory.mktemp("year")) as house:
        walk(house)
        yield house


def walk(house: House) -> None:
    house.clock.set(BEGIN)
    life, events = Life(house), list[Happens]()
    for name, of in people().items():
        zone = str(of["zone"])
        life.born(name, zone, email=bool(of.get("email", True)))
        events += [read(str(line), name, ZoneInfo(zone)) for line in of["events"]]  # type: ignore[attr-defined]
    for event in sorted(events, key=lambda e: (e.at, e.who, e.what)):
        until(house, event.at)
        house.clock.set(event.at.astimezone(UTC))
        life.happens(event)
        tick(house.container)
    until(house, END)


def until(house: House, end: datetime) -> None:
    """Tick whenever something is due before `end`, and half a day after it: what has fallen
    silent is closed then."""
    while True:
        with house.container.database.read() as session:
            due = session.scalar(select(func.min(Touch.due_at)).where(Touch.state.in_(_PLANNED)))
        quiet = house.clock.now() + timedelta(hours=13)
        following = min(quiet, due) if due is not None else quiet
        if following >= end:
            return
        house.clock.set(max(following, house.clock.now() + timedelta(seconds=1)))
        tick(house.container)


def lived(house: House) -> list[Line]:
    with house.container.database.read() as session:
        touches = session.execute(
            select(Touch, Customer.time_zone).join(Customer, Customer.id == Touch.customer_id)
        ).all()
        held: dict[str, list[str]] = defaultdict(list)
        for row in session.scalars(
            select(TouchDecision)
            .where(TouchDecision.decision == "hold")
            .order_by(TouchDecision.at, TouchDecision.id)
        ):
            if row.why not in held[row.touch_id]:
                held[row.touch_id].append(row.why)
    return sorted(
        line_of(touch, ZoneInfo(zone), held[touch.id])
        for touch, zone in touches
        if touch.state not in _PLANNED
    )


def line_of(touch: Touch, zone: ZoneInfo, held: list[str]) -> Line:
    at = touch.sent_at or touch.decided_at
    assert at is not None
    what = {TouchState.SENT: touch.channel or "", TouchState.HELD_OUT: "held out",
            TouchState.DROPPED: touch.why}.get(TouchState(touch.state), touch.state)  # fmt: skip
    return Line(
        touch.customer_id.removeprefix("cus_"),
        f"{at.astimezone(zone):%Y-%m-%d %H:%M}",
        touch.playbook,
        what,
        ", ".join(held),
    )


def test_there_are_thirty_and_one_of_them_is_held_out(house: House) -> None:
    rule = house.container.policies.contact.hold_out
    assert len(people()) == 30
    assert {name for name in people() if is_held_out(id_of(name), rule)} == HELD_OUT


def test_everybody_hears_what_stands_in_the_table_and_nothing_else(house: House) -> None:
    wanted, got = expected(), lived(house)
    missing = [line for line in wanted if line not in got]
    unwanted = [line for line in got if line not in wanted]
    assert (missing, unwanted) == ([], [])
    assert got == wanted


def test_each_that_was_sent_stands_in_the_record_once(house: House) -> None:
    with house.container.database.read() as session:
        sent = session.scalars(select(Touch).where(Touch.state == TouchState.SENT)).all()
        mails = session.scalars(select(Email).where(Email.touch_id.is_not(None))).all()
        texts = session.scalars(
            select(Message.id).where(Message.id.in_([touch.message_id for touch in sent]))
        ).all()
    assert len(texts) == len(sent)
    assert sorted(mail.touch_id or "" for mail in mails) == sorted(
        touch.id for touch in sent if touch.channel == "email"
    )
    assert {mail.delivery for mail in mails} == {"sent"}


def test_the_gift_was_given_once_and_only_within_the_budget(house: House) -> None:

    with house.container.database.read() as session:
        gifts = session.execute(
            select(Goodwill.customer_id, Goodwill.worth).where(Goodwill.touch_id.is_not(None))
        ).all()
    assert [(who, int(worth)) for who, worth in gifts] == [("cus_wes", 5)]
