"""Rasa calls our actions; what they raise is answered, logged and known to the turn."""

import json
import zlib
from typing import Any

import pytest
from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.interfaces import ActionExecutionRejection
from starlette.testclient import TestClient

from careline.assistant.actions_route import actions_app
from careline.assistant.failures import ActionFailures


class Greets(Action):
    def name(self) -> str:
        return "action_greet"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> list[Any]:
        dispatcher.utter_message(text=f"hello {tracker.sender_id}")
        return [{"event": "slot", "name": "met", "value": True}]


class Breaks(Action):
    def name(self) -> str:
        return "action_break"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> list[Any]:
        raise ZeroDivisionError


class Declines(Action):
    def name(self) -> str:
        return "action_decline"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> list[Any]:
        raise ActionExecutionRejection("action_decline", "not my turn")


@pytest.fixture
def failures() -> ActionFailures:
    return ActionFailures()


@pytest.fixture
def route(failures: ActionFailures) -> TestClient:
    return TestClient(actions_app([Greets(), Breaks(), Declines()], failures))


def call(name: str) -> dict[str, Any]:
    tracker = {"sender_id": "cnv_1", "slots": {}, "latest_message": {}, "events": []}
    return {"next_action": name, "sender_id": "cnv_1", "tracker": tracker}


def test_an_action_runs_and_answers_in_rasas_shape(route: TestClient) -> None:
    answer = route.post("/webhook", json=call("action_greet"))
    assert answer.status_code == 200
    assert answer.json()["responses"][0]["text"] == "hello cnv_1"
    assert answer.json()["events"][0]["name"] == "met"


def test_a_compressed_call_is_read(route: TestClient) -> None:
    body = zlib.compress(json.dumps(call("action_greet")).encode())
    answer = route.post("/webhook", content=body, headers={"Content-Encoding": "deflate"})
    assert answer.status_code == 200


def test_an_action_that_raises_is_remembered_once(
    route: TestClient, failures: ActionFailures
) -> None:
    answer = route.post("/webhook", json=call("action_break"))
    assert answer.status_code == 500  # 400 would say that the action declines
    assert answer.json() == {"error": "action_break raised", "action_name": "action_break"}
    assert failures.take("cnv_1") == "action_break"
    assert failures.take("cnv_1") is None


def test_an_action_that_declines_has_not_failed(
    route: TestClient, failures: ActionFailures
) -> None:
    assert route.post("/webhook", json=call("action_decline")).status_code == 400
    assert failures.take("cnv_1") is None


def test_an_unknown_action_is_a_failure(route: TestClient, failures: ActionFailures) -> None:
    assert route.post("/webhook", json=call("action_none")).status_code == 404
    assert failures.take("cnv_1") == "action_none"


def test_health_and_the_list_of_actions(route: TestClient) -> None:
    assert route.get("/health").json()["actions"] == 3
    assert {"name": "action_greet"} in route.get("/actions").json()
    assert route.post("/webhook", content=b"{").status_code == 400
