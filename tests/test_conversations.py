"""The test conversations walk everything the bot can do, in words it was not trained on."""

import re
import unicodedata
from typing import Any

from tests.words import ROOT, yaml

CONVERSATIONS = sorted((ROOT / "tests" / "conversations").glob("test_*.yml"))
NLU = sorted((ROOT / "data" / "nlu").glob("*.yml"))
LEAST = 65


def stories() -> list[dict[str, Any]]:
    return [story for path in CONVERSATIONS for story in yaml(str(path))["stories"]]


def steps(key: str) -> list[Any]:
    return [step[key] for story in stories() for step in story["steps"] if key in step]


def plain(text: str) -> str:
    """The words alone, without entity marks, case and punctuation."""
    unmarked = re.sub(r"\[([^\]]+)\](?:\([^)]*\)|\{[^}]*\})", r"\1", text)
    folded = unicodedata.normalize("NFKC", unmarked).casefold()
    return " ".join(re.sub(r"[^\w\s]", " ", folded).split())


def test_there_are_enough_conversations_and_each_has_a_name_of_its_own() -> None:
    names = [story["story"] for story in stories()]
    assert len(names) >= LEAST
    assert len(set(names)) == len(names)


def test_no_conversation_borrows_a_training_sentence() -> None:
    trained = {
        plain(line[2:])
        for path in NLU
        for block in yaml(str(path))["nlu"]
        for line in block["examples"].splitlines()
    }
    borrowed = [said for said in steps("user") if plain(said) in trained]
    assert borrowed == []


def test_every_intent_is_said_in_some_conversation() -> None:
    known = {name for entry in yaml("domain.yml")["intents"] for name in entry}
    assert set(steps("intent")) == known | {"nlu_fallback"}


def test_every_form_is_opened_and_settled_in_some_conversation() -> None:
    forms = set(yaml("domain.yml")["forms"])
    done = set(steps("action"))
    assert forms <= {loop for loop in steps("active_loop") if loop}
    assert {f"action_settle_{form.removesuffix('_form')}" for form in forms} <= done
