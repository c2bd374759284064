"""What the bot asks or tells, read from its words as a customer reads them.

The sentences are domain.yml's, so a changed wording is read as well; a new response must be
sorted in here, or test_questions.py fails.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from tests.words import yaml

# What a response asks for, by its name without "utter_"; the first pattern that fits counts.
_ASKS = (
    (r"question_email(_again)?", "email"),
    (r"code_sent|question_code|code_wrong", "code"),
    (r"order_by_number", "order_number"),
    (r".*_is_it", "confirm_item"),
    (r".*_which_item|which_item_again", "item"),
    (r"which_order(_again)?", "order"),
    (r"how_many", "quantity"),
    (r"question_photo", "photo"),
    (r"which_variant(_again)?", "variant"),
    (r"question_why_back(_again)?|why_money_back(_again)?", "reason"),
    (r"size_or_money", "size_or_money"),
    (r"question_what_is_missing", "missing"),
    (r"question_address(_again|_rest)?|refused_address_incomplete", "address"),
    (r"question_complaint(_again)?", "complaint"),
    (r"complaint_person_or_note(_again)?", "wants_answer"),
    (r"question_suggestion(_again)?", "suggestion"),
    (r"question_rating(_again)?|survey_(which|scale_.*)|touch_scale_.*|touch_case_follow_up"
     r"|touch_csat_after_service|touch_ces_after_return|touch_nps_half_year"
     r"|touch_review_request", "rating"),
    (r"no_hurry|shall_i_then|instead_.*|offer_.*|.*_offer_.*", "remedy"),
    (r"what_instead", "what_instead"),
    (r"nothing_instead", "person_or_not"),
    (r"order_late", "look_into_it"),
    (r"refused_.*|feedback_unhappy|no_answer|out_of_scope_again|nothing_fits_but_case"
     r"|no_refund_found|refund_settled_already", "person_or_not"),
    (r"did_you_mean|not_understood|default|what_can_i_do|what_else|greet|greet_by_name|all_right"
     r"|anything_else|out_of_scope|stale_choice|code_without_request|touch_what_is_wrong|touch_unboxing_check_in"
     r"|touch_how_is_it_going", "request"),
)  # fmt: skip
# What ends a request; all else is said by the way.
_ENDS = (
    r"settled_.*|waits_for_approval|handover_.*|complaint_handed_over|complaint_noted"
    r"|suggestion_noted|feedback_thanks|dropped|help_answer|order_(placed|paid|on_its_way|shipped"
    r"|delivered|cancelled|returned)|it_is_promised|refund_(on_its_way|paid|late)|goodbye|undone_.*"
    r"|survey_(thanks.*|unhappy|already)|touch_(fine|not_yet)"
)
_BY_THE_WAY = (
    r".*_named|so_many|variants_in_stock|order_not_found|nothing_fits|.*_no_order|.*_aside|comes_next|already_told"
    r"|one_by_one|back_.*|code_accepted|code_expired|code_refused|too_many_codes|your_case|youre_welcome"
    r"|bot_challenge|go_on_with.*|touch_(thank_you|delay_notice|anniversary|win_back|you_told_us"
    r"|moment_of_magic|safety_notice|how_to_stop)"
)
_SHOWS_TOPIC = r"(wrong_item|faulty|missing|return|exchange)_(?:is_it|named|which_item)"
_PROPOSES = ("replacement", "refund", "exchange", "repair", "keep_item", "goodwill", "credit",
             "trace", "cancel", "address", "variant")  # fmt: skip


@dataclass(frozen=True)
class Sentence:
    """A response that was recognised, with the facts that stood in it."""

    response: str
    facts: dict[str, str]

    @property
    def asks(self) -> str:
        return asks(self.response)

    @property
    def ends(self) -> bool:
        return ends(self.response)

    @property
    def topic(self) -> str:
        """What the bot took the matter for, where the sentence shows it; "" elsewhere."""
        found = re.fullmatch(_SHOWS_TOPIC, self.response.removeprefix("utter_"))
        return found[1] if found else ""

    @property
    def proposes(self) -> str:
        """Which remedy the sentence offers; "" if it offers none of its own."""
        found = re.search(r"(?:offer|instead)_(\w+)", self.response)
        if not found:
            return ""
        return next((name for name in _PROPOSES if found[1].startswith(name)), "")


@dataclass(frozen=True)
class Reply:
    """All that was answered to one message."""

    sentences: tuple[Sentence, ...]
    buttons: tuple[dict[str, str], ...]
    text: str
    unknown: tuple[str, ...] = ()  # texts that are no response of domain.yml
    mode: str = "bot"

    @property
    def asked(self) -> str:
        """The open question: the last one that was asked; "" if there is none."""
        return next((s.asks for s in reversed(self.sentences) if s.asks), "")

    @property
    def question(self) -> Sentence | None:
        return next((s for s in reversed(self.sentences) if s.asks), None)

    @property
    def something_ended(self) -> bool:
        return any(s.ends for s in self.sentences)

    def button(self, title: str) -> dict[str, str] | None:
        return next((b for b in self.buttons if b["title"] == title), None)


def asks(response: str) -> str:
    name = response.removeprefix("utter_")
    if ends(response) or re.fullmatch(_BY_THE_WAY, name):
        return ""
    return next((what for pattern, what in _ASKS if re.fullmatch(pattern, name)), "")


def ends(response: str) -> bool:
    return bool(re.fullmatch(_ENDS, response.removeprefix("utter_")))


def is_sorted_in(response: str) -> bool:
    name = response.removeprefix("utter_")
    return ends(response) or bool(asks(response)) or bool(re.fullmatch(_BY_THE_WAY, name))


def read(messages: Sequence[dict[str, Any]], mode: str) -> Reply:
    """The bot's messages of one turn, as GET and POST /api/chat/messages give them."""
    sentences, unknown = [], []
    for message in messages:
        found = recognise(message["text"])
        if found:
            sentences.append(found)
        elif message["text"]:
            unknown.append(message["text"])
    return Reply(
        sentences=tuple(sentences),
        buttons=tuple(button for message in messages for button in message["buttons"]),
        text="\n".join(message["text"] for message in messages),
        unknown=tuple(unknown),
        mode=mode,
    )


def recognise(text: str) -> Sentence | None:
    """The response with the most words of its own that the text is an instance of."""
    fitting = [
        (form.own_letters, form.response, found)
        for form in _forms()
        if (found := form.pattern.fullmatch(text.strip()))
    ]
    if not fitting:
        return None
    _, response, found = max(fitting, key=lambda fit: fit[:2])
    return Sentence(response, {k: v or "" for k, v in found.groupdict().items()})


@dataclass(frozen=True)
class _Form:
    response: str
    pattern: re.Pattern[str]
    own_letters: int = field(compare=False)


@cache
def _forms() -> tuple[_Form, ...]:
    return tuple(
        _form(name, variant["text"])
        for name, variants in yaml("domain.yml")["responses"].items()
        for variant in variants
    )


def _form(name: str, text: str) -> _Form:
    parts = re.split(r"\{(\w+)\}", text.strip())
    seen: set[str] = set()
    pattern = ""
    for place, part in enumerate(parts):
        if place % 2 == 0:
            pattern += re.escape(part)
        elif part in seen:
            pattern += f"(?P={part})"
        else:
            seen.add(part)
            pattern += f"(?P<{part}>.*?)"
    own = sum(len(part) for part in parts[::2])
    return _Form(name, re.compile(pattern, re.DOTALL), own)
