"""Word a touch from the bot's own sentences: domain.yml is the only place that has them.

Only sentences whose fields all have a value are said, so nobody is ever shown a bare {item}; and of
those the ones that tell most of what is known, so that none says "no new day yet" of a day we have.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from ruamel.yaml import YAML

from careline.journey.models import Touch
from careline.kit.errors import CarelineError
from careline.service.facts_in_words import FactsInWords
from careline.service.policies.base import amount_in
from careline.shops.protocol import Money
from careline.touches.facts import CustomerFacts
from careline.touches.playbook import Playbook

HOW_TO_STOP = "utter_touch_how_to_stop"
SCALE = "utter_touch_scale_{survey}"
# Who is not called by their name has not been told less.
_COURTESIES = frozenset({"name"})
_FIELD = re.compile(r"\{([a-z_]+)\}")
# What an event of this kind always names; other fields may be there or not.
_ALWAYS: Mapping[str, frozenset[str]] = {
    "order": frozenset({"order"}),
    "case": frozenset({"case"}),
    "product": frozenset({"product"}),
}


class Unspeakable(CarelineError):
    """No variant of the response can be said: a field has no value, or there is no response."""

    code = "touch_unspeakable"
    status = 500


@dataclass(frozen=True)
class Worded:
    """A touch as one customer gets it; plain text throughout."""

    text: str
    buttons: tuple[dict[str, str], ...] = ()
    subject: str = ""  # of the e-mail
    how_to_stop: tuple[dict[str, str], ...] = ()  # a button in chats; e-mails have a link


class Wording:
    """The sentences of domain.yml that begin with utter_touch_."""

    def __init__(self, responses: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
        self._responses = responses

    @classmethod
    def load(cls, domain_file: Path) -> "Wording":
        return cls(_responses(domain_file, domain_file.stat().st_mtime_ns))

    def word(
        self,
        playbook: Playbook,
        touch: Touch,
        *,
        name: str,
        locale: str,
        zone: ZoneInfo,
        now: datetime,
        facts: CustomerFacts,
    ) -> Worded:
        """Never the variant that this customer had the last time. Raises Unspeakable."""
        fields = _fields(playbook, touch, name, FactsInWords.for_customer(locale, zone.key), now,
                         facts.currency)  # fmt: skip
        variants = self._responses.get(playbook.say, ())
        sayable = _fullest([str(variant.get("text", "")) for variant in variants], fields)
        subject = _filled(playbook.subject, fields)
        if not sayable or not subject:
            raise Unspeakable(f"{playbook.say} cannot be said with {', '.join(sorted(fields))}.")
        earlier = [s.touch_id for s in facts.sent if s.playbook == playbook.name]
        variant = variants[_turn(sayable, [*(e for e in earlier if e != touch.id), touch.id])]
        text = _filled(str(variant["text"]), fields)
        buttons = tuple(self._buttons(playbook, variant, fields))
        return Worded(text, buttons, subject, () if playbook.safety else self._how_to_stop())

    def problems(self, playbooks: Mapping[str, Playbook]) -> list[str]:
        """What could end in Unspeakable some day: no variant that always can be said."""
        return [
            f"{book.name}: {what} needs a field that may be missing; add one without it"
            for book in playbooks.values()
            for what, texts in self._said_by(book)
            if not any(_names(text) <= _always(book) for text in texts)
        ]

    def _said_by(self, book: Playbook) -> Iterator[tuple[str, list[str]]]:
        yield "subject", [book.subject]
        yield book.say, [str(v.get("text", "")) for v in self._responses.get(book.say, ())]

    def _buttons(
        self, playbook: Playbook, variant: Mapping[str, Any], fields: Mapping[str, str]
    ) -> Iterator[dict[str, str]]:
        """A survey has its numbers; others have what stands beside their words."""
        of = variant
        if playbook.survey is not None:
            of = next(iter(self._responses.get(SCALE.format(survey=playbook.survey), ())), variant)
        for button in of.get("buttons") or ():
            title, payload = (_filled(str(button[part]), fields) for part in ("title", "payload"))
            if title and payload:
                yield {"title": title, "payload": payload}

    def _how_to_stop(self) -> tuple[dict[str, str], ...]:
        said = next(iter(self._responses.get(HOW_TO_STOP, ())), {})
        return tuple(dict(button) for button in said.get("buttons") or ())


def _fields(
    playbook: Playbook,
    touch: Touch,
    name: str,
    words: FactsInWords,
    now: datetime,
    currency: str,
) -> dict[str, str]:
    """What the sentences may name, worded for the customer; without those that are not known."""
    about = touch.about or {}
    known: dict[str, Any] = {
        key: about.get(key) for key in ("order", "case", "product", "suggestion", "what", "gift")
    }
    known["touch"] = touch.id
    known["name"] = (name.split() or [""])[0]
    known["item"] = about.get("item") or about.get("product")
    known["when"] = about.get("when") or _day(about.get("expected_at"), words, now)
    known["since"] = _date(about.get("since"), words, now)
    known["amount"] = _amount(playbook, about, words, currency)
    return {key: str(value) for key, value in known.items() if value}


def _date(since: Any, words: FactsInWords, now: datetime) -> str:
    """The day on which it began, with its year where that is another one."""
    try:
        at = datetime.fromisoformat(str(since))
    except ValueError:
        return ""
    return words.day(at, today=now.astimezone(words.zone).date()) if at.tzinfo else ""


def _day(expected_at: Any, words: FactsInWords, now: datetime) -> str:
    """The day it is expected now; "" for one that is past and would be no news."""
    try:
        at = datetime.fromisoformat(str(expected_at))
    except ValueError:
        return ""
    if at.tzinfo is None or at < now:
        return ""
    return words.day(at, today=now.astimezone(words.zone).date())


def _amount(
    playbook: Playbook, about: Mapping[str, Any], words: FactsInWords, currency: str
) -> str:
    if playbook.gift is not None and currency:
        return words.money(Money(amount_in(playbook.gift.worth, currency), currency))
    amount = about.get("amount")
    if not isinstance(amount, Mapping):
        return str(amount or "")
    try:
        return words.money(Money(Decimal(str(amount["amount"])), str(amount["currency"])))
    except (KeyError, InvalidOperation):
        return ""


def _fullest(texts: Sequence[str], fields: Mapping[str, str]) -> list[int]:
    """The variants that can be said, and of those the ones that name the most facts."""
    sayable = [n for n, text in enumerate(texts) if _filled(text, fields)]
    facts = {n: len(_names(texts[n]) - _COURTESIES) for n in sayable}
    return [n for n in sayable if facts[n] == max(facts.values())]


def _turn(sayable: Sequence[int], touch_ids: Sequence[str]) -> int:
    """The variant of the last of these touches, where no two in a row are given the same."""
    given: int | None = None
    for touch_id in touch_ids:
        left = [n for n in sayable if n != given] or list(sayable)
        given = left[hashlib.sha256(touch_id.encode()).digest()[0] % len(left)]
    assert given is not None  # there is the touch itself at least
    return given


def _always(book: Playbook) -> frozenset[str]:
    always = _ALWAYS.get((book.when.event or "").partition(".")[0], frozenset())
    return always | ({"amount"} if book.gift else set())


def _names(text: str) -> set[str]:
    return set(_FIELD.findall(text))


def _filled(text: str, fields: Mapping[str, str]) -> str:
    """ "" where a field has no value; other braces are left as they are."""
    if not _names(text) <= fields.keys():
        return ""
    return _FIELD.sub(lambda found: fields[found[1]], text)


@cache
def _responses(domain_file: Path, _changed: int) -> dict[str, Any]:
    domain = YAML(typ="safe").load(domain_file.read_text(encoding="utf-8"))
    responses = domain.get("responses") or {}
    return {name: responses[name] for name in responses if name.startswith("utter_touch_")}
