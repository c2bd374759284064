"""2,000 malformed, forged, replayed, late and shuffled shop events against the real app.

No 500, no forged one accepted, none counted twice, no valid one lost because of a bad neighbour.
The seed is fixed; what is sent is known to be good or bad by how it was made, not by the app.
"""

import json
import random
from collections import Counter
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from careline.channels.shop_hooks import SIGNATURE, TIMESTAMP, sign
from careline.journey.models import Identity, Touch, Touchpoint
from careline.journey.words import TouchState
from careline.touches.planning import plan_new
from tests.house import House, open_house

EVENTS = 2_000
KINDS = ("order.placed", "order.paid", "order.shipped", "order.delayed", "order.delivered",
         "order.cancelled", "order.refunded", "customer.created", "customer.updated")  # fmt: skip
NAMES = (
    "Ana Lund",
    "Björk Ó",
    "مرحبا",
    "李雷",
    "🙂 Smile",
    'O\'Brien "Bob"',
    "<b>x</b>",
    "' OR 1=1;--",
)

ZONES = ("Europe/London", "Pacific/Apia", "US/Eastern", "Brazil/East", "EST5EDT", "UTC", "")
CONSENT = {
    "purpose": "marketing", "channel": "email", "state": "given", "at": "2026-11-19T12:00:00Z",
    "how": "the box at the checkout", "wording": "Yes, write to me.",
}  # fmt: skip

Event = dict[str, Any]


def good(chance: random.Random, number: int, now: datetime) -> Event:
    """As a shop sends it: now, hours or years late, and in no order."""
    late = chance.choice([0, 1, 60, 3_600, 86_400, 86_400 * 30, 86_400 * 365 * 3])
    at = now - timedelta(seconds=late * chance.random())
    ref = f"F{chance.randrange(60)}"
    data: Event = {
        "customer": {"ref": ref, "name": chance.choice(NAMES), "email": f"{ref}@example.org",
                     "time_zone": chance.choice(ZONES)},
        "order": f"{10_000 + chance.randrange(300)}",
    }  # fmt: skip
    if chance.random() < 0.3:
        data["amount"] = {
            "amount": chance.choice(["0", "19.90", "999999999999.99"]),
            "currency": "EUR",
        }
    if chance.random() < 0.2:
        data |= {"carrier": "Swift", "expected_at": (at + timedelta(days=2)).isoformat()}
    if chance.random() < 0.1:
        data["unheard_of"] = {"deep": [1, {"er": None}]}  # newer shops may say more
    zone = chance.choice(["Z", "+00:00", "+14:00", "-12:00"])
    return {
        "id": f"evt-{number}",
        "type": chance.choice(KINDS),
        "at": written(at, zone),
        "data": data,
    }


def written(at: datetime, zone: str) -> str:
    hours = 0 if zone == "Z" else int(zone[:3])
    return (at + timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%S.%f") + zone


def _at(value: Any) -> Callable[[Event], Any]:
    return lambda event: event | {"at": value}


def _data(**more: Any) -> Callable[[Event], Any]:
    return lambda event: event | {"data": event["data"] | more}


def _customer(**more: Any) -> Callable[[Event], Any]:
    def change(event: Event) -> Event:
        changed = deepcopy(event)
        changed["data"]["customer"] |= more
        return changed

    return change


def _without(*names: str) -> Callable[[Event], Any]:
    return lambda event: {name: value for name, value in event.items() if name not in names}


def _nested(depth: int) -> Any:
    value: Any = "end"
    for _ in range(depth):
        value = [value]
    return value


SPOILT: tuple[Callable[[Event], Any], ...] = (
    *(_without(name) for name in ("id", "type", "at", "data")),
    *(lambda event, value=value: event | {"type": value}
      for value in ("order.exploded", "", None, 7, ["order.paid"], "ORDER.PAID", "order.paid\u0000",
                    "half \ud800")),
    *(lambda event, value=value: event | {"id": value}
      for value in ("", "   ", None, 7, {"a": 1}, "x" * 201, "nul\u0000", "half \ud800 a pair")),
    *(_at(value) for value in (
        "yesterday", "2026-11-20", "2026-11-20T09:00:00", None, [], {}, True,
        "2026-13-45T99:99:99Z",
        "0001-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59Z",
        "9999-12-31T23:59:59-14:00", "-0001-01-01T00:00:00Z", 10**400, -(10**18), 1e308,
        "+292278994-08-17T07:12:55Z", "2026-11-20T09:00:00+99:00", "1889-01-01T00:00:00Z",
    )),
    *(_data(customer=value) for value in (None, 7, [], {}, "", "x" * 81, {"name": "no ref"})),
    *(_data(order=value) for value in (7, {}, "y" * 81, "nul\u0000", "\udfff")),
    *(_data(amount=value) for value in (
        "19.90", -1, {"amount": "-1", "currency": "EUR"}, {"amount": "NaN", "currency": "EUR"},
        {"amount": "1e99", "currency": "EUR"}, {"amount": "1", "currency": "euro"},
        {"amount": 10**400, "currency": "EUR"}, {"amount": "0.001", "currency": "EUR"},
        {"amount": "Infinity", "currency": "EUR"},
    )),
    *(_data(expected_at=value) for value in (
        "soon", "2026-11-20T09:00:00", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00",
    )),
    *(_data(consents=value) for value in (
        "yes", {}, [None], [7], [{}], [CONSENT] * 21, *([CONSENT | change] for change in (
            {"purpose": "spam"}, {"channel": "pigeon"}, {"state": "maybe"},
            {"how": "", "wording": ""}, {"at": None}, {"at": "2100-01-01T00:00:00Z"},
            {"at": "2090-01-01T00:00:00Z"},
            {"how": "nul\u0000"}, {"wording": "w" * 1_001}, {"given": True},
        )),
    )),
    *(_customer(**change) for change in (
        {"ref": ""}, {"ref": None}, {"name": 7}, {"name": "n" * 301}, {"country": "Norway"},
        {"currency": "kr"}, {"email": "nul\u0000@example.org"}, {"locale": "l" * 21},
        {"time_zone": "t" * 61}, {"name": "\ud83d"},
    )),
    *(_customer(time_zone=name) for name in (
        "US", "Canada", "Brazil", "America", "Etc", "Eastern Time (US)", "+02:00", "../UTC",
        "/etc/passwd", ".", "nul\u0000", "leapseconds", "tzdata.zi", " Europe/London", "Mars/Base",
    )),
    lambda event: None, lambda event: 7, lambda event: "an event", lambda event: [event],
    lambda event: {}, lambda event: _nested(50), lambda event: True,
    _data(deep=_nested(400), order=None, customer=None),
)  # fmt: skip


@dataclass
class Post:
    """One request, and what is known of it before it is sent."""

    body: bytes
    headers: dict[str, str]
    what: str
    good: list[str] = field(default_factory=list)  # ids that have to be in the record afterwards
    bad: int = 0  # so many have to be refused
    statuses: tuple[int, ...] = (200,)


class Sender:
    """Makes the requests, from one seed."""

    def __init__(self, secret: str, now: datetime, seed: int) -> None:
        self.secret, self.now, self.chance = secret, now, random.Random(seed)
        self.made = 0
        self.sent: list[Post] = []

    def fresh(self) -> Event:
        self.made += 1
        return good(self.chance, self.made, self.now)

    def signed(self, given: Any, what: str, **known: Any) -> Post:
        body = given if isinstance(given, bytes) else json.dumps(given).encode()
        return Post(body, sign(self.secret, body, self.now), what, **known)

    def whole(self) -> Post:
        event = self.fresh()
        if self.chance.random() < 0.2:
            event["data"]["consents"] = [
                CONSENT | {"state": self.chance.choice(["given", "refused"])}
            ]
        return self.signed(event, "one good event", good=[event["id"]])

    def mixed(self) -> Post:
        """Good ones among bad ones, in any order; some of them twice in the same list."""
        many = self.chance.randint(2, 12)
        events = [self.fresh() for _ in range(many)]
        spoilt = [self.chance.random() < 0.5 for _ in events]
        listed = [
            self.chance.choice(SPOILT)(event) if bad else event
            for event, bad in zip(events, spoilt, strict=True)
        ]
        kept = [event["id"] for event, bad in zip(events, spoilt, strict=True) if not bad]
        if kept and self.chance.random() < 0.3:
            again = next(e for e, bad in zip(events, spoilt, strict=True) if not bad)
            listed.insert(self.chance.randrange(len(listed) + 1), again)
        return self.signed(listed, "a mixed list", good=kept, bad=sum(spoilt))

    def forged(self) -> Post:
        """Good in all but that it is not the shop's, or not from now."""
        event = self.fresh()
        body = json.dumps(event).encode()
        right = sign(self.secret, body, self.now)
        at = str(int(self.now.timestamp()) + 1)
        wrong: list[tuple[bytes, dict[str, str]]] = [
            (body, {}),
            (body, {TIMESTAMP: right[TIMESTAMP]}),
            (body, {SIGNATURE: right[SIGNATURE]}),
            (body, sign("another secret", body, self.now)),
            (body + b" ", right),
            (body.replace(b"evt-", b"evT-"), right),
            (body, right | {TIMESTAMP: at}),
            (body, right | {TIMESTAMP: ""}),
            (body, right | {TIMESTAMP: "9" * 30}),
            (body, right | {TIMESTAMP: "-1"}),
            (body, right | {SIGNATURE: right[SIGNATURE].upper()}),
            (body, right | {SIGNATURE: right[SIGNATURE].removeprefix("sha256=")}),
            (body, right | {SIGNATURE: "sha256="}),
            (body, right | {SIGNATURE: "sha1=" + right[SIGNATURE][7:]}),
            (body, right | {SIGNATURE: right[SIGNATURE][:-1]}),
            (body, sign(self.secret, body, self.now - timedelta(minutes=6))),
            (body, sign(self.secret, body, self.now + timedelta(minutes=6))),
            (body, sign(self.secret, body, self.now - timedelta(days=365))),
            (body, sign("", body, self.now)),
            (body, sign(self.secret, b"", self.now)),
        ]
        raw, headers = self.chance.choice(wrong)
        return Post(raw, headers, "forged", statuses=(401,))

    def replayed(self) -> Post:
        """The very same request again, as a network or an attacker does."""
        kept = [post for post in self.sent if post.good]
        return self.chance.choice(kept) if kept else self.whole()

    def retold(self) -> Post:
        """Events that were taken, in another list and another order."""
        kept = [post for post in self.sent if post.what == "one good event"]
        events = [json.loads(post.body) for post in self.chance.sample(kept, min(4, len(kept)))]
        return self.signed(events, "told again", good=[event["id"] for event in events])

    def broken(self) -> Post:
        """No list of events at all."""
        event = json.dumps(self.fresh()).encode()
        bodies = [
            b"", b"{", b"[", b"]", b"nul", b"\xff\xfe", b"\x00", event[:-1], event + event,
            b"[" * 200_000, b'{"a":' * 50_000, b"[" * 100_000 + b"]" * 100_000,
            event.replace(b'"', b"'"), b"\x80" + event,
            b"1" * 5_000, b"-", b'"' + b"x" * 100_000, b"{}{}", b"<event/>",
            b"id=1&type=order.paid",
        ]  # fmt: skip
        body = self.chance.choice(bodies)
        return self.signed(body, "not JSON", statuses=(422,))

    def bare(self) -> Post:
        """JSON, and no event; the last one holds half of a surrogate pair in bytes."""
        half = json.dumps(self.fresh()).encode().replace(b"evt", b"\xed\xa0\x80")
        body = self.chance.choice(
            [b"7", b'"x"', b"null", b"true", b"NaN", b"-Infinity", b"1e400", b"{}", b'{"id": NaN}',
             b"[[]]", b"[null]", half]
        )  # fmt: skip
        return self.signed(body, "JSON and no event", bad=1)

    def doubled(self) -> Post:
        """A name twice in one object: the last one counts, once."""
        event = self.fresh()
        body = json.dumps(event).encode()
        first = b'{"id": "never-seen", ' + body[1:]
        return self.signed(first, "a name twice", good=[event["id"]])

    def mislabelled(self) -> Post:
        post = self.whole()
        label = self.chance.choice(
            ["text/plain", "application/xml", "application/x-www-form-urlencoded", "",
             "multipart/form-data; boundary=x", "application/json; charset=latin-1"]
        )  # fmt: skip
        post.headers["Content-Type"] = label
        return post

    def any(self) -> Post:
        make = self.chance.choices(
            [self.whole, self.mixed, self.forged, self.replayed, self.retold, self.broken,
             self.bare, self.doubled, self.mislabelled],
            [5, 4, 4, 2, 1, 2, 1, 1, 1],
        )[0]  # fmt: skip
        post = make()
        self.sent.append(post)
        return post


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with open_house(tmp_path, hook_secret="a hook secret of the tests, long enough") as house:
        yield house


def post(house: House, given: Post) -> Any:
    return house.client.post("/hooks/shop", content=given.body, headers=given.headers)


def recorded(house: House) -> Counter[str]:
    with house.container.database.read() as session:
        return Counter(
            session.scalars(select(Touchpoint.source_id).where(Touchpoint.source == "shop"))
        )


def test_two_thousand_events_of_every_bad_kind(house: House) -> None:
    sender = Sender(house.container.settings.hook_secret.get_secret_value(), house.clock.now(), 5)
    expected: set[str] = set()
    accepted = 0
    seen: Counter[str] = Counter()
    while sender.made < EVENTS:
        given = sender.any()
        seen[given.what] += 1
        answer = post(house, given)
        about = f"{given.what}: {answer.status_code} {answer.text[:200]} to {given.body[:300]!r}"
        assert answer.status_code in given.statuses, about
        if answer.status_code != 200:
            assert "error" in answer.json(), about
            continue
        told = answer.json()
        assert len(told["refused"]) == given.bad, about
        assert told["accepted"] == len(set(given.good) - expected), about
        accepted += told["accepted"]
        expected |= set(given.good)
    assert min(seen.values()) >= 20, seen
    assert recorded(house) == Counter(dict.fromkeys(expected, 1))
    assert accepted == len(expected)
    # And what was let in harms nobody later: planned, judged and sent, nothing is lost or stuck.
    assert plan_all(house) >= len(expected)
    sent = send_for(house, days=10)
    assert recorded(house) == Counter(dict.fromkeys(expected, 1))
    assert sent > 10
    assert unplanned(house) == 0
    with house.container.database.read() as session:
        touches = session.scalars(select(Touch)).all()
    now = house.clock.now()
    assert [t for t in touches if t.state == TouchState.SENDING] == []
    assert [t for t in touches if t.state == TouchState.PLANNED and t.due_at <= now] == []
    assert [t for t in touches if t.state in (TouchState.DROPPED, TouchState.FAILED) and not t.why
            ] == []  # fmt: skip


def plan_all(house: House) -> int:
    container = house.container
    return plan_new(container.database, container.playbooks, house.clock)


def send_for(house: House, *, days: int) -> int:
    """By day, when nobody is asleep in London; how many touches left."""
    touches, sent = house.container.touches, 0
    for _ in range(days):
        house.clock.advance(timedelta(days=1))
        sent += touches.send_due().sent
        touches.plan()
    return sent


def unplanned(house: House) -> int:
    with house.container.database.read() as session:
        return len(
            session.scalars(select(Touchpoint.id).where(Touchpoint.planned_at.is_(None))).all()
        )


def test_each_kind_of_spoilt_event_is_refused_alone(house: House) -> None:
    """One after the other, so that none hides behind the dice."""
    sender = Sender(house.container.settings.hook_secret.get_secret_value(), house.clock.now(), 6)
    wrong = []
    for number, spoil in enumerate(SPOILT):
        before, between, after = sender.fresh(), sender.fresh(), sender.fresh()
        answer = post(house, sender.signed([before, spoil(between), after], "one bad neighbour"))
        told = answer.json() if answer.status_code == 200 else {}
        places = [one["index"] for one in told.get("refused", [])]
        if answer.status_code != 200 or told["accepted"] != 2 or places != [1]:
            wrong.append((number, spoil(between), answer.status_code, answer.text[:200]))
    assert wrong == []


def test_a_list_of_a_thousand_keeps_its_good_ones(house: House) -> None:
    sender = Sender(house.container.settings.hook_secret.get_secret_value(), house.clock.now(), 7)
    events = [sender.fresh() for _ in range(1_000)]
    listed = [sender.chance.choice(SPOILT)(e) if n % 10 == 3 else e for n, e in enumerate(events)]
    told = post(house, sender.signed(listed, "a thousand")).json()
    assert (told["accepted"], len(told["refused"])) == (900, 100)
    assert [one["index"] for one in told["refused"]] == list(range(3, 1_000, 10))
    one_more = post(house, sender.signed([*events, sender.fresh()], "one too many"))
    assert one_more.status_code == 422
    assert sum(recorded(house).values()) == 900


def test_ten_megabytes_are_refused_before_they_are_read(house: House) -> None:
    sender = Sender(house.container.settings.hook_secret.get_secret_value(), house.clock.now(), 8)
    event = sender.fresh() | {"padding": "x" * 10_000_000}
    assert post(house, sender.signed(event, "10 MB")).status_code == 413
    assert recorded(house) == Counter()


def test_a_replay_after_its_time_is_refused(house: House) -> None:
    sender = Sender(house.container.settings.hook_secret.get_secret_value(), house.clock.now(), 9)
    given = sender.whole()
    assert post(house, given).status_code == 200
    house.clock.advance(timedelta(minutes=4, seconds=59))
    assert post(house, given).json()["repeated"] == 1
    house.clock.advance(timedelta(seconds=2))
    assert post(house, given).json()["error"]["code"] == "signature_expired"
    assert recorded(house) == Counter(given.good)


def test_shuffled_or_in_order_the_record_is_the_same(tmp_path: Path) -> None:
    told = []
    for order in ("as they came", "shuffled"):
        with open_house(tmp_path / order, hook_secret="the same long secret of tests") as house:
            now = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
            sender = Sender("the same long secret of tests", now, 10)
            events = [sender.fresh() for _ in range(300)]
            # Details that change are the last teller's; here each customer has one name.
            for event in events:
                event["data"]["customer"] |= {"name": "Ana", "time_zone": "Europe/London"}
            if order == "shuffled":
                random.Random(11).shuffle(events)
            post(house, sender.signed(events, order))
            told.append(_journeys(house))
    assert told[0] == told[1]


def _journeys(house: House) -> set[tuple[Any, ...]]:
    """By the shop's name for the customer: what happened, and the stage they are in."""
    with house.container.database.read() as session:
        rows = session.execute(
            select(Identity.address, Touchpoint.kind, Touchpoint.at, Touchpoint.source_id)
            .join(Touchpoint, Touchpoint.customer_id == Identity.customer_id)
            .where(Identity.channel == "shop")
        )
        return {tuple(row) for row in rows}
