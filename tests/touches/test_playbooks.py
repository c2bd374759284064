"""A playbook that cannot be used says where it is wrong, and what is allowed there."""

import shutil
from pathlib import Path

import pytest

from careline.service.policies import PolicyError, load_policies
from careline.touches.loading import Known, load_playbooks
from tests.house import ROOT

OWNERS = load_policies(ROOT / "policies").owners.departments


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(ROOT / "playbooks", tmp_path / "playbooks"))


@pytest.mark.parametrize(
    ("file", "old", "new", "field", "advice"),
    [
        ("thank_you.yml", "purpose: service", "purpose: sales", "purpose", "one of service"),
        ("thank_you.yml", "hours: 20", "hours: soon", "wait.time.hours", "a whole number"),
        ("thank_you.yml", "priority: 20", "prioriti: 20", "prioriti", "unknown field"),
        ("win_back.yml", "when: {silence: {days: 120}}", "when: {}", "when", "exactly one of"),
        ("unboxing_check_in.yml", "utter_touch_unboxing", "utter_touch_x", "say", "no response"),
        ("thank_you.yml", "owner: marketing", "owner: nobody", "owner", "one of warehouse"),
        ("win_back.yml", "suggestion: suggestion", "suggestion: ideas", "replies.suggestion",
         "no topic of the bot"),
        ("win_back.yml", "complaint_about_service:", "complaining:", "replies.complaining",
         "no intent"),
        ("thank_you.yml", "say: utter", "channels: [whatsapp]\nsay: utter", "channels",
         "demands a template"),
        ("moment_of_magic.yml", "at_most: {days: 30}, then", "then", "wait", "belong together"),
        ("case_follow_up.yml", "keep_item, goodwill", "kept, goodwill", "whom.resolutions",
         "one of replacement"),
        ("anniversary.yml", "years: 1", "years: 1, days: 3", "when.every", "years alone"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_file_line_and_field(
    folder: Path, file: str, old: str, new: str, field: str, advice: str
) -> None:
    path = folder / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(PolicyError) as error:
        load_playbooks(folder, Known.of(ROOT / "domain.yml", OWNERS))
    found = [p for p in error.value.problems if field in p and advice in p]
    assert found, error.value.problems
    line = text[: text.index(old)].count("\n") + 1
    assert f"{file}, line {line}," in found[0]


def test_the_shipped_playbooks_name_only_what_there_is() -> None:
    known = Known.of(ROOT / "domain.yml", OWNERS)
    books = load_playbooks(ROOT / "playbooks", known)
    assert len(books) == 14
    assert [b.priority for b in books.values()] == sorted(
        (b.priority for b in books.values()), reverse=True
    )
