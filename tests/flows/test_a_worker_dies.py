"""Two of Rasa's workers, and one is killed in the middle: nothing is lost, nothing done twice."""

import os
import signal
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from pydantic import SecretStr

from careline import training
from careline.assistant.lines import Lines
from careline.kit.settings import Settings
from careline.supervisor import rasa_command
from tests.customers.market import open_shop_for
from tests.flows import processes
from tests.flows.chat import Chat, open_shop
from tests.flows.forms import FORMS, visits
from tests.flows.processes import Bot, Process, app_process, app_settings, free_port, wait_until

PATIENT = {"reply_within": "PT5S", "retry_after": "PT1S", "give_up_after": "10"}
MANY = 8  # conversations at once


class TwoWorkers(Bot):
    """Forks of one Rasa, as the supervisor runs it; of either the process is known."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.second = free_port()

    @property
    def url(self) -> str:
        return ",".join(self.urls)

    @property
    def urls(self) -> list[str]:
        return [f"http://127.0.0.1:{port}" for port in (self.port, self.second)]

    def start(self) -> None:
        settings = Settings(
            home=processes.ROOT,
            state=self.folder,
            rasa_url=self.url,
            rasa_token=SecretStr(self.token),
            actions_port=self.actions_port,
            rasa_database_url="",
        )
        (self.folder / "run").mkdir(parents=True)
        model = training.model_path(processes.trained_settings()).resolve()
        command = rasa_command(settings)
        command[command.index("--model") + 1] = str(model)
        env = training.rasa_environment(settings)
        self.process = Process("rasa", command, env, self.folder / "rasa.log")
        for place in range(2):
            self.wait_for(place)

    def wait_for(self, place: int) -> None:
        health = f"{self.urls[place]}/webhooks/careline/health"
        wait_until(
            lambda: processes.is_well(health, self.token),
            within=processes.START_WITHIN,
            what=f"worker {place + 1}",
        )

    def kill_worker(self, place: int) -> int:
        """As `kill -9`; the number of its process."""
        process = self._pid(place)
        os.kill(process, signal.SIGKILL)
        return process

    def keep_down(self, place: int) -> None:
        """One that dies young is started again after two seconds only: time for a turn."""
        first = self.kill_worker(place)
        wait_until(lambda: self._pid(place) != first, within=20, what="the worker that follows")
        self.kill_worker(place)

    def _pid(self, place: int) -> int:
        return int((self.folder / "run" / f"rasa-{place + 1}.pid").read_text())


@pytest.fixture(scope="module")
def workers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TwoWorkers]:
    started = TwoWorkers(tmp_path_factory.mktemp("workers"))
    try:
        started.start()
        yield started
    finally:
        started.stop()


@pytest.fixture
def chats(workers: TwoWorkers, tmp_path: Path) -> Iterator[list[Chat]]:
    """Customers with the question of a form before them, some at each worker."""
    planned = [visit for form in FORMS for visit in visits(form)]
    open_shop_for(tmp_path / "var", processes.ROOT, planned, 1)
    settings = app_settings(tmp_path / "var", workers, **PATIENT)
    with app_process(settings), open_shop(settings) as shop:
        opened = [shop.customer(visit.ref).opens_chat() for visit in visits("return")[:MANY]]
        for chat in opened:
            assert "Why are you sending back" in chat.says(FORMS["return"].opening)
        assert {place_of(chat, workers) for chat in opened} == {0, 1}
        yield opened


def place_of(chat: Chat, workers: TwoWorkers) -> int:
    """The worker that has the conversation."""
    lines = Lines(workers.urls, {})
    return workers.urls.index(lines.for_conversation(chat.id)[0].url)


@contextmanager
def all_say(chats: Sequence[Chat], words: str) -> Iterator[list[Future[str]]]:
    """At once; at the end each has been answered somehow, if only with an honest line."""
    with ThreadPoolExecutor(len(chats)) as pool:
        yield [pool.submit(chat.says, words) for chat in chats]


def heard(chat: Chat, words: str) -> bool:
    return any(words in m["text"] for m in chat.history() if m["author"] == "bot")


def all_heard(chats: Sequence[Chat], words: str) -> None:
    wait_until(lambda: all(heard(chat, words) for chat in chats), within=60, what=words)


def test_killed_between_two_questions_the_other_worker_goes_on_where_it_stood(
    chats: list[Chat], workers: TwoWorkers
) -> None:
    """It comes back and has its conversations again; what the other one knows of them is old."""
    turns = (("are you a robot?", "I'm a bot"), ("changed my mind", "label?"), ("yes", "Done"))
    for (words, answer), dies in zip(turns, (True, False, True), strict=True):
        if dies:
            workers.keep_down(0)
        with all_say(chats, words):
            pass
        all_heard(chats, answer)
        workers.wait_for(0)
    assert_done_once(chats)


def test_killed_in_the_middle_of_turns_each_is_done_once(
    chats: list[Chat], workers: TwoWorkers
) -> None:
    with all_say(chats, "changed my mind"):
        pass
    all_heard(chats, "label?")
    mine = [chat for chat in chats if place_of(chat, workers) == 0]
    with all_say(chats, "yes please"):
        wait_until(
            lambda: any(chat.cases() for chat in mine), within=20, what="a case of that worker"
        )
        workers.kill_worker(0)
    all_heard(chats, "Done")
    workers.wait_for(0)
    assert_done_once(chats)


def assert_done_once(chats: Sequence[Chat]) -> None:
    for chat in chats:
        case = chat.case()
        assert (case["kind"], case["resolution"], case["state"]) == ("return", "refund", "resolved")
        told = [m["text"] for m in chat.history() if m["author"] == "bot"]
        assert sum("Done" in text for text in told) == 1, told
        said = [m["text"] for m in chat.history() if m["author"] == "customer"]
        assert len(said) == len(set(said)), said
        assert chat.record()["mode"] == "bot"
