"""What a touch says: every playbook of ours, for customers of every kind, and never twice alike."""

import itertools
import re
import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from careline.bootstrap import read_playbooks
from careline.conversation.lines import STOP_PAYLOAD
from careline.journey.models import Touch
from careline.kit.settings import Settings
from careline.service.policies import PolicyError, load_policies
from careline.touches.facts import CustomerFacts, SentTouch
from careline.touches.loading import Known, Playbooks, load_playbooks
from careline.touches.wording import Unspeakable, Worded, Wording

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
LONDON = ZoneInfo("Europe/London")
NOBODY = CustomerFacts("cus_1", LONDON, "GB", "", "use", currency="GBP")
WORDS = Wording.load(ROOT / "domain.yml")
ABOUT = {"order": "10482", "case": "CL-100001", "product": "glass carafe"}


@pytest.fixture(scope="module")
def playbooks() -> Playbooks:
    owners = load_policies(ROOT / "policies").owners.departments
    return load_playbooks(ROOT / "playbooks", Known.of(ROOT / "domain.yml", owners))


def word(
    playbooks: Playbooks,
    name: str,
    *,
    touch: str = "tch_1",
    about: dict[str, Any] | None = None,
    who: str = "Ana Ruiz",
    locale: str = "en_GB",
    facts: CustomerFacts = NOBODY,
) -> Worded:
    row = Touch(id=touch, playbook=name, about=ABOUT if about is None else about)
    return WORDS.word(
        playbooks[name], row, name=who, locale=locale, zone=facts.zone, now=NOW, facts=facts
    )


@pytest.mark.parametrize("who", ["Ana Ruiz", "", "李娜"])
def test_every_playbook_of_ours_can_be_said_to_everybody(playbooks: Playbooks, who: str) -> None:
    for name in playbooks:
        for locale in ("en_GB", "de-AT", "ja", "nonsense"):
            worded = word(playbooks, name, who=who, locale=locale)
            shown = [worded.text, worded.subject, *(b["title"] for b in worded.buttons)]
            assert not [text for text in shown if "{" in text or not text]
            assert not [b for b in worded.buttons if "{touch}" in b["payload"]]


def test_nobody_hears_the_same_words_twice_running(playbooks: Playbooks) -> None:
    for name, book in playbooks.items():
        sent: tuple[SentTouch, ...] = ()
        texts = []
        for n in range(12):
            facts = replace(NOBODY, sent=sent)
            texts.append(word(playbooks, name, touch=f"tch_{n}", facts=facts).text)
            at = NOW + timedelta(days=n)
            sent = (*sent, SentTouch(f"tch_{n}", name, "", at, book.is_survey, book.safety))
        assert all(one != other for one, other in itertools.pairwise(texts)), name


def test_every_touch_is_two_sentences_and_says_how_to_stop(playbooks: Playbooks) -> None:
    """The first one too; only a warning says nothing of it, for STOP would not stop it."""
    before = SentTouch("tch_0", "delay_notice", "", NOW, is_survey=False, is_safety=False)
    everything = ABOUT | {k: v for given in KNOWN.values() for k, v in given.items()}
    for name, book in playbooks.items():
        for sent, about in itertools.product([(), (before,)], [ABOUT, everything]):
            facts = replace(NOBODY, sent=sent)
            for n in range(8):
                said = word(playbooks, name, touch=f"tch_{n}", about=about, facts=facts)
                assert len(re.findall(r"[.?!](?=\s|$)", said.text)) <= 2, said.text
                assert "STOP" not in said.text
                payloads = [button["payload"] for button in said.how_to_stop]
                assert payloads == ([] if book.safety else [STOP_PAYLOAD])


def test_money_and_days_are_those_of_the_customer(playbooks: Playbooks) -> None:
    yen = replace(NOBODY, currency="JPY", zone=ZoneInfo("Asia/Tokyo"))
    assert "JP¥900" in word(playbooks, "moment_of_magic", facts=yen).text
    assert "£5.00" in word(playbooks, "moment_of_magic").text
    late_evening = {"order": "10482", "expected_at": "2026-11-27T23:30:00+00:00"}
    days = {
        day
        for zone in (LONDON, ZoneInfo("Asia/Tokyo"))
        for n in range(8)
        for day in ("Friday 27 November", "Saturday 28 November")
        if day
        in word(
            playbooks, "delay_notice", touch=f"tch_{n}", about=late_evening,
            facts=replace(NOBODY, zone=zone),
        ).text
    }  # fmt: skip
    assert days == {"Friday 27 November", "Saturday 28 November"}


def test_a_day_that_is_past_is_not_promised(playbooks: Playbooks) -> None:
    about = {"order": "10482", "expected_at": "2026-11-20T12:00:00+00:00"}
    said = {word(playbooks, "delay_notice", touch=f"tch_{n}", about=about).text for n in range(8)}
    assert not [text for text in said if "November" in text]


KNOWN = {
    "when": {"expected_at": "2026-11-27T12:00:00+00:00"},
    "item": {"item": "Harbour boots"},
    "what": {"what": "the lid stays on"},
    "since": {"since": "2024-02-29T12:00:00+00:00"},
    "order": {"order": "10482"},
}
SHOWN = {"when": "Friday 27 November", "item": "Harbour boots", "what": "the lid stays on",
         "since": "29 February 2024", "order": "10482"}  # fmt: skip


def test_no_variant_denies_or_leaves_out_what_is_known_and_another_tells(
    playbooks: Playbooks,
) -> None:
    """Of a day that we know, "there's no new day yet" would be a lie."""
    always = {"case": "CL-100001", "product": "glass carafe", "order": "10482"}
    for name in playbooks:
        for told in itertools.product([False, True], repeat=len(KNOWN)):
            known = [field for field, is_told in zip(KNOWN, told, strict=True) if is_told]
            about = always | {k: v for field in known for k, v in KNOWN[field].items()}
            texts = {word(playbooks, name, touch=f"tch_{n}", about=about).text for n in range(8)}
            for field in known:
                telling = [text for text in texts if SHOWN[field] in text]
                assert telling in ([], [*texts]), (name, field, texts)
            if "when" in known:
                assert not [text for text in texts if "new day" in text]


def test_with_all_that_is_known_there_are_two_ways_to_say_it(playbooks: Playbooks) -> None:
    """Or the second delay of an order would be told in the words of the first."""
    everything = ABOUT | {k: v for given in KNOWN.values() for k, v in given.items()}
    for name in playbooks:
        texts = {word(playbooks, name, touch=f"tch_{n}", about=everything).text for n in range(30)}
        assert len(texts) > 1, name


def test_an_anniversary_names_the_day_and_claims_no_other(playbooks: Playbooks) -> None:
    about = {"order": "1", "since": "2025-11-22T23:30:00+00:00"}
    for zone, day in ((LONDON, "22 November 2025"), (ZoneInfo("Asia/Tokyo"), "23 November 2025")):
        facts = replace(NOBODY, zone=zone)
        for n in range(8):
            text = word(playbooks, "anniversary", touch=f"tch_{n}", about=about, facts=facts).text
            assert day in text
            assert "this very day" not in text


def test_a_survey_has_every_number_of_its_scale(playbooks: Playbooks) -> None:
    numbers = {
        name: [button["title"].split(" ")[0] for button in word(playbooks, name).buttons]
        for name, book in playbooks.items()
        if book.is_survey
    }
    assert numbers == {
        "case_follow_up": list("12345"),
        "csat_after_service": list("12345"),
        "review_request": list("12345"),
        "ces_after_return": list("1234567"),
        "nps_half_year": [*"0123456789", "10"],
    }


def test_what_cannot_be_said_is_an_error_and_no_half_sentence(playbooks: Playbooks) -> None:
    with pytest.raises(Unspeakable, match="utter_touch_thank_you"):
        word(playbooks, "thank_you", about={})


def test_words_that_could_fail_some_day_are_found_when_they_are_read(
    playbooks: Playbooks, tmp_path: Path
) -> None:
    assert WORDS.problems(playbooks) == []
    only_with_a_name = 'responses:\n  utter_touch_thank_you:\n    - text: "Thanks, {name}"\n'
    (tmp_path / "domain.yml").write_text(only_with_a_name)
    found = Wording.load(tmp_path / "domain.yml").problems({"thank_you": playbooks["thank_you"]})
    assert len(found) == 1
    assert "thank_you" in found[0]


def test_with_words_that_could_fail_some_day_nothing_starts(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "playbooks", tmp_path / "playbooks")
    shutil.copy(ROOT / "domain.yml", tmp_path)
    file = tmp_path / "playbooks" / "thank_you.yml"
    lines = [x for x in file.read_text().splitlines() if not x.startswith("subject:")]
    file.write_text("\n".join([*lines, 'subject: "A word to {name}"', ""]))
    settings, policies = Settings(home=tmp_path), load_policies(ROOT / "policies")
    with pytest.raises(PolicyError, match="thank_you: subject needs a field"):
        read_playbooks(settings, policies)
