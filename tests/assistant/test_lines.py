"""Several workers of Rasa: a conversation stays with one, and none waits for one that is gone."""

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import timedelta

import pytest

from careline.assistant.client import RasaAssistant
from careline.assistant.failures import ActionFailures
from careline.assistant.lines import Line, Lines, NoReply
from careline.assistant.loop_lines import LoopLines
from careline.conversation.ports import ActionFailed, Answer, AssistantUnavailable, Question
from tests import loops
from tests.assistant.fake_rasa import FakeRasa, fake_rasa

NOBODY = "http://127.0.0.1:9"  # the discard port
MANY = [f"cnv_{number}" for number in range(40)]


@pytest.fixture
def workers() -> Iterator[list[FakeRasa]]:
    with ExitStack() as stack:
        yield [stack.enter_context(fake_rasa()) for _ in range(2)]


@contextmanager
def assistant(*urls: str) -> Iterator[RasaAssistant]:
    rasa = RasaAssistant(urls, "token", timedelta(seconds=5), ActionFailures())
    with closing(rasa):
        yield rasa


def asked(worker: FakeRasa) -> set[str]:
    return {body["conversation"] for body in worker.asked}


@pytest.fixture(params=["by threads", "on a loop"])
def way(request: pytest.FixtureRequest) -> "Way":
    return _in_a_thread if request.param == "by threads" else _on_a_loop


def answers(way: "Way", rasa: RasaAssistant, questions: list[Question]) -> list[Answer]:
    if way is _in_a_thread:
        return [rasa.ask(question) for question in questions]

    async def ask() -> list[Answer]:
        try:
            return [await rasa.ask_on_loop(question) for question in questions]
        finally:
            rasa.leave_loop()

    return loops.run(ask())


def test_a_conversation_stays_with_its_worker_and_both_have_some(
    workers: list[FakeRasa], way: "Way"
) -> None:
    with assistant(*(worker.url for worker in workers)) as rasa:
        for turn in range(2):
            answers(way, rasa, [Question(each, f"{each}:{turn}", "hello") for each in MANY])
    first, second = (asked(worker) for worker in workers)
    assert first | second == set(MANY)
    assert not first & second
    assert min(len(first), len(second)) > len(MANY) / 5


def test_with_one_worker_gone_the_others_answer_for_it(workers: list[FakeRasa], way: "Way") -> None:
    with assistant(NOBODY, workers[0].url) as rasa:
        given = answers(way, rasa, [Question(each, each, "hello") for each in MANY])
    assert all(answer.replies for answer in given)
    assert asked(workers[0]) == set(MANY)


def test_when_one_goes_only_its_conversations_move() -> None:
    both, one = Lines(["http://a", "http://b"], {}), Lines(["http://a"], {})
    of_a = [each for each in MANY if both.for_conversation(each)[0].url == "http://a"]
    assert 0 < len(of_a) < len(MANY)
    assert all(one.for_conversation(each)[0].url == "http://a" for each in of_a)


def test_all_gone_is_said_and_so_is_one_that_is_not_well(
    workers: list[FakeRasa], way: "Way"
) -> None:
    with (
        assistant(NOBODY, NOBODY) as rasa,
        pytest.raises(AssistantUnavailable, match="cannot be reached"),
    ):
        answers(way, rasa, [Question("cnv_1", "msg_1", "hello")])
    with assistant(workers[0].url, NOBODY) as rasa, pytest.raises(AssistantUnavailable):
        rasa.health()


@pytest.mark.parametrize("fault", ["status", "nonsense", "shape", "empty", "drop"])
def test_what_is_no_usable_answer_is_told_alike_both_ways(
    workers: list[FakeRasa], fault: str
) -> None:
    workers[0].fault = fault
    whys = []
    for each in (_in_a_thread, _on_a_loop):
        with (
            assistant(workers[0].url) as rasa,
            pytest.raises(AssistantUnavailable) as told,
        ):
            answers(each, rasa, [Question("cnv_1", "msg_1", "hello")])
        whys.append(told.value.why)
    assert whys[0] == whys[1]


def test_an_action_that_raised_says_more_than_the_answer(
    workers: list[FakeRasa], way: "Way"
) -> None:
    failures = ActionFailures()
    with closing(RasaAssistant([workers[0].url], "", timedelta(seconds=5), failures)) as rasa:
        workers[0].on_turn = lambda: failures.remember("cnv_1", "action_settle")
        with pytest.raises(ActionFailed, match="action_settle"):
            answers(way, rasa, [Question("cnv_1", "msg_1", "hello")])


def test_a_connection_that_was_closed_meanwhile_is_not_used_again(way: "Way") -> None:
    """Each connection is closed after one answer, without having said so."""
    with socket.create_server(("127.0.0.1", 0)) as server, closing(line_to(server)) as line:
        served: list[threading.Thread] = []

        def serve_one_more() -> None:
            for each in served:
                each.join()  # and the connection is closed
            served.append(threading.Thread(target=_answer_one, args=[server]))
            served[-1].start()

        assert way(line, 5, serve_one_more, serve_one_more) == [b"ok", b"ok"]
        served[-1].join()


OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\no\r\n1\r\nk\r\n0\r\n\r\n"


@pytest.mark.parametrize("whole", [OK, CHUNKED])
def test_an_answer_in_pieces_is_put_together(whole: bytes, way: "Way") -> None:
    with answered_with(*(whole[place : place + 1] for place in range(len(whole)))) as line:
        assert way(line, 5) == [b"ok"]


@pytest.mark.parametrize(
    "answer",
    [b"", OK[:-1], CHUNKED[:-7], b"SSH-2.0-OpenSSH_9.7\r\n", b"HTTP/1.1 200 OK\r\n\r\n"],
)
def test_what_is_no_whole_answer_is_none(answer: bytes, way: "Way") -> None:
    with answered_with(answer) as line, pytest.raises(NoReply):
        way(line, 5)


def test_one_that_says_nothing_is_waited_for_no_longer_than_asked(way: "Way") -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as silent,
        closing(line_to(silent)) as line,
        pytest.raises(TimeoutError),
    ):
        way(line, 0.05)


Way = Callable[..., list[bytes]]


def _nothing() -> None: ...


def _in_a_thread(line: Line, within: float, *before: Callable[[], None]) -> list[bytes]:
    """A question for each of `before`, which is called before it; one if there is none."""
    given = []
    for each in before or [_nothing]:
        each()
        given.append(line.send("POST", "/", b"{}", within).body)
    return given


def _on_a_loop(line: Line, within: float, *before: Callable[[], None]) -> list[bytes]:
    lines = Lines([], {})
    lines.all = [line]

    async def ask() -> list[bytes]:
        on_loop = LoopLines(lines)
        given = []
        try:
            for each in before or [_nothing]:
                await asyncio.to_thread(each)
                reply = await on_loop.send("cnv_1", "POST", "/", b"{}", within)
                given.append(reply.body)
        finally:
            on_loop.close()
        return given

    return loops.run(ask())


def line_to(server: socket.socket) -> Line:
    (line,) = Lines([f"http://127.0.0.1:{server.getsockname()[1]}"], {}).all
    return line


@contextmanager
def answered_with(*pieces: bytes) -> Iterator[Line]:
    with socket.create_server(("127.0.0.1", 0)) as server, closing(line_to(server)) as line:
        once = threading.Thread(target=_answer_one, args=[server, *pieces])
        once.start()
        yield line
        once.join()


def _answer_one(server: socket.socket, *pieces: bytes) -> None:
    connection, _ = server.accept()
    with connection:
        connection.recv(4096)
        for piece in pieces or [OK]:
            connection.sendall(piece)
