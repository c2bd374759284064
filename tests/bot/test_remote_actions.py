"""The repairs to Rasa's action calls: quicker, and as strict as before."""

import pytest
from jsonschema import ValidationError
from rasa.core.actions.action import RemoteAction

from bot import remote_actions


@pytest.fixture
def check():
    action = RemoteAction("action_any", None)
    checked = remote_actions.build_check()
    return lambda answer: checked(action, answer)


@pytest.mark.parametrize(
    "answer",
    [
        {"events": [], "responses": []},
        {"events": [{"event": "slot", "name": "a", "value": [1]}], "responses": [{"text": "hi"}]},
        {"events": [{"event": "followup", "name": "action_listen"}]},
    ],
)
def test_a_wellformed_answer_is_taken(check, answer):
    assert check(answer)


@pytest.mark.parametrize(
    "answer",
    [
        {"events": [{"event": "slot"}]},
        {"events": [{"event": "no such event"}]},
        {"events": {}},
        {"responses": ["text"]},
        [],
        None,
    ],
)
def test_a_malformed_answer_is_still_refused_with_the_action_named(check, answer):
    with pytest.raises(ValidationError, match="action_any"):
        check(answer)


def test_a_refusal_does_not_quote_the_answer(check):
    with pytest.raises(ValidationError) as refused:
        check({"responses": ["Anna Berg, 12 High Street"]})
    assert "Anna" not in str(refused.value.message)


def test_another_rasa_is_left_alone(monkeypatch):
    monkeypatch.setattr(remote_actions.rasa, "__version__", "3.7.0")
    assert remote_actions.install() is False
