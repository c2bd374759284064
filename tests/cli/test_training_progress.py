"""Who waits for a training is told what it is at."""

import stat
from pathlib import Path

import pytest

from careline import training
from careline.kit.settings import Settings

RASA = """#!/bin/sh
echo "20:54:26 INFO  rasa.engine.training.hooks  - Starting to train component 'RulePolicy'."
echo "Processed rules: 50%" >&2
echo "20:54:27 INFO  bot.classifier  - progress: reading 5,000 sentences"
{end}
"""


def a_rasa(folder: Path, end: str) -> Settings:
    python = folder / "python"
    python.write_text(RASA.replace("{end}", end))
    python.chmod(python.stat().st_mode | stat.S_IXUSR)
    return Settings(home=folder, state=folder / "var", rasa_python=python)


def test_the_steps_are_said_and_all_lines_kept(tmp_path: Path) -> None:
    settings = a_rasa(tmp_path, "mkdir -p var/models; touch var/models/careline.tar.gz")
    steps: list[str] = []
    training.train(settings, steps.append)
    assert steps == ["starting Rasa", "rules", "reading 5,000 sentences"]
    assert "Processed rules: 50%" in (tmp_path / "var" / "log" / "train.log").read_text()
    assert training.is_current(settings)


def test_a_training_that_fails_says_why_and_leaves_no_note(tmp_path: Path) -> None:
    settings = a_rasa(tmp_path, 'echo "the domain is malformed"; exit 3')
    with pytest.raises(training.TrainingFailed, match="the domain is malformed"):
        training.train(settings)
    assert not training.is_current(settings)
