"""Several requests in one message: cut it into clauses, read each, say which matter.

Pure: the text or the readings come in, a decision goes out. bot/classifier.py does the reading.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

MOST_CLAUSES = 8
SHORTEST_TEXT = 24  # characters; below it a message says one thing
SHORTEST_CLAUSE = 8

# What outranks what when one message says several things: first the things gone wrong that the
# shop must put right, then what the customer wants done, then questions, then how they feel
# about it, then politeness and bare facts, which are never a request of their own.
RANKS: tuple[tuple[str, ...], ...] = (
    ("wrong_item_received", "faulty_or_damaged_product", "missing_or_late_delivery",
     "payment_or_billing_problem"),
    ("return_item", "exchange_item", "refund_request", "cancel_order", "change_order",
     "change_address", "account_access_problem", "website_or_app_problem",
     "subscription_or_membership", "talk_to_human"),
    ("refund_status", "order_status_or_delivery", "product_question", "promo_or_pricing_question"),
    ("suggestion", "complaint_about_service", "give_rating_or_feedback"),
    ("bot_challenge", "repeat_said", "never_mind", "out_of_scope"),
    ("affirm", "deny", "inform", "greet", "goodbye", "thank_you"),
)  # fmt: skip
RANK = {intent: rank for rank, intents in enumerate(RANKS) for intent in intents}
UNKNOWN_RANK = 2  # an intent this table does not know is taken for a question
LAST_REQUEST_RANK = 3  # from the next rank on it is no request
# What a customer may want because of a problem: said beside one, it is what they want done about
# it. Any other wish beside a problem is another matter, and the problem comes first.
WISHES_ABOUT_A_PROBLEM = frozenset(
    {"return_item", "exchange_item", "refund_request", "refund_status", "cancel_order",
     "talk_to_human"}
)  # fmt: skip

# What we do not do in the chat: beside a request it counts, also where it is not quite sure, but
# only if something is to be done, so that nobody waits for it.
_DONE_ELSEWHERE = frozenset(
    {"subscription_or_membership", "account_access_problem", "website_or_app_problem",
     "out_of_scope"}
)  # fmt: skip
_LIKELY = 0.5
_IS_TO_BE_DONE = re.compile(
    r"^\W*(?:(?:and|also|then|plus|please|pls)\b\W*)*(?:(?:can|could|will|would)\s+you\b\W*"
    r"|i(?:'?d|\s+would)?\s+(?:want|need|like)\s+(?:you\s+)?to\b\W*)?(?:please\s+)?"
    r"(?:cancel|end|stop|pause|join|renew|change|reset|update|delete|close|remove|book)\b",
    re.IGNORECASE,
)

_CUT = re.compile(
    r"(?<=[.!?])(?<!\bno\.)(?<!\bnr\.)(?<!\bmr\.)(?<!mrs\.)(?<!\bst\.)\s+(?=\S)"  # sentence ends
    r"|[\r\n]+"
    r"|\s*;\s+"
    r"|,?\s+and\s+(?=(?:where|when|why|how|(?:can|could)\s+(?:you|i)|i\s+(?:want|need|would)|i'd"
    r"|please|the|my|your|this|that|these|those|its?|i(?:'?m|'?ve)?|we|you|he|she|they|there"
    r"|nobody|no|one|cancel|send|refund|return|change|stop|give|tell|let|put|take|book|delete"
    r"|update|reset|join|renew|close|remove|unsubscribe)\b)"
    # "and" before what may be a sentence of its own; elsewhere it joins words
    r"|,?\s+(?:but|however|although|though)\b,?\s+"
    r"|,?\s+(?:and\s+also|and\s+then|also|plus|btw|by\s+the\s+way|on\s+top\s+of\s+that)\b[,:]?\s+",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Reading:
    """The likeliest intent of a text and how sure the classifier is of it."""

    intent: str
    confidence: float
    text: str = ""


@dataclass(frozen=True)
class Requests:
    """What to do with the message: its main intent, and what else was asked, as said."""

    main: Reading
    others: tuple[Reading, ...]  # each another intent, with the words that carried it
    from_clauses: bool  # the main reading is a clause's, not that of the message as a whole
    # It is the only sure clause's, and the message as a whole leans elsewhere: both count.
    against_the_whole: bool = False


def clauses(text: str) -> list[str]:
    """The parts of a message that may each say something; empty if it is one thing.

    A message with more than MOST_CLAUSES parts is a story: its first parts are read, and its last,
    where the wish often stands.
    """
    if len(text) < SHORTEST_TEXT:
        return []
    parts = [part.strip(" ,-–—") for part in _CUT.split(text) if part]
    parts = [part for part in parts if len(part) >= SHORTEST_CLAUSE]
    if len(parts) > MOST_CLAUSES:
        parts = parts[: MOST_CLAUSES // 2] + parts[-MOST_CLAUSES // 2 :]
    return parts if len(parts) > 1 else []


def rank_of(intent: str) -> int:
    return RANK.get(intent, UNKNOWN_RANK)


def combine(whole: Reading, parts: Sequence[Reading], sure_above: float) -> Requests:
    """Which request is the main one, and which others are there.

    Only clauses read with at least `sure_above` count. The whole text's reading stays the main
    one unless a clause outranks it, or says the same or as strong a thing and is sure where the
    whole is not. What the
    customer wants done about a problem is not outranked by the problem.
    """
    asked = [
        part
        for part in parts
        if part.confidence >= sure_above and rank_of(part.intent) <= LAST_REQUEST_RANK
    ]
    main = whole
    if asked:
        strongest = min(asked, key=lambda part: rank_of(part.intent))  # the first of equals
        if _gives_way(whole, strongest, asked, sure_above):
            main = strongest
    others: dict[str, Reading] = {}
    for part in asked:
        if part.intent != main.intent:
            others.setdefault(part.intent, part)
    if rank_of(main.intent) <= LAST_REQUEST_RANK:
        for part in parts:
            if part.intent != main.intent and _is_to_be_done_elsewhere(part):
                others.setdefault(part.intent, part)
    against = (
        main.intent != whole.intent
        and not others
        and rank_of(whole.intent) < LAST_REQUEST_RANK
        and whole.confidence < sure_above
    )
    return Requests(main, tuple(others.values()), main is not whole, against)


def _is_to_be_done_elsewhere(part: Reading) -> bool:
    return (
        part.intent in _DONE_ELSEWHERE
        and part.confidence >= _LIKELY
        and _IS_TO_BE_DONE.match(part.text) is not None
    )


def _gives_way(
    whole: Reading, strongest: Reading, asked: Sequence[Reading], sure_above: float
) -> bool:
    if whole.intent == strongest.intent:  # one says it clearly, the whole says it too
        return whole.confidence < sure_above
    if rank_of(whole.intent) >= LAST_REQUEST_RANK:  # feeling, politeness, facts
        return rank_of(strongest.intent) < rank_of(whole.intent)
    if whole.confidence >= sure_above:
        is_problem = rank_of(strongest.intent) == 0
        return (
            is_problem and rank_of(whole.intent) > 0 and whole.intent not in WISHES_ABOUT_A_PROBLEM
        )
    told_in_a_part = any(part.intent == whole.intent for part in asked)
    return not told_in_a_part and rank_of(strongest.intent) <= rank_of(whole.intent)
