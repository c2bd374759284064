"""Facts in the customer's words, and the titles of buttons and topics."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from careline.service.facts_in_words import FactsInWords as Wording

__all__ = ["Wording", "button", "spoken_topic", "topic_title"]


@cache
def _labels() -> Mapping[str, Mapping[str, str]]:
    loaded: Mapping[str, Mapping[str, str]] = YAML(typ="safe").load(
        (Path(__file__).parent / "labels.yml").read_text(encoding="utf-8")
    )
    return loaded


def button(name: str, **facts: Any) -> str:
    return _labels()["buttons"][name].format(**facts)


def topic_title(intent: str) -> str | None:
    return _labels()["topics"].get(intent)


def spoken_topic(intent: str) -> str:
    return _labels()["spoken"].get(intent, "your other question")
