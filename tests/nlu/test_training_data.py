"""Keep the training sentences whole: enough of each intent, none in two places, none borrowed."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parents[2]
NLU = ROOT / "data" / "nlu"
# Real customers' messages used for measuring; not part of the repository, so often absent.
EVALUATION = ROOT.parent / "shared" / "eval" / "dev.tsv"

TOPICS = frozenset(
    {
        "wrong_item",
        "faulty",
        "returns",
        "exchange",
        "refunds",
        "orders",
        "delivery",
        "cancel",
        "changes",
        "billing",
        "complaint",
        "feedback",
        "suggestion",
        "account",
        "website",
        "products",
        "promotions",
        "subscription",
        "people",
        "smalltalk",
        "out_of_scope",
    }
)
INTENTS = frozenset(
    {
        "account_access_problem",
        "affirm",
        "cancel_order",
        "change_address",
        "change_order",
        "complaint_about_service",
        "deny",
        "exchange_item",
        "faulty_or_damaged_product",
        "give_rating_or_feedback",
        "goodbye",
        "greet",
        "inform",
        "missing_or_late_delivery",
        "order_status_or_delivery",
        "out_of_scope",
        "payment_or_billing_problem",
        "product_question",
        "promo_or_pricing_question",
        "refund_request",
        "refund_status",
        "return_item",
        "subscription_or_membership",
        "suggestion",
        "talk_to_human",
        "thank_you",
        "website_or_app_problem",
        "wrong_item_received",
        "never_mind",
        "bot_challenge",
        "repeat_said",
    }
)


def documents() -> Iterator[tuple[Path, dict[str, Any]]]:
    reader = YAML(typ="safe")
    for path in sorted(NLU.glob("*.yml")):
        yield path, reader.load(path.read_text(encoding="utf-8"))


@cache
def sentences() -> dict[str, list[str]]:
    by_intent: dict[str, list[str]] = defaultdict(list)
    for path, document in documents():
        for block in document["nlu"]:
            lines = block["examples"].splitlines()
            assert all(line.startswith("- ") for line in lines), path.name
            by_intent[block["intent"]] += [line[2:].strip() for line in lines]
    return by_intent


def plain(text: str) -> str:
    """The words alone, as two people would agree that they wrote the same sentence."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(re.sub(r"[^\w\s]", " ", folded).split())


def test_every_topic_has_a_file_of_the_format_rasa_reads() -> None:
    found = dict(documents())
    assert {path.stem for path in found} == TOPICS
    assert {document["version"] for document in found.values()} == {"3.1"}


def test_exactly_the_agreed_intents_are_trained() -> None:
    assert set(sentences()) == INTENTS


@pytest.mark.parametrize("intent", sorted(INTENTS))
def test_every_intent_has_enough_sentences(intent: str) -> None:
    least = 300 if intent == "out_of_scope" else 80
    assert len(sentences()[intent]) >= least


def test_no_sentence_stands_under_two_intents_or_twice() -> None:
    seen: dict[str, str] = {}
    twice = []
    for intent, lines in sentences().items():
        for line in lines:
            key = line.casefold()
            if key in seen:
                twice.append((line, seen[key], intent))
            seen[key] = intent
    assert twice == []


def test_no_sentence_is_annotated() -> None:
    """Order numbers, sizes and dates come from patterns; a stray bracket would become an entity."""
    bracket = re.compile(r"\]\(|\]\{")
    marked = [line for lines in sentences().values() for line in lines if bracket.search(line)]
    assert marked == []


@pytest.mark.skipif(not EVALUATION.exists(), reason="no evaluation messages here")
def test_no_evaluation_message_was_taken_into_training() -> None:
    rows = EVALUATION.read_text(encoding="utf-8").splitlines()
    held_out = {plain(row.split("\t")[1]) for row in rows} - {""}
    borrowed = [line for lines in sentences().values() for line in lines if plain(line) in held_out]
    assert borrowed == []
