"""One customer's journey as text: `careline journey CUSTOMER`.

Days are headings, an event is a line, the stage stands as a band at the edge, and feelings
are words, not colours alone.
"""

from collections.abc import Sequence
from datetime import datetime

from rich.console import Group, RenderableType
from rich.rule import Rule
from rich.table import Table
from rich.text import Text
from sqlalchemy.orm import Session

from careline.journey import queries
from careline.journey.days import Day, Entry, by_day
from careline.journey.models import Customer
from careline.journey.repository import get_customer
from careline.journey.stages import RULES, StageHistory
from careline.journey.standing import standing

_BAND = {
    "awareness": "bright_black",
    "consideration": "cyan",
    "purchase": "blue",
    "delivery": "magenta",
    "use": "green",
    "service": "yellow",
    "loyalty": "bright_green",
    "leaving": "red",
    "returning": "bright_cyan",
}
_MOOD = {
    "angry": ("▼▼", "red"),
    "frustrated": ("▼ ", "red"),
    "sad": ("▼ ", "red"),
    "worried": ("▽ ", "yellow"),
    "neutral": ("· ", "dim"),
    "pleased": ("▲ ", "green"),
    "delighted": ("▲▲", "green"),
}


def text_timeline(
    session: Session, ref: str, now: datetime, *, limit: int = queries.PAGE
) -> RenderableType:
    """The latest events, oldest of them first. Raises NotFound; `ref` as in find_customer."""
    customer = get_customer(session, ref)
    page = queries.timeline(session, customer.id, limit=limit)
    history = standing(session, now, customer.id, page)
    oldest_first = list(reversed(page.touchpoints))
    days = by_day(oldest_first, history.spans, customer.time_zone)
    return Group(_head(customer, history), *_body(days, more=page.before is not None))


def _head(customer: Customer, history: StageHistory) -> RenderableType:
    name = customer.name or ("A visitor" if customer.is_visitor else "No name")
    since = f" since {history.since:%d %b %Y}" if history.since else ""
    return Text.assemble(
        (name, "bold"),
        f"  {customer.id}\n",
        ("▌", _BAND[history.stage]),
        (history.stage.value, "bold"),
        f"{since}: {RULES[history.rule][1]}\n",
        (f"Times are the customer's, {customer.time_zone}.", "dim"),
    )


def _body(days: Sequence[Day], *, more: bool) -> list[RenderableType]:
    if not days:
        return [Text("\nNothing has happened yet; orders and conversations will show here.")]
    parts: list[RenderableType] = []
    if more:
        parts.append(Text("… earlier events are left out; ask for more with --limit", "dim"))
    for day in days:
        parts.append(Rule(f"{day.date:%A %d %B %Y}", align="left", style="dim"))
        parts.append(_day(day.entries))
    return parts


def _day(entries: Sequence[Entry]) -> Table:
    table = Table.grid(padding=(0, 1))
    for name in ("band", "stage", "time", "mood", "what"):
        table.add_column(name, no_wrap=name != "what")
    for entry in entries:
        stage = entry.span.stage.value if entry.span else "awareness"
        mark, colour = _MOOD.get(entry.touchpoint.emotion or "", ("  ", ""))
        table.add_row(
            Text("▌", _BAND[stage]),
            Text(f"{stage if entry.opens else '':<13}", _BAND[stage]),
            f"{entry.at:%H:%M}",
            Text(mark, colour),
            _line(entry),
        )
    return table


def _line(entry: Entry) -> Text:
    point = entry.touchpoint
    notes = [point.channel, point.actor]
    if point.emotion:
        notes.append(point.emotion)
    if point.effort is not None:
        notes.append("1 message" if point.effort == 1 else f"{point.effort} messages")
    line = Text(point.summary)
    line.append(f"  {', '.join(notes)}", "dim")
    if entry.opens and entry.span:
        line.append(f"\n{entry.span.stage.value} because: {entry.span.why}", "dim italic")
    return line
