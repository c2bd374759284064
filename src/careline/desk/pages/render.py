"""Templates of the desk: everything is escaped, a name that is missing is an error."""

import re
from collections.abc import Callable
from datetime import date, datetime, tzinfo
from hashlib import sha256
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape
from starlette.responses import HTMLResponse

from careline.desk.attention import Attention
from careline.desk.door import Member
from careline.desk.pages import words

STATIC = Path(__file__).parents[1] / "static"
_BOLD = re.compile(r"\*\*(.+?)\*\*")
_NEVER_KEPT = {"Cache-Control": "no-store"}


def environment(zone: tzinfo, attention: Callable[[], Attention]) -> Environment:
    """Times are shown in `zone`, the support team's; `attention` is what the navigation counts."""
    made = Environment(
        loader=PackageLoader("careline.desk"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    filters: dict[str, Callable[..., Any]] = {
        "plain": words.plain,
        "clock": lambda at: at.astimezone(zone).strftime("%H:%M"),
        "day": lambda at: _day(at, zone),
        "moment": lambda at: f"{_day(at, zone)} {at.astimezone(zone):%H:%M}",
        "money": money,
        "bold": bold,
    }
    made.filters.update(filters)
    made.globals |= {
        "words": words,
        "sign": words.sign_of,
        "version": _version(),
        "zone": zone,
        "attention": attention,
    }
    return made


class Pages:
    """Renders whole pages and parts of them, for whoever is signed in."""

    def __init__(self, templates: Environment) -> None:
        self._templates = templates

    def page(
        self, name: str, member: Member | None, status: int = 200, **facts: Any
    ) -> HTMLResponse:
        html = self._templates.get_template(name).render(member=member, **facts)
        return HTMLResponse(html, status, headers=_NEVER_KEPT)


def money(amount: Any) -> str:
    """Of shops.protocol.Money: "GBP 49.00"."""
    return f"{amount.currency} {amount.amount:,.2f}" if amount is not None else ""


def bold(text: str) -> Markup:
    """Our own sentences mark what matters with **two stars**; everything else is shown as it is."""
    return Markup(_BOLD.sub(r"<strong>\1</strong>", str(escape(text))))


def _day(at: date | datetime, zone: tzinfo) -> str:
    local = at.astimezone(zone) if isinstance(at, datetime) else at
    return f"{local:%a} {local.day} {local:%b %Y}"


def _version() -> str:
    """Changes with the scripts and styles, so that browsers fetch new ones."""
    digest = sha256()
    for file in sorted(STATIC.rglob("*.*")):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:10]
