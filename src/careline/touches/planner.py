"""Turn what happened into touches to come. Pure: events and open touches in, changes out.

Whether a touch may go is the gate's to say, when its time has come; here it only gets a time.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from careline.journey.words import Actor
from careline.touches.matter import nothing_differs
from careline.touches.playbook import Every, Playbook

# Repeats go on as long as they are a customer: so long after the last event that sets them off.
ROUNDS_AHEAD = timedelta(days=2 * 366)
LONGEST_SUBJECT = 120
_ACTIVE = (Actor.CUSTOMER, Actor.SHOP)
NO_ROUNDS: Mapping[str, datetime] = {}


@dataclass(frozen=True)
class Event:
    """A touchpoint, as the planner sees it."""

    id: str
    customer_id: str
    kind: str
    at: datetime
    actor: str
    about: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Stage:
    """The stage a customer is in now, and since when."""

    name: str
    since: datetime


@dataclass(frozen=True)
class OpenTouch:
    """A touch that new events may move: it is still planned, or was overtaken meanwhile."""

    id: str
    customer_id: str
    playbook: str
    subject: str
    awaits: str | None
    trigger_at: datetime
    about: Mapping[str, Any] = field(default_factory=dict)
    is_overtaken: bool = False


@dataclass(frozen=True)
class NewTouch:
    key: str
    customer_id: str
    playbook: str
    trigger: str
    trigger_at: datetime
    about: Mapping[str, Any]
    subject: str
    awaits: str | None
    due_at: datetime
    too_late_at: datetime


@dataclass(frozen=True)
class Move:
    """A touch gets another time: what it waited for came, they were active again, or its case
    ended once more."""

    touch_id: str
    awaits: str | None
    due_at: datetime
    too_late_at: datetime
    trigger_at: datetime
    trigger: str


@dataclass(frozen=True)
class Plan:
    new: tuple[NewTouch, ...] = ()
    moved: tuple[Move, ...] = ()


def plan(
    playbooks: Mapping[str, Playbook],
    events: Sequence[Event],
    zone: ZoneInfo,
    open_touches: Sequence[OpenTouch],
    now: datetime,
    *,
    stage: Stage | None = None,
    earlier: Sequence[Event] = (),
    first_rounds: Mapping[str, datetime] = NO_ROUNDS,
) -> Plan:
    """What the events of one customer set off.

    `earlier` are events that some playbook waits for and that were looked at before: they may
    have reached us first. `first_rounds` says for each playbook that repeats since when it does.
    """
    in_order = sorted(events, key=lambda e: (e.at, e.id))
    known = [*earlier, *events]
    still = [touch for touch in open_touches if not touch.is_overtaken]
    new = _by_events(playbooks, in_order, zone, known)
    new += _repeated(playbooks, in_order, zone, first_rounds)
    new += _entered(playbooks, events, stage, zone)
    new += _silences(playbooks, events, still, zone)
    moved = [
        *_awaited(playbooks, events, still, zone),
        *_active_again(playbooks, events, still, zone),
        *_ended_again(playbooks, in_order, open_touches, zone, known),
    ]
    by_key: dict[str, NewTouch] = {}
    for touch in new:
        if touch.too_late_at < now:
            continue
        if touch.key not in by_key or _last_counts(playbooks[touch.playbook]):
            by_key[touch.key] = touch
    return Plan(tuple(by_key.values()), tuple(moved))


def subject_of(book: Playbook, about: Mapping[str, Any]) -> str | None:
    """What it is about, as its limit counts it; None when the event does not name that."""
    per = book.at_most.per
    if per == "customer":
        return ""
    named = about.get(per)
    return f"{per}:{named}"[:LONGEST_SUBJECT] if named else None


def at_local_hour(moment: datetime, hour: int | None, zone: ZoneInfo) -> datetime:
    """The first such full hour of the customer's day from `moment` on, in UTC.

    Where summer time skips the hour, the clock's next one counts.
    """
    if hour is None:
        return moment.astimezone(UTC)
    local = moment.astimezone(zone)
    wanted = local.replace(hour=hour, minute=0, second=0, microsecond=0, fold=0)
    if wanted.astimezone(UTC) < moment.astimezone(UTC):
        wanted = (wanted + timedelta(days=1)).replace(fold=0)  # wall clock: the next day's
    return wanted.astimezone(UTC)


def _by_events(
    playbooks: Mapping[str, Playbook],
    in_order: Sequence[Event],
    zone: ZoneInfo,
    known: Sequence[Event],
) -> list[NewTouch]:
    once = [book for book in playbooks.values() if book.when.every is None]
    by_kind = {event.kind: [b for b in once if b.when.event == event.kind] for event in in_order}
    return [
        touch
        for event in in_order
        for book in by_kind[event.kind]
        if (touch := _set_off(book, event, zone, known)) is not None
    ]


def _set_off(
    book: Playbook, event: Event, zone: ZoneInfo, known: Sequence[Event]
) -> NewTouch | None:
    if not _fits(book, event.about):
        return None
    subject = subject_of(book, event.about)
    if subject is None:
        return None
    awaits, due = _first_time(book, event, zone, known)
    return _touch(book, event, subject, _part_of_key(book, event, subject), awaits, due)


def _fits(book: Playbook, about: Mapping[str, Any]) -> bool:
    """As far as the event itself tells; the rest is the gate's."""
    whom = book.whom
    if whom.case_kinds and about.get("topic") not in whom.case_kinds:
        return False
    if whom.feedback and about.get("kind") not in whom.feedback:
        return False
    if not whom.ended_well(about.get("resolution")):
        return False
    score = about.get("score")
    return whom.score is None or (isinstance(score, int) and whom.score.holds(score))


def _part_of_key(book: Playbook, event: Event, subject: str) -> str:
    """One for each subject; or one for each event, of which the gate lets so many through."""
    if subject and book.at_most.times == 1:
        return subject
    if not subject and book.at_most.within is None and book.at_most.times == 1:
        return "ever"
    return event.id


def _first_time(
    book: Playbook, event: Event, zone: ZoneInfo, known: Sequence[Event]
) -> tuple[str | None, datetime]:
    wait = book.wait
    if wait.until is None or wait.at_most is None:
        return None, at_local_hour(event.at + wait.time.length, wait.at_hour, zone)
    came = [e for e in known if _is_awaited(book, e, event.about, event.at)]
    if came:
        since = min(e.at for e in came)
        return None, at_local_hour(since + wait.time.length, wait.at_hour, zone)
    return wait.until, event.at + wait.at_most.length


def _is_awaited(book: Playbook, event: Event, about: Mapping[str, Any], since: datetime) -> bool:
    """It happened since, about the same, and ended as the playbook wants it."""
    if event.kind != book.wait.until or not book.whom.ended_well(event.about.get("resolution")):
        return False
    return event.at >= since and nothing_differs(event.about, about)


def _repeated(
    playbooks: Mapping[str, Playbook],
    in_order: Sequence[Event],
    zone: ZoneInfo,
    first_rounds: Mapping[str, datetime],
) -> Iterator[NewTouch]:
    """The same again and again, counted from the first such event."""
    for name, book in playbooks.items():
        if book.when.every is None:
            continue
        carrying = [e for e in in_order if e.kind == book.when.event and _fits(book, e.about)]
        if carrying:
            first = first_rounds.get(name, carrying[0].at)
            yield from _rounds(book, book.when.every, first, carrying, zone)


def _rounds(
    book: Playbook, every: Every, first: datetime, carrying: Sequence[Event], zone: ZoneInfo
) -> Iterator[NewTouch]:
    """Each round once, for the first of the events that carries it on; it tells in `since` when
    the rounds began."""
    number = 1
    due = _round(book, every, first, number, zone)
    for event in carrying:
        until = event.at + book.wait.time.length + ROUNDS_AHEAD
        carried = replace(event, about={**event.about, "since": first.isoformat()})
        while due <= until:
            if due >= event.at:
                yield _touch(book, carried, "", f"round:{number}", None, due)
            number += 1
            due = _round(book, every, first, number, zone)


def _round(book: Playbook, every: Every, first: datetime, number: int, zone: ZoneInfo) -> datetime:
    if every.years:
        day = _years_after(first.astimezone(zone).date(), number * every.years)
        day += book.wait.time.length
        begin = datetime.combine(day, time(0), zone)
        return at_local_hour(begin, book.wait.at_hour, zone)
    at = first + book.wait.time.length + (number - 1) * every.length
    return at_local_hour(at, book.wait.at_hour, zone)


def _years_after(day: date, years: int) -> date:
    """The same day of the calendar; 29 February is the 28th where there is none."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def _entered(
    playbooks: Mapping[str, Playbook],
    events: Sequence[Event],
    stage: Stage | None,
    zone: ZoneInfo,
) -> list[NewTouch]:
    if stage is None or not events:
        return []
    customer = events[0].customer_id
    entered = Event("stage", customer, "stage", stage.since, Actor.CARELINE)
    return [
        _touch(
            book,
            entered,
            "",
            f"stage:{stage.since:%Y%m%dT%H%M%S}",
            None,
            at_local_hour(stage.since + book.wait.time.length, book.wait.at_hour, zone),
        )
        for book in playbooks.values()
        if book.when.stage is not None and book.when.stage.value == stage.name
    ]


def _awaited(
    playbooks: Mapping[str, Playbook],
    events: Sequence[Event],
    open_touches: Iterable[OpenTouch],
    zone: ZoneInfo,
) -> Iterator[Move]:
    for touch in open_touches:
        book = playbooks.get(touch.playbook)
        if touch.awaits is None or book is None:
            continue
        came = [
            event
            for event in events
            if event.kind == touch.awaits
            and _is_awaited(book, event, touch.about, touch.trigger_at)
        ]
        if came:
            first = min(came, key=lambda e: (e.at, e.id))
            due = at_local_hour(first.at + book.wait.time.length, book.wait.at_hour, zone)
            late = due + book.too_late_after.length
            yield Move(touch.id, None, due, late, touch.trigger_at, first.id)


def _last_counts(book: Playbook) -> bool:
    """A case may be resolved, opened again and resolved again: what is said of its end, once,
    is said of the last one. Of orders and others the first time counts."""
    return book.at_most.per == "case" and book.at_most.times == 1


def _ended_again(
    playbooks: Mapping[str, Playbook],
    in_order: Sequence[Event],
    open_touches: Iterable[OpenTouch],
    zone: ZoneInfo,
    known: Sequence[Event],
) -> Iterator[Move]:
    """What was planned for the first end of a case is moved to the next."""
    for touch in open_touches:
        book = playbooks.get(touch.playbook)
        if book is None or not _last_counts(book):
            continue
        again = [
            event
            for event in in_order
            if event.kind == book.when.event
            and event.at > touch.trigger_at
            and subject_of(book, event.about) == touch.subject
        ]
        if again:
            last = again[-1]
            awaits, due = _first_time(book, last, zone, known)
            late = due + book.too_late_after.length
            yield Move(touch.id, awaits, due, late, last.at, last.id)


def _active_again(
    playbooks: Mapping[str, Playbook],
    events: Sequence[Event],
    open_touches: Iterable[OpenTouch],
    zone: ZoneInfo,
) -> Iterator[Move]:
    latest = _latest_activity(events)
    if latest is None:
        return
    for touch in open_touches:
        book = playbooks.get(touch.playbook)
        if book is None or book.when.silence is None or touch.trigger_at >= latest.at:
            continue
        due = _when_silent(book, latest, zone)
        yield Move(touch.id, None, due, due + book.too_late_after.length, latest.at, latest.id)


def _silences(
    playbooks: Mapping[str, Playbook],
    events: Sequence[Event],
    open_touches: Sequence[OpenTouch],
    zone: ZoneInfo,
) -> list[NewTouch]:
    latest = _latest_activity(events)
    waiting = {touch.playbook for touch in open_touches}
    if latest is None:
        return []
    return [
        _touch(book, latest, "", f"silence:{latest.id}", None, _when_silent(book, latest, zone))
        for name, book in playbooks.items()
        if book.when.silence is not None and name not in waiting
    ]


def _latest_activity(events: Sequence[Event]) -> Event | None:
    active = [event for event in events if event.actor in _ACTIVE]
    return max(active, key=lambda e: (e.at, e.id), default=None)


def _when_silent(book: Playbook, latest: Event, zone: ZoneInfo) -> datetime:
    assert book.when.silence is not None
    silent = latest.at + book.when.silence.length + book.wait.time.length
    return at_local_hour(silent, book.wait.at_hour, zone)


def _touch(
    book: Playbook, event: Event, subject: str, part: str, awaits: str | None, due: datetime
) -> NewTouch:
    return NewTouch(
        key=f"{book.name}:say:{event.customer_id}:{part}",
        customer_id=event.customer_id,
        playbook=book.name,
        trigger=event.id,
        trigger_at=event.at,
        about=dict(event.about),
        subject=subject,
        awaits=awaits,
        due_at=due,
        too_late_at=due + book.too_late_after.length,
    )
