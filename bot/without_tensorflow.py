"""Serve without TensorFlow, when nothing of the model needs it.

Rasa imports TensorFlow wherever it names a neural component, used or not: half of a worker's
start and a good third of its memory. Here its names lead nowhere, and whatever would be made
of them says so. A model with a component that is not known to do without gets the real one.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import json
import sys
import tarfile
import types
from collections.abc import Sequence
from typing import Any

PACKAGES = ("tensorflow", "tensorflow_addons", "tensorflow_hub", "tensorflow_text", "keras")
# Modules of Rasa, and ours, whose components use none of it.
DO_WITHOUT = (
    "bot.",
    "rasa.core.policies.ensemble.",
    "rasa.core.policies.memoization.",
    "rasa.core.policies.rule_policy.",
    "rasa.graph_components.",
    "rasa.nlu.classifiers.regex_message_handler.",
)


def components(model: str) -> set[str]:
    """The classes that a model is made of."""
    with tarfile.open(model) as archive:
        file = archive.extractfile("metadata.json")
        assert file is not None, "a model of Rasa holds its metadata"
        schema = json.load(file)["predict_schema"]
    return {str(node["uses"]) for node in schema["nodes"].values()}


def is_enough_for(model: str) -> bool:
    return all(uses.startswith(DO_WITHOUT) for uses in components(model))


def install() -> None:
    """Before Rasa is imported."""
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Finder())


class _AbsentType(type):
    """A name of TensorFlow: has further names, may be inherited from, decorates and annotates."""

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return Absent

    def __call__(cls, *given: Any, **named: Any) -> Any:
        if cls is not Absent:
            raise RuntimeError(f"{cls.__name__} needs TensorFlow, which is not loaded here")
        is_decorator = len(given) == 1 and callable(given[0]) and not named
        return given[0] if is_decorator else Absent

    def __getitem__(cls, _: Any) -> Any:
        return Absent

    def __or__(cls, _: Any) -> Any:
        return Absent

    __ror__ = __or__


class Absent(metaclass=_AbsentType):
    """Stands for everything that TensorFlow would have."""


class _Module(types.ModuleType):
    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return Absent


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(
        self, name: str, path: Sequence[str] | None, target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if name.split(".")[0] not in PACKAGES:
            return None
        return importlib.machinery.ModuleSpec(name, self, is_package=True)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType:
        return _Module(spec.name)

    def exec_module(self, module: types.ModuleType) -> None:
        """There is nothing to run."""
