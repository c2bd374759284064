"""What a message says was ordered, and what came instead.

Pure. "Box of socks instead of shoes": it is the shoes that were ordered. Clauses are told
apart by their verbs; what has no verb goes with the clause before it.
"""

import re

_CLAUSE_END = re.compile(r"[,.;:!?\n–—]|\bbut\b|\band\b|\byet\b|\bwhile\b|\bthen\b", re.IGNORECASE)
_SWAP = re.compile(r"\b(?:instead of|rather than|in place of)\b", re.IGNORECASE)
_NOT = re.compile(
    r"\b(?:and )?not (?=(?:the|my|a|an|some|those|these|size|in|\d)?\b)", re.IGNORECASE
)
_ORDERED = re.compile(
    r"\b(?:ordered|order was|bought|purchased|paid for|asked for|wanted|chose|requested|"
    r"expect(?:ed|ing)|(?:supposed|meant|was) to (?:be|get|have|receive|contain)|"
    r"should(?:'ve| have| be| contain| get)(?: been| got| had)?|"
    r"(?:waiting|waited) for)\b",
    re.IGNORECASE,
)
_RECEIVED = re.compile(
    r"\b(?:got|get|received|receive|sent|came|arrived|delivered|gave me|contain(?:s|ed)|"
    r"found|opened|turned out|there (?:was|were|is|are)|inside|instead|ended up with|"
    r"is actually|are actually)\b",
    re.IGNORECASE,
)


_TROUBLE_END = re.compile(r"[,.;:!?\n–—]|\bbut\b|\bwhereas\b|\bwhile\b", re.IGNORECASE)
_TROUBLE = re.compile(
    r"\b(?:missing|not|no|never|without|left out|lost|lose|broken?|broke|crack\w*|smash\w*|chip\w*|"
    r"damag\w*|fault\w*|defect\w*|dead|holes?|pieces|bits|scratch\w*|torn|doesn'?t|won'?t|"
    r"stopped|wrong)\b",
    re.IGNORECASE,
)
_FINE = re.compile(
    r"\b(?:love\w*|great|fine|perfect|ok|okay|good|nice|cute|here|came|arrived|got|made it|only)\b",
    re.IGNORECASE,
)


def ordered_and_received(words: str) -> tuple[str, str]:
    """The parts of the words about what was ordered and about what came; either may be empty."""
    ordered: list[str] = []
    received: list[str] = []
    part: list[str] | None = None
    for clause in _CLAUSE_END.split(words):
        swap = _SWAP.search(clause) or (_NOT.search(clause) if _is_received(clause) else None)
        if swap:
            received.append(clause[: swap.start()])
            ordered.append(clause[swap.end() :])
            part = None
            continue
        if _ORDERED.search(clause):
            part = ordered
        elif _is_received(clause):
            part = received
        if part is not None:
            part.append(clause)
    return " ".join(ordered).strip(), " ".join(received).strip()


def about_the_trouble(words: str) -> str:
    """ "The lamp came, but the television is missing": the clauses that tell what is wrong."""
    parts = [clause for clause in _TROUBLE_END.split(words) if clause and clause.strip()]
    wrong = [clause for clause in parts if _TROUBLE.search(clause)]
    fine = [clause for clause in parts if _FINE.search(clause) and clause not in wrong]
    rest = [clause for clause in parts if clause not in fine]
    return " ".join(wrong or rest)


def _is_received(clause: str) -> bool:
    return _RECEIVED.search(clause) is not None and _ORDERED.search(clause) is None


def about_the_order(words: str, *, came_wrong: bool) -> str:
    """The words to look for among the orders: without what came instead, if they say that.

    With `came_wrong` another thing came than was ordered, so what came alone tells nothing.
    """
    ordered, received = ordered_and_received(words)
    if ordered and (received or came_wrong):
        return ordered
    if not received or not came_wrong:
        return words
    return " ".join(clause for clause in _CLAUSE_END.split(words) if not _is_received(clause))
