"""Rasa calls our actions; what they raise is answered, logged and known to the turn."""

import http.client
import json
import socket
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.interfaces import ActionExecutionRejection

from careline.assistant.action_server import serving_actions
from careline.assistant.actions_route import actions_route
from careline.assistant.calls import LARGEST_HEAD, Calls
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


class Dawdles(Action):
    """Runs until it is told to go on."""

    begun = threading.Event()
    may_end = threading.Event()

    def name(self) -> str:
        return "action_dawdle"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> list[Any]:
        self.begun.set()
        assert self.may_end.wait(20)
        return [{"event": "slot", "name": "done", "value": True}]


@pytest.fixture
def failures() -> ActionFailures:
    return ActionFailures()


@pytest.fixture
def route(failures: ActionFailures) -> Iterator[httpx.Client]:
    answer = actions_route([Greets(), Breaks(), Declines(), Dawdles()], failures)
    with (
        serving_actions("127.0.0.1", 0, answer) as server,
        httpx.Client(base_url=f"http://127.0.0.1:{server.port}") as client,
    ):
        yield client


def call(name: str) -> dict[str, Any]:
    tracker = {"sender_id": "cnv_1", "slots": {}, "latest_message": {}, "events": []}
    return {"next_action": name, "sender_id": "cnv_1", "tracker": tracker}


def test_an_action_runs_and_answers_in_rasas_shape(route: httpx.Client) -> None:
    answer = route.post("/webhook", json=call("action_greet"))
    assert answer.status_code == 200
    assert answer.json()["responses"][0]["text"] == "hello cnv_1"
    assert answer.json()["events"][0]["name"] == "met"


def test_a_compressed_call_is_read(route: httpx.Client) -> None:
    body = zlib.compress(json.dumps(call("action_greet")).encode())
    answer = route.post("/webhook", content=body, headers={"Content-Encoding": "deflate"})
    assert answer.status_code == 200


def test_an_action_that_raises_is_remembered_once(
    route: httpx.Client, failures: ActionFailures
) -> None:
    answer = route.post("/webhook", json=call("action_break"))
    assert answer.status_code == 500  # 400 would say that the action declines
    assert answer.json() == {"error": "action_break raised", "action_name": "action_break"}
    assert failures.take("cnv_1") == "action_break"
    assert failures.take("cnv_1") is None


def test_an_action_that_declines_has_not_failed(
    route: httpx.Client, failures: ActionFailures
) -> None:
    assert route.post("/webhook", json=call("action_decline")).status_code == 400
    assert failures.take("cnv_1") is None


def test_an_unknown_action_is_a_failure(route: httpx.Client, failures: ActionFailures) -> None:
    assert route.post("/webhook", json=call("action_none")).status_code == 404
    assert failures.take("cnv_1") == "action_none"


def test_health_and_the_list_of_actions(route: httpx.Client) -> None:
    assert route.get("/health").json()["actions"] == 4
    assert {"name": "action_greet"} in route.get("/actions").json()
    assert route.post("/webhook", content=b"{").status_code == 400


def test_a_connection_stays_open_for_the_next_call(route: httpx.Client) -> None:
    line = http.client.HTTPConnection("127.0.0.1", route.base_url.port or 0)
    try:
        for _ in range(3):
            line.request("POST", "/webhook", json.dumps(call("action_greet")))
            answer = line.getresponse()
            assert (answer.status, answer.will_close) == (200, False)
            assert json.loads(answer.read())["responses"]
    finally:
        line.close()


@contextmanager
def open_line(route: httpx.Client) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", route.base_url.port or 0), timeout=20) as line:
        yield line


def as_bytes(said: dict[str, Any], *headers: str) -> bytes:
    body = json.dumps(said).encode()
    lines = ("POST /webhook HTTP/1.1", "host: here", f"CONTENT-LENGTH: {len(body)}", *headers)
    return "\r\n".join([*lines, "", ""]).encode() + body


def answers(line: socket.socket, many: int) -> list[tuple[int, Any]]:
    """Status and JSON of the next answers on the line."""
    found = []
    with line.makefile("rb") as said:
        for _ in range(many):
            status = int(said.readline().split()[1])
            headers = dict(one.split(b": ") for one in iter(said.readline, b"\r\n"))
            found.append((status, json.loads(said.read(int(headers[b"Content-Length"])))))
    return found


def is_closed(line: socket.socket) -> bool:
    return line.recv(1) == b""


def test_a_call_that_comes_in_pieces_is_put_together(route: httpx.Client) -> None:
    with open_line(route) as line:
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, True)
        for byte in as_bytes(call("action_greet")):
            line.sendall(bytes([byte]))
        ((status, answer),) = answers(line, 1)
    assert (status, answer["responses"][0]["text"]) == (200, "hello cnv_1")


def test_calls_that_come_together_are_answered_in_their_order(route: httpx.Client) -> None:
    other = {**call("action_greet"), "tracker": {**call("")["tracker"], "sender_id": "cnv_2"}}
    with open_line(route) as line:
        line.sendall(as_bytes(call("action_greet")) + as_bytes(other) + as_bytes(call("none")))
        first, second, third = answers(line, 3)
    said = [answer["responses"][0]["text"] for _, answer in (first, second)]
    assert said == ["hello cnv_1", "hello cnv_2"]
    assert third[0] == 404


def test_a_connection_takes_many_and_large_calls(route: httpx.Client) -> None:
    large = {**call("action_greet"), "domain": {"said": "x" * 200_000}}
    with open_line(route) as line:
        for said in (large, call("action_greet"), large, *[call("action_greet")] * 400):
            line.sendall(as_bytes(said))
            assert answers(line, 1)[0][0] == 200


def test_who_asks_for_it_has_the_connection_closed_after_the_answer(route: httpx.Client) -> None:
    with open_line(route) as line:
        line.sendall(as_bytes(call("action_greet"), "Connection: close"))
        assert answers(line, 1)[0][0] == 200
        assert is_closed(line)
    with open_line(route) as line:
        line.sendall(b"GET /health HTTP/1.0\r\n\r\n")
        assert answers(line, 1) == [(200, {"status": "ok", "actions": 4})]
        assert is_closed(line)


@pytest.mark.parametrize(
    ("said", "status"),
    [
        (b"hello\r\n\r\n", 400),
        (b"POST /webhook HTTP/1.1\r\nContent-Length: many\r\n\r\n", 400),
        (b"POST /webhook HTTP/1.1\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}", 400),
        (b"POST /webhook HTTP/1.1\r\n\r\n{}", 411),
        (b"POST /webhook HTTP/1.1\r\nContent-Length: 4194305\r\n\r\n", 413),
    ],
)
def test_what_is_no_call_is_refused_and_ends_the_connection(
    route: httpx.Client, said: bytes, status: int
) -> None:
    with open_line(route) as line:
        line.sendall(as_bytes(call("action_greet")) + said)
        before, refused = answers(line, 2)
        assert before[0] == 200
        assert refused[0] == status
        assert refused[1]["error"]
        assert is_closed(line)


def test_a_head_without_an_end_is_refused() -> None:
    calls = Calls()
    assert not calls.read(b"POST /webhook HTTP/1.1\r\nX-Long: ")
    for _ in range(LARGEST_HEAD // 1024):
        assert calls.unreadable is None
        assert not calls.read(b"x" * 1024)
    calls.read(b"x")
    assert calls.unreadable is not None
    assert calls.unreadable.status == 431


def test_half_a_call_that_is_never_finished_is_let_go(route: httpx.Client) -> None:
    with open_line(route) as line:
        line.sendall(as_bytes(call("action_greet"))[:-10])
        line.shutdown(socket.SHUT_WR)
        assert is_closed(line)
    assert route.get("/health").status_code == 200


def test_a_body_that_cannot_be_read_is_refused_in_words(route: httpx.Client) -> None:
    in_parts = route.post("/webhook", content=iter([b"{}"]))
    assert in_parts.status_code == 411
    squashed = route.post("/webhook", content=b"{}", headers={"Content-Encoding": "deflate"})
    assert squashed.status_code == 400
    assert "compressed" in squashed.json()["error"]
    huge = {"Content-Length": str(10**9)}
    line = http.client.HTTPConnection("127.0.0.1", route.base_url.port or 0)
    try:
        line.request("POST", "/webhook", headers=huge)
        assert line.getresponse().status == 413
    finally:
        line.close()


def test_an_action_that_runs_when_the_server_stops_is_still_answered(
    failures: ActionFailures,
) -> None:
    answered = []

    def ask(port: int) -> None:
        answered.append(httpx.post(f"http://127.0.0.1:{port}/webhook", json=call("action_dawdle")))

    with serving_actions("127.0.0.1", 0, actions_route([Dawdles()], failures)) as server:
        asking = threading.Thread(target=ask, args=(server.port,))
        asking.start()
        assert Dawdles.begun.wait(20)
        stopping = threading.Thread(target=server.shutdown)
        stopping.start()
        stopping.join(20)
        Dawdles.may_end.set()
    asking.join(20)
    assert answered[0].json()["events"][0]["name"] == "done"
