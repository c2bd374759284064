"""The simulated customers cover what people write about, in words of their own."""

import re
import unicodedata

import pytest

from tests.customers.goals import VOICES, Goal, all_goals, voices
from tests.words import ROOT, yaml

GOALS = all_goals()
LEAST = 44
SHORT_ANSWER = 3  # words; "yes" and "the boots" belong to everybody


def plain(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(re.findall(r"\w+", folded))


def training_sentences() -> set[str]:
    found = set()
    for file in (ROOT / "data" / "nlu").glob("*.yml"):
        for entry in yaml(str(file))["nlu"]:
            for line in str(entry.get("examples", "")).splitlines():
                sentence = re.sub(r"\[([^\]]*)\](?:\([^)]*\)|\{[^}]*\})", r"\1", line)
                found.add(plain(sentence.removeprefix("- ")))
    return found


def simulated_sentences() -> set[str]:
    of_goals = [text for goal in GOALS for text in goal.opening.values()]
    said = [said for goal in GOALS for said in goal.interrupts.values()]
    of_goals += [one if isinstance(one, str) else one["says"] for one in said]
    of_goals += [text for goal in GOALS for text in (*goal.then, goal.restates)]
    of_voices = [text for voice in voices().values() for texts in voice.values() for text in texts]
    return {text for text in of_goals + of_voices if len(plain(text).split()) > SHORT_ANSWER}


def test_no_simulated_sentence_is_training_data() -> None:
    known = training_sentences()
    both = [text for text in sorted(simulated_sentences()) if plain(text) in known]
    assert both == []


def test_there_are_goals_enough_for_all_kinds_of_case() -> None:
    assert len(GOALS) >= LEAST
    kinds = {case["kind"] for goal in GOALS for case in goal.ends}
    assert kinds == {
        "wrong_item", "faulty", "missing", "delivery", "return", "exchange", "refund", "cancel",
        "change", "billing", "complaint", "suggestion",
    }  # fmt: skip


def test_every_voice_can_say_everything() -> None:
    assert set(voices()) == set(VOICES)
    assert len({frozenset(voice) for voice in voices().values()}) == 1


@pytest.mark.parametrize("goal", GOALS, ids=lambda goal: goal.name)
def test_a_goal_has_words_for_each_voice_and_an_end_that_can_be_seen(goal: Goal) -> None:
    assert set(goal.opening) == set(VOICES)
    assert goal.ends or goal.hears or goal.to_a_person
