"""Read the sentences, labels and training data, and what the actions' code says of them."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parents[1]


def yaml(path: str) -> Any:
    return YAML(typ="safe").load((ROOT / path).read_text(encoding="utf-8"))


@cache
def trees(folder: str) -> tuple[ast.Module, ...]:
    files = sorted((ROOT / folder).rglob("*.py"))
    return tuple(ast.parse(file.read_text(encoding="utf-8")) for file in files)


def whole_strings(folder: str) -> Iterator[str]:
    """Every string literal; pieces of f-strings are left out, they are no names yet."""
    for tree in trees(folder):
        pieces = {
            id(piece)
            for node in ast.walk(tree)
            if isinstance(node, ast.JoinedStr)
            for piece in node.values
        }
        for node in ast.walk(tree):
            is_text = isinstance(node, ast.Constant) and isinstance(node.value, str)
            if is_text and id(node) not in pieces:
                yield node.value


def calls(folder: str, *names: str) -> list[ast.Call]:
    return [call for call in _calls(folder) if _called(call) in names]


@cache
def _calls(folder: str) -> tuple[ast.Call, ...]:
    nodes = (node for tree in trees(folder) for node in ast.walk(tree))
    return tuple(node for node in nodes if isinstance(node, ast.Call))


def _called(call: ast.Call) -> str:
    return getattr(call.func, "attr", None) or getattr(call.func, "id", "")


def first_text(call: ast.Call) -> str | None:
    """The call's first literal string among its positional arguments."""
    for argument in call.args:
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
            return argument.value
    return None


def fields_of(response: list[dict[str, Any]]) -> set[str]:
    """The `{names}` that its variants hold."""
    return {name for variant in response for name in re.findall(r"\{(\w+)\}", variant["text"])}


def training_words(*folders: str) -> str:
    """The text of all YAML below the folders."""
    files = [file for folder in folders for file in sorted((ROOT / folder).rglob("*.yml"))]
    return "\n".join(file.read_text(encoding="utf-8") for file in files)
