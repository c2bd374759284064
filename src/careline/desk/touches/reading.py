"""What the pages of touches show, read from the record."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from careline.journey.models import Customer, PlaybookPause, Touch
from careline.journey.words import TouchState
from careline.touches.balance import Balance
from careline.touches.playbook import Playbook
from careline.touches.preview import Foreseen, HeldFor
from careline.touches.reasons import in_words

LATEST = 20
PAGE = 100


@dataclass(frozen=True)
class Latest:
    """A touch of a playbook, as its page lists it."""

    touch: Touch
    customer_name: str

    @property
    def at(self) -> datetime:
        return self.touch.sent_at or self.touch.decided_at or self.touch.due_at

    @property
    def why(self) -> str:
        return in_words(self.touch.why, self.touch.why_note) if self.touch.why else ""


@dataclass(frozen=True)
class Coming:
    """Some of what is foreseen, and what else there is to choose from."""

    rows: Sequence[Foreseen]
    names: Mapping[str, str]
    total: int
    playbooks: Mapping[str, int] = field(default_factory=dict)  # how many of each
    whys: Mapping[str, int] = field(default_factory=dict)
    begin: int = 0

    @property
    def next_begin(self) -> int | None:
        after = self.begin + len(self.rows)
        return after if after < self.total else None


def pauses(session: Session) -> dict[str, PlaybookPause]:
    return {row.playbook: row for row in session.scalars(select(PlaybookPause))}


@dataclass(frozen=True)
class Unasked:
    """A touch as the customer's own page tells it: what became of it, and why."""

    playbook: str
    subject: str
    at: datetime
    what: str
    why: str


_BECAME = {
    TouchState.PLANNED: "comes up",
    TouchState.SENDING: "on its way",
    TouchState.SENT: "sent",
    TouchState.HELD_OUT: "not sent, for comparison",
    TouchState.DROPPED: "not sent",
    TouchState.FAILED: "not taken by the channel",
    TouchState.UNKNOWN: "perhaps sent",
}


def of_customer(session: Session, customer_id: str, limit: int) -> list[Unasked]:
    """What they heard unasked, what they did not and why, and what comes up; latest first."""
    touches = session.scalars(
        select(Touch)
        .where(Touch.customer_id == customer_id)
        .order_by(func.coalesce(Touch.sent_at, Touch.decided_at, Touch.due_at).desc(), Touch.id)
        .limit(limit)
    )
    return [
        Unasked(
            playbook=touch.playbook.replace("_", " "),
            subject=touch.subject.replace(":", " "),
            at=touch.sent_at or touch.decided_at or touch.due_at,
            what=_became(touch),
            why=in_words(touch.why, touch.why_note) if touch.why else "",
        )
        for touch in touches
    ]


def _became(touch: Touch) -> str:
    held = touch.state == TouchState.PLANNED and touch.decided_at is not None
    what = "held" if held else _BECAME[TouchState(touch.state)]
    if touch.answered_at is not None:
        return f"{what}, answered"
    return f"{what}, read" if touch.read_at is not None else what


def latest(session: Session, playbook: str) -> list[Latest]:
    """What was decided last, whatever it was; what only waits for its time is the preview's."""
    rows = session.execute(
        select(Touch, Customer.name)
        .join(Customer, Customer.id == Touch.customer_id)
        .where(Touch.playbook == playbook, Touch.decided_at.is_not(None))
        .order_by(Touch.decided_at.desc(), Touch.id.desc())
        .limit(LATEST)
    )
    return [Latest(touch, name) for touch, name in rows]


def coming(
    session: Session, foreseen: Iterable[Foreseen], playbook: str, why: str, begin: int
) -> Coming:
    everything = list(foreseen)
    of_book = [one for one in everything if playbook in ("", one.playbook)]
    wanted = [one for one in of_book if why in ("", *reasons_of(one))]
    rows = wanted[begin : begin + PAGE]
    return Coming(
        rows=rows,
        names=_names(session, {one.customer_id for one in rows}),
        total=len(wanted),
        playbooks=_counted(one.playbook for one in everything),
        whys=_counted(why for one in of_book for why in reasons_of(one)),
        begin=begin,
    )


def reasons_of(one: Foreseen) -> tuple[str, ...]:
    """The last reason and all before it: whoever looks for quiet hours wants those held by them."""
    return tuple(dict.fromkeys([one.why.value, *(hold.why.value for hold in one.held)]))


def held_before(one: Foreseen) -> list[HeldFor]:
    """Each reason once, with the last time it held: a night after the other is one reason."""
    last = {hold.why: hold for hold in one.held if hold.why is not one.why}
    return sorted(last.values(), key=lambda hold: hold.until)


def _counted(words: Iterable[str]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for word in words:
        counts[word] = counts.get(word, 0) + 1
    return dict(sorted(counts.items()))


def _names(session: Session, ids: set[str]) -> dict[str, str]:
    rows = session.execute(select(Customer.id, Customer.name).where(Customer.id.in_(ids)))
    return {customer_id: name for customer_id, name in rows}


@dataclass(frozen=True)
class Answer:
    """The balance sheet in a sentence: which are clearly worth it, and which clearly are not."""

    worth_it: Sequence[Balance]
    not_worth_it: Sequence[Balance]
    unclear: int  # sent, with a goal, and too early or too close to say


def answer(sheets: Iterable[Balance]) -> Answer:
    measured = [sheet for sheet in sheets if sheet.uplift is not None]
    clear = [s for s in measured if s.uplift is not None and s.uplift.is_clear]
    return Answer(
        worth_it=[s for s in clear if s.uplift is not None and s.uplift.difference > 0],
        not_worth_it=[s for s in clear if s.uplift is not None and s.uplift.difference < 0],
        unclear=len(measured) - len(clear),
    )


def by_use(sheets: Iterable[Balance]) -> list[Balance]:
    """Those that speak most come first; those that were silent come last, by name."""
    return sorted(sheets, key=lambda one: (-one.sent, -sum(one.held.values()), one.playbook))


def titles(playbooks: Mapping[str, Playbook], sheets: Iterable[Balance]) -> dict[str, str]:
    """For people; a playbook that was taken away keeps its file's name."""
    gone = {sheet.playbook: sheet.playbook.replace("_", " ").capitalize() for sheet in sheets}
    return gone | {name: book.title for name, book in playbooks.items()}
