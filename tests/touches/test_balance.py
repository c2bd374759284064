"""The balance sheet equals what plain Python counts on the raw rows, and finds a planted uplift."""

import random
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select

from careline.journey.models import Customer, Goodwill, Touch, TouchDecision
from careline.kit.database import Database
from careline.service.policies.contact import HoldOut
from careline.touches.balance import Balance, Period, balance
from careline.touches.gate import is_held_out
from careline.touches.uplift import Uplift
from tests.services import ON_POSTGRES, postgres_schema

START = datetime(2026, 3, 1, tzinfo=UTC)
MARCH = Period(START, START + timedelta(days=31))
BOOKS = ("check_in", "follow_up", "quiet_one")
STATES = ("planned", "sending", "sent", "held_out", "dropped", "failed", "unknown")
DAY = timedelta(days=1)


@pytest.fixture(params=["sqlite", pytest.param(ON_POSTGRES, marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    with ExitStack() as stack:
        url = f"sqlite:///{tmp_path / 'record.db'}"
        if request.param == ON_POSTGRES:
            url = stack.enter_context(postgres_schema())
        database = Database(url)
        database.create_all()
        yield database
        database.close()


def customers(ids: list[str]) -> list[dict[str, Any]]:
    return [
        {"id": one, "name": one, "time_zone": "Europe/London", "created_at": START,
         "updated_at": START}
        for one in ids
    ]  # fmt: skip


def touch(number: int, customer: str, playbook: str, state: str, **more: Any) -> dict[str, Any]:
    blank = dict.fromkeys(
        ("sent_at", "delivered_at", "read_at", "answered_at", "goal_at", "goal_until",
         "opted_out_at", "caused_case_id", "failed_at", "decided_at", "currency")
    )  # fmt: skip
    return blank | {
        "id": f"tch_{number}", "key": f"{number}", "customer_id": customer, "playbook": playbook,
        "step": "say", "trigger": "t", "trigger_at": START, "about": {}, "subject": "",
        "due_at": START, "planned_for": START, "too_late_at": START, "state": state, "why": "",
        "why_note": "", "holds": 0, "tries": 0, "cost": Decimal(0), "created_at": START,
        "updated_at": START,
    } | more  # fmt: skip


def lived(chance: random.Random) -> list[dict[str, Any]]:
    """Touches in every state, some of them before and after the period, and at its edges."""
    rows = []
    for number in range(1500):
        state = chance.choice(STATES)
        sent = state in ("sent", "held_out", "unknown") or (
            state == "failed" and chance.random() < 0.5
        )
        at = START + chance.choice([-DAY, timedelta(0), 31 * DAY, chance.random() * 31 * DAY])
        perhaps = lambda share, at=at: at + DAY if chance.random() < share else None  # noqa: E731
        left = state in ("sent", "unknown", "failed") and sent
        watched = sent and chance.random() < 0.9
        rows.append(
            touch(
                number,
                f"cus_{chance.randrange(400)}",
                chance.choice(BOOKS[:2]),
                state,
                sent_at=at if sent else None,
                decided_at=at,
                failed_at=at if state == "failed" else None,
                delivered_at=perhaps(0.8) if left else None,
                read_at=perhaps(0.5) if left else None,
                answered_at=perhaps(0.3) if left else None,
                goal_until=at + 30 * DAY if watched else None,
                goal_at=perhaps(0.2) if watched else None,
                opted_out_at=perhaps(0.1) if left else None,
                caused_case_id="cas_1" if left and chance.random() < 0.1 else None,
                cost=Decimal(chance.choice(["0", "0.0725", "1.30"])) if left else Decimal(0),
                currency=chance.choice(["GBP", "EUR"]) if left else None,
            )
        )
    return rows


def decided(chance: random.Random, touches: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {
            "id": f"tcd_{number}", "touch_id": (of := chance.choice(touches))["id"],
            "customer_id": of["customer_id"], "note": "", "until": None,
            "at": START + chance.choice([-DAY, 31 * DAY, chance.random() * 31 * DAY]),
            "decision": chance.choice(["hold", "drop", "send", "swap", "hold_out"]),
            "why": chance.choice(["quiet_hours", "cap_week", "too_late", "overtaken"]),
        }
        for number in range(2500)
    ]  # fmt: skip


def given(chance: random.Random, touches: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {
            "id": f"gdw_{number}", "touch_id": of["id"], "customer_id": of["customer_id"],
            "what": "store_credit", "worth": Decimal(chance.choice(["5.00", "0.10", "900"])),
            "currency": chance.choice(["GBP", "JPY"]), "why": "patience", "approved_by": "policy",
            "given_at": START + chance.choice([-DAY, chance.random() * 31 * DAY]),
            "created_at": START, "updated_at": START,
            "shop_reference": chance.choice([None, "credit-1"]),  # none: reserved, never given
        }
        for number, of in enumerate(chance.sample(touches, 60))
    ]  # fmt: skip


def by_hand(
    playbook: str,
    touches: list[dict[str, Any]],
    decisions: list[dict[str, Any]],
    gifts: list[dict[str, Any]],
) -> dict[str, Any]:
    """The same figures, row by row, from what was written."""

    def in_march(at: datetime | None) -> bool:
        return at is not None and MARCH.since <= at < MARCH.until

    theirs = [t for t in touches if t["playbook"] == playbook]
    mine = {t["id"] for t in theirs}
    sent = [
        t for t in theirs
        if in_march(t["sent_at"]) and t["state"] in ("sent", "unknown", "failed")
    ]  # fmt: skip
    out = [t for t in theirs if in_march(t["sent_at"]) and t["state"] == "held_out"]
    failed = [
        t for t in theirs if t["state"] == "failed" and in_march(t["sent_at"] or t["failed_at"])
    ]
    reasons: dict[str, dict[str, set[str]]] = {
        "hold": defaultdict(set), "drop": defaultdict(set)
    }  # fmt: skip
    for one in decisions:
        if one["touch_id"] in mine and in_march(one["at"]) and one["decision"] in reasons:
            reasons[one["decision"]][one["why"]].add(one["touch_id"])
    cost: dict[str, Decimal] = defaultdict(Decimal)
    for t in sent:
        if t["cost"]:
            cost[t["currency"]] += t["cost"]
    worth: dict[str, Decimal] = defaultdict(Decimal)
    mine_given = [
        g for g in gifts
        if g["touch_id"] in mine and in_march(g["given_at"]) and g["shop_reference"]
    ]  # fmt: skip
    for gift in mine_given:
        worth[gift["currency"]] += gift["worth"]
    first: dict[str, dict[str, Any]] = {}
    for t in sorted([*sent, *out], key=lambda t: (t["sent_at"], t["id"]), reverse=True):
        if t["goal_until"] is not None:
            first[t["customer_id"]] = t  # the earliest comes last
    arms = {
        name: [t for t in first.values() if (t["state"] == "held_out") is (name == "held_out")]
        for name in ("treated", "held_out")
    }
    return {
        "sent": len(sent),
        **{
            name: sum(t[column] is not None for t in sent)
            for name, column in (("delivered", "delivered_at"), ("read", "read_at"),
                                 ("answered", "answered_at"), ("reached", "goal_at"),
                                 ("opted_out", "opted_out_at"), ("caused_cases", "caused_case_id"))
        },
        "held_out": len(out),
        "unknown": sum(t["state"] == "unknown" for t in sent),
        "failed": len(failed),
        "held": {why: len(ids) for why, ids in reasons["hold"].items()},
        "dropped": {why: len(ids) for why, ids in reasons["drop"].items()},
        "cost": {c: v.quantize(Decimal("0.01")) for c, v in cost.items()},
        "gifts": len(mine_given),
        "gifts_worth": dict(worth),
        "uplift": {
            name: (len(arm), sum(t["goal_at"] is not None for t in arm))
            for name, arm in arms.items()
        },
    }  # fmt: skip


def as_told(sheet: Balance) -> dict[str, Any]:
    told = {name: value for name, value in vars(sheet).items() if name != "playbook"}
    uplift = sheet.uplift
    assert uplift is not None
    told["uplift"] = {
        "treated": (uplift.treated.n, uplift.treated.reached),
        "held_out": (uplift.held_out.n, uplift.held_out.reached),
    }
    return told


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_figure_equals_a_count_of_the_raw_rows(database: Database, seed: int) -> None:
    chance = random.Random(seed)
    touches = lived(chance)
    decisions, gifts = decided(chance, touches), given(chance, touches)
    with database.begin() as session:
        session.execute(insert(Customer), customers([f"cus_{n}" for n in range(400)]))
        session.execute(insert(Touch), touches)
        session.execute(insert(TouchDecision), decisions)
        session.execute(insert(Goodwill), gifts)
    with database.read() as session:
        sheets = {sheet.playbook: sheet for sheet in balance(session, MARCH, BOOKS)}
    for playbook in BOOKS[:2]:
        assert as_told(sheets[playbook]) == by_hand(playbook, touches, decisions, gifts)
    assert sheets["quiet_one"] == Balance("quiet_one")


def test_a_playbook_that_was_taken_away_keeps_its_sheet(database: Database) -> None:
    with database.begin() as session:
        session.execute(insert(Customer), customers(["cus_1"]))
        session.execute(insert(Touch), [touch(1, "cus_1", "gone", "sent", sent_at=START)])
    with database.read() as session:
        assert [(s.playbook, s.sent) for s in balance(session, MARCH, ["check_in"])] == [
            ("check_in", 0), ("gone", 1),
        ]  # fmt: skip


CROWD = 20_000
ORDERS_ANYWAY = 0.12


def sold_to(seed: int, planted: float, percent: int) -> list[dict[str, Any]]:
    """A touch to each of 20,000 customers, or none for those held out; some order again, and of
    those who were told by `planted` more.

    One seed in twenty misses the truth, as an interval of 95% must: of those held out by half, 3
    with the uplift and 5 without. How often it does is test_uplift's to say.
    """
    chance = random.Random(seed)
    rule = HoldOut(percent=percent, salt=f"simulated {seed}")
    rows = []
    for number in range(CROWD):
        customer = f"cus_{number}"
        held_out = is_held_out(customer, rule)
        at = START + chance.random() * 30 * DAY
        share = ORDERS_ANYWAY + (0 if held_out else planted)
        rows.append(
            touch(
                number,
                customer,
                "check_in",
                "held_out" if held_out else "sent",
                sent_at=at,
                goal_until=at + 60 * DAY,
                goal_at=at + 10 * DAY if chance.random() < share else None,
            )
        )
    return rows


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path_factory.mktemp('crowd') / 'record.db'}")
    database.create_all()
    with database.begin() as session:
        session.execute(insert(Customer), customers([f"cus_{n}" for n in range(CROWD)]))
    yield database
    database.close()


def measured(crowd: Database, rows: list[dict[str, Any]]) -> Uplift:
    with crowd.begin() as session:
        session.execute(Touch.__table__.delete())  # type: ignore[attr-defined]
        session.connection().execute(insert(Touch), rows)
        [sheet] = balance(session, MARCH, ["check_in"])
        assert session.scalar(select(Touch.id).limit(1)) is not None
    assert sheet.uplift is not None
    return sheet.uplift


@pytest.mark.parametrize(("seed", "percent"), [(1, 10), (2, 10), (4, 50)])
def test_a_planted_uplift_of_five_points_is_within_the_interval(
    crowd: Database, seed: int, percent: int
) -> None:
    uplift = measured(crowd, sold_to(seed, 0.05, percent))
    low, high = uplift.interval
    assert uplift.treated.n + uplift.held_out.n == CROWD
    assert uplift.held_out.n == pytest.approx(CROWD * percent / 100, rel=0.1)
    assert low <= 0.05 <= high
    assert low > 0
    assert uplift.is_clear


@pytest.mark.parametrize(("seed", "percent"), [(1, 10), (2, 10), (4, 50)])
def test_with_no_uplift_the_interval_holds_zero(crowd: Database, seed: int, percent: int) -> None:
    uplift = measured(crowd, sold_to(seed, 0.0, percent))
    low, high = uplift.interval
    assert low <= 0 <= high
    assert not uplift.is_clear


def test_those_held_out_counted_as_treated_would_hide_it(crowd: Database) -> None:
    """So that the tests above can fail: the mixed-up figures miss the five points."""
    rows = sold_to(4, 0.05, 50)
    right = measured(crowd, rows)
    everybody = type(right.treated)(
        right.treated.n + right.held_out.n, right.treated.reached + right.held_out.reached
    )
    mixed_up = Uplift(everybody, right.held_out)
    assert not mixed_up.interval[0] <= 0.05 <= mixed_up.interval[1]
