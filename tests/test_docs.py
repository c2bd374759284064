"""The papers tell the truth: settings, commands, policies, links and decisions."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from careline.cli import cli
from careline.kit.settings import Settings
from tests.words import ROOT, whole_strings

OPERATE = (ROOT / "docs" / "operate.md").read_text(encoding="utf-8")
PAPERS = sorted(
    [
        *ROOT.glob("*.md"),
        *(ROOT / "docs").rglob("*.md"),
        *(ROOT / "deploy").rglob("*.md"),
        *(ROOT / "tests").glob("*.md"),
    ]
)
DECISIONS = sorted((ROOT / "docs" / "decisions").glob("*.md"))
HEADINGS = ["## Context", "## Decision", "## Consequences", "## What enforces it"]


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def as_written(value: Any) -> str:
    """A default as the table has it."""
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, timedelta):
        return f"P{value.days}D" if value.days else f"PT{int(value.total_seconds())}S"
    return str(value)


def documented_settings() -> dict[str, str]:
    rows = re.findall(r"^\| `CARELINE_(\w+)` \|([^|]*)\|", OPERATE, re.MULTILINE)
    return {name.lower(): default.strip().strip("`") for name, default in rows}


def test_every_setting_is_documented_with_its_default() -> None:
    real = {name: as_written(field.default) for name, field in Settings.model_fields.items()}
    assert documented_settings() == real


def test_every_variable_that_rasas_process_reads_is_documented() -> None:
    read = {text for text in whole_strings("bot") if re.fullmatch(r"CARELINE_[A-Z_]+", text)}
    assert {name for name in read if f"`{name}`" not in OPERATE} == set()


def _grouped_commands() -> set[str]:
    """Such as `user add`."""
    named = set()
    for group in cli.registered_groups:
        assert group.typer_instance is not None
        commands = group.typer_instance.registered_commands
        named |= {f"{group.name} {c.name or getattr(c.callback, '__name__', '')}" for c in commands}
    return named


def test_every_command_is_documented() -> None:
    real = {str(c.name or getattr(c.callback, "__name__", "")) for c in cli.registered_commands}
    real |= _grouped_commands()
    documented = set(re.findall(r"^\| `careline ((?:user |touches )?\w+)", OPERATE, re.MULTILINE))
    assert documented == real


def test_every_policy_file_is_documented() -> None:
    files = {path.name for path in (ROOT / "policies").glob("*.yml")}
    assert {name for name in files if f"`{name}`" not in OPERATE} == set()


@pytest.mark.parametrize("paper", PAPERS, ids=named)
def test_links_between_papers_lead_somewhere(paper: Path) -> None:
    text = paper.read_text(encoding="utf-8")
    links = re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", text)
    assert [link for link in links if not (paper.parent / link).exists()] == []


@pytest.mark.parametrize("paper", PAPERS, ids=named)
def test_make_targets_that_are_named_exist(paper: Path) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    commands = re.findall(r"(?:^|`)make ([a-z-]+)", paper.read_text(encoding="utf-8"), re.MULTILINE)
    assert set(commands) - targets == set()


@pytest.mark.parametrize("paper", PAPERS, ids=named)
def test_files_that_are_named_exist(paper: Path) -> None:
    text = paper.read_text(encoding="utf-8")
    paths = re.findall(
        r"`((?:src|tests|docs|actions|bot|policies|deploy|tools)/[\w./-]+\.\w+)`", text
    )
    assert [path for path in paths if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("decision", DECISIONS, ids=named)
def test_a_decision_has_its_parts_and_one_quotable_sentence(decision: Path) -> None:
    text = decision.read_text(encoding="utf-8")
    assert re.findall(r"^## .*$", text, re.MULTILINE) == HEADINGS
    assert text.split("## Decision\n\n")[1].startswith("> ")
    assert text.startswith(f"# {int(decision.name[:4])}. ")


def test_the_widgets_attributes_in_the_readme_are_those_it_reads() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    main = (ROOT / "widget" / "src" / "main.ts").read_text(encoding="utf-8")
    shown = set(re.findall(r"data-(\w+)=", readme))
    assert shown
    assert {name for name in shown if f"dataset.{name}" not in main} == set()


def test_what_changes_is_in_the_changelog() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert "## [Unreleased]" in changelog


@pytest.mark.parametrize("lock", sorted((ROOT / "requirements").glob("*.txt")), ids=named)
def test_a_lock_holds_versions_and_hashes_and_no_address(lock: Path) -> None:
    lines = [
        line for line in lock.read_text(encoding="utf-8").splitlines() if not line.startswith("#")
    ]
    assert lines
    assert [
        line
        for line in lines
        if not re.fullmatch(
            r"[A-Za-z0-9._\[\],-]+==[^\s]+( ; .+)? \\|    --hash=sha256:[0-9a-f]{64}( \\)?", line
        )
    ] == []
