"""Where nothing of the model needs TensorFlow, Rasa is served without it; else with it."""

from __future__ import annotations

import importlib.util
import io
import json
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from bot import without_tensorflow

ROOT = Path(__file__).parents[2]
NEURAL = "rasa.nlu.classifiers.diet_classifier.DIETClassifier"
OURS = "bot.classifier.IntentClassification"


def model_of(folder: Path, *components: str) -> str:
    nodes = {str(place): {"uses": uses} for place, uses in enumerate(components)}
    metadata = json.dumps({"predict_schema": {"nodes": nodes}}).encode()
    with tarfile.open(folder / "model.tar.gz", "w:gz") as archive:
        entry = tarfile.TarInfo("metadata.json")
        entry.size = len(metadata)
        archive.addfile(entry, io.BytesIO(metadata))
    return str(folder / "model.tar.gz")


def run(code: str) -> subprocess.CompletedProcess[str]:
    """In a process that has not imported Rasa yet."""
    begin = "from bot import without_tensorflow; without_tensorflow.install()\n"
    return subprocess.run(
        [sys.executable, "-W", "ignore", "-c", begin + code],
        cwd=ROOT, capture_output=True, text=True, timeout=300,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("components", "is_enough"),
    [
        ([OURS, "rasa.core.policies.rule_policy.RulePolicy"], True),
        ([OURS, NEURAL], False),
        (["rasa.core.policies.ted_policy.TEDPolicy"], False),
        (["somebody.elses.Component"], False),
    ],
)
def test_only_a_model_of_components_that_are_known_to_do_without(
    tmp_path: Path, components: list[str], is_enough: bool
) -> None:
    model = model_of(tmp_path, *components)
    assert without_tensorflow.is_enough_for(model) is is_enough


@pytest.mark.parametrize("prefix", [p for p in without_tensorflow.DO_WITHOUT if p != "bot."])
def test_what_is_said_to_do_without_does(prefix: str) -> None:
    spec = importlib.util.find_spec(prefix.rstrip("."))
    assert spec is not None
    assert spec.origin is not None
    here = Path(spec.origin)
    files = here.parent.rglob("*.py") if here.name == "__init__.py" else [here]
    assert [f for f in files if "import tensorflow" in f.read_text()] == []


def test_a_neural_component_can_be_imported_and_says_what_is_missing_when_it_is_used() -> None:
    done = run(
        "from rasa.nlu.classifiers import diet_classifier\n"
        "from rasa.utils.tensorflow.models import RasaModel\n"
        "import tensorflow\n"
        "assert type(tensorflow).__module__ == 'bot.without_tensorflow'\n"
        "RasaModel()"
    )
    assert "RuntimeError: RasaModel needs TensorFlow" in done.stderr
