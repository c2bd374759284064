"""STOP in the words that people use, and what only looks like it."""

from pathlib import Path

import pytest

from careline.conversation.stopping import Said, stop_or_start
from careline.service.policies import load_policies

POLICY = load_policies(Path(__file__).parents[2] / "policies").contact


@pytest.mark.parametrize(
    "text",
    ["STOP", "stop.", "Stop!!", "please stop", "stop please", "Stop all", "stop it", "stop sending "
     "me these", "Unsubscribe", "unsubscribe me", "opt out", "Opt-out please", "no more messages",
     "please stop messaging me", "STOP MESSAGING ME!!!", "leave me alone", "Stop writing to me"],
)  # fmt: skip
def test_after_a_touch_these_stop_it(text: str) -> None:
    assert stop_or_start(text, POLICY, answers_a_touch=True) is Said.STOP


@pytest.mark.parametrize(
    "text",
    ["stop the parcel", "stop, it's the wrong address", "non-stop beeping", "it won't stop leaking",
     "the kettle doesn't stop", "stopper is missing", "please stop my order 10482 from shipping",
     "unsubscribed from nothing, where is my order?", "", "start the return",
     "leave me alone with your excuses and send my money back or else I call my bank now"],
)  # fmt: skip
def test_these_are_about_something_else_even_after_a_touch(text: str) -> None:
    assert stop_or_start(text, POLICY, answers_a_touch=True) is None


def test_alone_it_means_the_request_in_hand() -> None:
    assert stop_or_start("stop", POLICY, answers_a_touch=False) is None
    assert stop_or_start("unsubscribe", POLICY, answers_a_touch=False) is Said.STOP
    assert stop_or_start("stop messaging me", POLICY, answers_a_touch=False) is Said.STOP


@pytest.mark.parametrize("text", ["START", "start.", "Subscribe", "opt in", "please start"])
def test_these_begin_again(text: str) -> None:
    assert stop_or_start(text, POLICY, answers_a_touch=False) is Said.START
