"""Several workers of Rasa: a conversation stays with one, and none waits for one that is gone."""

import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import timedelta

import pytest

from careline.assistant.client import RasaAssistant
from careline.assistant.failures import ActionFailures
from careline.assistant.lines import Line, Lines, NoReply
from careline.conversation.ports import AssistantUnavailable, Question
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


def test_a_conversation_stays_with_its_worker_and_both_have_some(workers: list[FakeRasa]) -> None:
    with assistant(*(worker.url for worker in workers)) as rasa:
        for turn in range(2):
            for conversation in MANY:
                rasa.ask(Question(conversation, f"{conversation}:{turn}", "hello"))
    first, second = (asked(worker) for worker in workers)
    assert first | second == set(MANY)
    assert not first & second
    assert min(len(first), len(second)) > len(MANY) / 5


def test_with_one_worker_gone_the_others_answer_for_it(workers: list[FakeRasa]) -> None:
    with assistant(NOBODY, workers[0].url) as rasa:
        for conversation in MANY:
            assert rasa.ask(Question(conversation, conversation, "hello")).replies
    assert asked(workers[0]) == set(MANY)


def test_when_one_goes_only_its_conversations_move() -> None:
    both, one = Lines(["http://a", "http://b"], {}), Lines(["http://a"], {})
    of_a = [each for each in MANY if both.for_conversation(each)[0].url == "http://a"]
    assert 0 < len(of_a) < len(MANY)
    assert all(one.for_conversation(each)[0].url == "http://a" for each in of_a)


def test_all_gone_is_said_and_so_is_one_that_is_not_well(workers: list[FakeRasa]) -> None:
    with (
        assistant(NOBODY, NOBODY) as rasa,
        pytest.raises(AssistantUnavailable, match="cannot be reached"),
    ):
        rasa.ask(Question("cnv_1", "msg_1", "hello"))
    with assistant(workers[0].url, NOBODY) as rasa, pytest.raises(AssistantUnavailable):
        rasa.health()


def test_a_connection_that_was_closed_meanwhile_is_not_used_again() -> None:
    """Each connection is closed after one answer, without having said so."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        (line,) = Lines([f"http://127.0.0.1:{server.getsockname()[1]}"], {}).all
        for _ in range(2):
            once = threading.Thread(target=_answer_one, args=[server])
            once.start()
            assert line.send("GET", "/", None, 5).body == b"ok"
            once.join()
        line.close()


OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\no\r\n1\r\nk\r\n0\r\n\r\n"


@pytest.mark.parametrize("whole", [OK, CHUNKED])
def test_an_answer_in_pieces_is_put_together(whole: bytes) -> None:
    with answered_with(*(whole[place : place + 1] for place in range(len(whole)))) as line:
        assert line.send("POST", "/", b"{}", 5).body == b"ok"


@pytest.mark.parametrize(
    "answer",
    [b"", OK[:-1], CHUNKED[:-7], b"SSH-2.0-OpenSSH_9.7\r\n", b"HTTP/1.1 200 OK\r\n\r\n"],
)
def test_what_is_no_whole_answer_is_none(answer: bytes) -> None:
    with answered_with(answer) as line, pytest.raises(NoReply):
        line.send("POST", "/", b"{}", 5)


def test_one_that_says_nothing_is_waited_for_no_longer_than_asked() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as silent,
        closing(line_to(silent)) as line,
        pytest.raises(TimeoutError),
    ):
        line.send("POST", "/", b"{}", 0.05)


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
