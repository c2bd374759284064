"""A postal address in a customer's sentence: street, postcode and town. Pure.

Read from the postcode backwards, part by part, because what stands before an address may be
anything. Whatever it reads is repeated back before anything is changed; where two addresses
stand and neither is called the new one, it reads none, and the customer is asked.
"""

import re
from dataclasses import dataclass

_CODE = (
    r"(?:[A-Z]{1,2}\d[A-Z\d]?\s*\d[A-Z]{2}"  # GB
    r"|[A-Z]\d[A-Z]\s?\d[A-Z]\d|[A-Z]\d[\dW]\s?[A-Z\d]{4}"  # CA; IE
    r"|\d{3}-\d{4}|\d{5}(?:-\d{3,4})?|\d{4}\s?[A-Z]{2}|\d{2}-\d{3}"  # JP; US, DE, FR, BR; NL; PL
    r"|\d{6}|\d{4}|\d{3}\s\d{2})"  # IN; AU, NZ, CH; SE
)
_AT_THE_END = re.compile(rf"^(?P<before>.*?)[\s,]*\b(?P<code>{_CODE})\W*$", re.IGNORECASE)
_AT_THE_START = re.compile(rf"^\W*(?P<code>{_CODE})\s+(?P<after>\D+?)\W*$", re.IGNORECASE)
_IN_THE_MIDDLE = re.compile(
    r"^(?P<before>.*\w)\s+(?P<code>\d{5}|\d{4}(?:\s?[A-Z]{2})?)\s+(?P<after>[^\d,]+?)\W*$",
    re.IGNORECASE,
)
_WAY = (
    r"(?:street|str|st|road|rd|lane|ln|avenue|ave|av|close|drive|dr|way|place|pl|court|ct|square|sq"
    r"|terrace|crescent|cres|gardens?|grove|hill|row|walk|mews|park|quay|boulevard|blvd|parade"
    r"|green|view|rise|broadway|parkway|pkwy|highway|hwy|wharf|yard|passage|embankment)"
)
_HOUSE = (
    r"(?:cottage|house|flat|apt|apartment|unit|suite|farm|barn|lodge|floor|po\s+box|block|villa)"
)
_LIKE_A_STREET = re.compile(
    rf"^\W*\d+\w?\b|\b{_WAY}\b\.?|\b{_HOUSE}\b|\w{{3,}}(?:str(?:\.|aße|asse)|weg|gasse|straat|gade)"
    r"|\b(?:rue|via|calle|rua|ul\.?|avenida)\s|\D\s\d+\s?[a-z]?\W*$",
    re.IGNORECASE,
)
# "12 Quay Street Bristol": after the last word for a way comes the town.
_STREET_AND_TOWN = re.compile(
    rf"^(?P<street>.*\b{_WAY}\b\.?)\s+(?P<town>[^\W\d][^\d]*)$", re.IGNORECASE
)
_LEAD_IN = re.compile(
    r"^.*\b(?:address(?:\s+is)?|is|are|to|at|use|now|it'?s|we'?re|please|be|into|for)\b[:\s]+",
    re.IGNORECASE | re.DOTALL,
)
_COUNTRY = re.compile(
    r"^\W*(?:uk|u\.k\.|gb|united\s+kingdom|great\s+britain|england|scotland|wales|ireland|germany"
    r"|deutschland|france|spain|usa?|united\s+states|canada|australia|netherlands|sweden|poland"
    r"|japan|india|brazil)\W*$",
    re.IGNORECASE,
)
_STATE = re.compile(r"^[A-Z]{2,3}$")
_OLD = re.compile(
    r"\b(?:no\s+longer|any\s*more|used\s+to|old|former|previous|wrong|not|instead\s+of|moved\s+from"
    r"|rather\s+than|\w+n't)\b",
    re.IGNORECASE,
)
_NEW = re.compile(
    r"\b(?:use|now|new|instead(?!\s+of)|moved\s+to|(?:send|ship|deliver\w*|go)\b.*\bto|change\w*\b.*\bto"
    r"|to)\b",
    re.IGNORECASE,
)
_BETWEEN = re.compile(
    r"[,;\n]|\s+and\s+(?=(?:be|do|please|make|hurry|send|let|tell|i|thanks?|can|could|that)\b)"
    r"|(?<!\bst)(?<!str)(?<!\brd)(?<!\bave)(?<!\bul)\.\s+(?=[a-z])",
    re.IGNORECASE,
)
_POLITE = re.compile(
    r"[\s.]*\b(?:please|pls|thanks?|thank\s+you|cheers|instead)\W*$", re.IGNORECASE
)
_TWO_IN_ONE = re.compile(r"\b[A-Z]{1,2}\d[A-Z\d]?\s*\d[A-Z]{2}\b|\b\d{5}\b", re.IGNORECASE)
_REFUSED = re.compile(r"^\W*(?:and\s+)?not\s+(?:to\s+|at\s+)?", re.IGNORECASE)
_STREET_PARTS = 3


@dataclass(frozen=True)
class _Found:
    street: str
    postcode: str
    city: str
    first: int  # the parts it stands in
    last: int
    lead: str  # what stands before the street in its own part


def address_in(text: str) -> dict[str, str] | None:
    """Street, postcode and city, if the text holds all three of one address; otherwise None."""
    parts = [_POLITE.sub("", part) for part in _BETWEEN.split(text)]
    parts = [part for part in parts if part.strip(" .!?") and not _COUNTRY.match(part)]
    found: list[_Found] = []
    for place in range(len(parts)):
        one = _ending_at(parts, place, after=found[-1].last if found else -1)
        if one is not None:
            found.append(one)
    meant = _meant(parts, found)
    if meant is None or _TWO_IN_ONE.search(meant.street):
        return None
    return {"street": meant.street, "postcode": meant.postcode, "city": meant.city}


def _meant(parts: list[str], found: list[_Found]) -> _Found | None:
    """The only one; of several, the one that is called the new one or is not the old one."""
    if len(found) < 2:
        return found[0] if found else None
    leads = [_lead_of(parts, found, place) for place in range(len(found))]
    new = [one for one, lead in zip(found, leads, strict=True) if not _OLD.search(lead)]
    if len(new) > 1:
        new = [
            one for one, lead in zip(found, leads, strict=True) if one in new and _NEW.search(lead)
        ]
    return new[0] if len(new) == 1 else None


def _lead_of(parts: list[str], found: list[_Found], place: int) -> str:
    begin = found[place - 1].last + 1 if place else 0
    return " ".join((*parts[begin : found[place].first], found[place].lead))


def _ending_at(parts: list[str], place: int, *, after: int) -> _Found | None:
    """The address whose postcode stands in this part."""
    part = parts[place].strip()
    start = _AT_THE_START.match(part)
    if start and not _LIKE_A_STREET.search(start["after"]):
        found = _with_street(parts, place - 1, after, start["code"], start["after"], last=place)
        if found or place + 1 >= len(parts) or not _LIKE_A_STREET.search(parts[place + 1]):
            return found
        street = _tidy(parts[place + 1])  # "10115 Berlin, Hauptstr. 5"
        return _Found(street, _code(start["code"]), _tidy(start["after"]), place, place + 1, "")
    middle = _IN_THE_MIDDLE.match(part)
    if middle and _LIKE_A_STREET.search(middle["before"]) and not _named_way(middle["after"]):
        lead, street = _without_lead(middle["before"])
        return _Found(street, _code(middle["code"]), _tidy(middle["after"]), place, place, lead)
    end = _AT_THE_END.match(part)
    return _before_the_code(parts, place, after, end["before"], end["code"]) if end else None


def _before_the_code(
    parts: list[str], place: int, after: int, before: str, code: str
) -> _Found | None:
    """ "…, Bristol BS1 4RB", "…, Washington, DC 20500", "12 Quay Street Bristol BS1 4RB"."""
    town, last = before.strip(" .:-"), place
    split = _STREET_AND_TOWN.match(town)
    if split and _LIKE_A_STREET.search(split["street"]):
        lead, street = _without_lead(split["street"])
        return _Found(street, _code(code), _tidy(split["town"]), place, last, lead)
    if not town or _STATE.match(town):
        place -= 1
        if place <= after:
            return None
        state, town = town, parts[place].strip()
        split = _STREET_AND_TOWN.match(town)
        if split:
            lead, street = _without_lead(split["street"])
            return _Found(street, _code(code), _tidy(split["town"]), place, last, lead)
        town = f"{town} {state}".strip()
    if re.search(r"\d", town):
        return None
    return _with_street(parts, place - 1, after, code, town, last=last)


def _with_street(
    parts: list[str], place: int, after: int, code: str, town: str, *, last: int
) -> _Found | None:
    """The parts before the town, as long as they look like a street or the name of a house."""
    taken: list[str] = []
    lead = ""
    while place > after and len(taken) < _STREET_PARTS:
        lead, street = _without_lead(parts[place])
        if not _LIKE_A_STREET.search(street):
            break
        taken.insert(0, street)
        place -= 1
        if lead:
            break
    if not taken:
        return None
    return _Found(", ".join(taken), _code(code), _tidy(town), place + 1, last, lead)


def _without_lead(part: str) -> tuple[str, str]:
    """What leads in ("please use"), and the street itself."""
    found = _LEAD_IN.match(part) or _REFUSED.match(part)
    if found is None or not part[found.end() :].strip():
        return "", _tidy(part)
    return found.group(), _tidy(part[found.end() :])


def _named_way(words: str) -> bool:
    return re.search(rf"\b{_WAY}\b", words, re.IGNORECASE) is not None


def _tidy(words: str) -> str:
    return " ".join(words.split()).strip(" .,:!?")


def _code(code: str) -> str:
    return " ".join(code.split())
