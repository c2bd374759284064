"""What must hold after a soak: pure, from what the record holds and what people know.

A person is in charge of a customer from the moment that a conversation of theirs is claimed or
taken over until it is given back, resolved, put back or returned; another conversation that comes
to the same person meanwhile ends with the first, or before it.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise

Findings = list[str]
BEGINS = ("conversation.claimed", "conversation.taken_over")
ENDS = (
    "conversation.handed_back",
    "conversation.resolved",
    "conversation.released",
    "conversation.returned",
)
OURS = ("bot", "system")


@dataclass(frozen=True)
class Line:
    """A message of the record."""

    id: str
    conversation: str
    customer: str
    position: int
    author: str  # customer | bot | system | staff
    at: datetime
    key: str  # the sender's own id
    reply_to: str | None = None
    text: str = ""


@dataclass(frozen=True)
class Step:
    """Something that was done with a conversation, as the audit has it."""

    did: str
    conversation: str
    customer: str
    at: datetime
    to_team: bool = False


@dataclass(frozen=True)
class Said:
    """A colleague's answer that was taken."""

    conversation: str
    staff: str
    key: str
    seen_up_to: int


@dataclass(frozen=True)
class View:
    """What one page of a customer's was shown, in that order."""

    conversation: str
    what: str  # "history" | "stream"
    ids: Sequence[str]
    is_whole: bool  # it was open until nothing came any more


@dataclass
class Known:
    """What people know; customers' and colleagues' words in the order in which they were taken."""

    written: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    said: list[Said] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    views: list[View] = field(default_factory=list)


@dataclass(frozen=True)
class Record:
    lines: Sequence[Line]  # by conversation and position
    steps: Sequence[Step]  # by time
    notes: Sequence[str]  # keys
    modes: Mapping[str, str]  # of each conversation
    customers: Mapping[str, str] = field(default_factory=dict)  # whose each conversation is


def examine(record: Record, known: Known) -> dict[str, Findings]:
    """Each promise, with what breaks it."""
    return {
        "the bot was silent while a person was in charge": silent_while_held(record),
        "no message was lost": none_lost(record, known),
        "no message was doubled": none_doubled(record, known),
        "no message was out of order": in_order(record, known),
        "nobody answered past a customer": nobody_past_a_customer(record, known),
        "nobody waits on nothing": nobody_waits_on_nothing(record),
        "a colleague can claim what waits": colleagues_can_claim(record),
    }


def silent_while_held(record: Record) -> Findings:
    held = held_times(record.steps)
    return [
        f"{line.id} in {line.conversation} at {line.at:%H:%M:%S.%f}: {line.text[:60]}"
        for line in record.lines
        if line.author in OURS
        and any(since < line.at < until for since, until in held.get(line.customer, ()))
    ]


def held_times(steps: Iterable[Step]) -> dict[str, list[tuple[datetime, datetime]]]:
    """For each customer, from when until when a person was in charge."""
    open_now: dict[str, dict[str, datetime]] = defaultdict(dict)  # customer: conversation: since
    times: dict[str, list[tuple[datetime, datetime]]] = defaultdict(list)
    for step in steps:
        held = open_now[step.customer]
        if step.did in BEGINS:
            held.setdefault(step.conversation, step.at)
        elif step.conversation in held and _ends(step):
            is_first = next(iter(held)) == step.conversation
            ended = list(held) if is_first else [step.conversation]
            times[step.customer] += [(held.pop(each), step.at) for each in ended]
    for customer, held in open_now.items():
        times[customer] += [(since, _FOR_EVER) for since in held.values()]
    return times


def none_lost(record: Record, known: Known) -> Findings:
    there = {(line.conversation, line.author, line.key) for line in record.lines}
    ids = _ids(record)
    notes = set(record.notes)
    return [
        *(
            f"{key} in {conversation}, the customer's, is not in the record"
            for conversation, keys in known.written.items()
            for key in keys
            if (conversation, "customer", key) not in there
        ),
        *(
            f"{said.key} in {said.conversation}, a colleague's, is not in the record"
            for said in known.said
            if (said.conversation, "staff", f"staff:{said.key}") not in there
        ),
        *(f"note {key} is not in the record" for key in known.notes if key not in notes),
        *(
            f"the {view.what} of {view.conversation} did not show {missing}"
            for view in known.views
            for missing in _unseen(view, ids[view.conversation])
        ),
    ]


def none_doubled(record: Record, known: Known) -> Findings:
    keys = Counter((line.conversation, line.author, line.key) for line in record.lines)
    words = Counter(line.text for line in record.lines if line.author == "staff")
    moments = defaultdict(set)
    for line in record.lines:
        if line.author == "bot" and line.reply_to:
            moments[line.reply_to].add(line.at)  # the replies of one turn are written at once
    notes = Counter(record.notes)
    return [
        *(f"{key} is there {n} times" for key, n in keys.items() if n > 1),
        *(f"a colleague's {text!r} is there {n} times" for text, n in words.items() if n > 1),
        *(f"{one} was answered {len(at)} times" for one, at in moments.items() if len(at) > 1),
        *(f"note {key} is there {n} times" for key, n in notes.items() if n > 1),
        *(
            f"the {view.what} of {view.conversation} showed {one} {n} times"
            for view in known.views
            for one, n in Counter(view.ids).items()
            if n > 1
        ),
    ]


def in_order(record: Record, known: Known) -> Findings:
    ids = _ids(record)
    place = {line.id: line.position for line in record.lines}
    keys = defaultdict(list)
    for line in record.lines:
        keys[(line.conversation, line.author)].append(line.key)
    said = defaultdict(list)
    for one in known.said:
        said[(one.conversation, one.staff)].append(f"staff:{one.key}")
    return [
        *(
            f"{line.id} is answered before it is asked"
            for line in record.lines
            if line.reply_to and place.get(line.reply_to, 0) > line.position
        ),
        *(
            f"{after.id} is from before {before.id}, and stands behind it"
            for before, after in _neighbours(record.lines)
            if after.at < before.at
        ),
        *(
            f"the customer's words of {conversation} are not in the order in which they came"
            for conversation, sent in known.written.items()
            if not _keeps_order(sent, keys[(conversation, "customer")])
        ),
        *(
            f"{staff}'s words in {conversation} are not in the order in which they came"
            for (conversation, staff), sent in said.items()
            if not _keeps_order(sent, keys[(conversation, "staff")])
        ),
        *(
            f"the {view.what} of {view.conversation} is not in the record's order"
            for view in known.views
            if not _keeps_order(view.ids, ids[view.conversation])
        ),
    ]


def nobody_past_a_customer(record: Record, known: Known) -> Findings:
    """No word of the customer's stands between an answer and what was seen when it was written."""
    asked = defaultdict(list)
    place = {}
    for line in record.lines:
        place[(line.conversation, line.key)] = line.position
        if line.author == "customer":
            asked[line.conversation].append(line.position)
    return [
        f"{said.key} in {said.conversation} had seen {said.seen_up_to}, not {missed}"
        for said in known.said
        if (said.conversation, f"staff:{said.key}") in place
        for missed in asked[said.conversation]
        if said.seen_up_to < missed < place[(said.conversation, f"staff:{said.key}")]
    ]


def nobody_waits_on_nothing(record: Record) -> Findings:
    last = {line.conversation: line for line in record.lines}
    return [
        f"{line.id} in {conversation} has no answer, and no person has it"
        for conversation, line in last.items()
        if line.author == "customer"
        and record.modes[conversation] not in ("queued", "person", "closed")
    ]


def colleagues_can_claim(record: Record) -> Findings:
    """What is in the queue is nobody's: its customer has nobody in charge elsewhere."""
    held = {record.customers[one] for one, mode in record.modes.items() if mode == "person"}
    return [
        f"{one} is in the queue, and somebody is in charge of its customer"
        for one, mode in record.modes.items()
        if mode == "queued" and record.customers[one] in held
    ]


_FOR_EVER = datetime.max.replace(tzinfo=UTC)


def _ends(step: Step) -> bool:
    return step.did in ENDS or (step.did == "conversation.passed_on" and step.to_team)


def _ids(record: Record) -> dict[str, list[str]]:
    ids: dict[str, list[str]] = defaultdict(list)
    for line in record.lines:
        ids[line.conversation].append(line.id)
    return ids


def _unseen(view: View, there: Sequence[str]) -> list[str]:
    """A page that was closed early need not have the end; nothing before its last is missing."""
    seen = set(view.ids)
    if view.is_whole:
        expected: Sequence[str] = there
    else:
        known = [place for place, one in enumerate(there) if one in seen]
        expected = there[: max(known) + 1] if known else ()
    return [one for one in expected if one not in seen]


def _keeps_order(some: Sequence[str], all_of_them: Sequence[str]) -> bool:
    """Doubles and what is lost are told elsewhere."""
    place = {one: n for n, one in enumerate(all_of_them)}
    places = [place[one] for one in some if one in place]
    return places == sorted(places)


def _neighbours(lines: Sequence[Line]) -> Iterator[tuple[Line, Line]]:
    for before, after in pairwise(lines):
        if before.conversation == after.conversation:
            yield before, after
