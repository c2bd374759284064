"""Every form bends alike: what customers do in place of answering, in each of them once."""

from collections.abc import Iterator
from itertools import count

import pytest

from tests.customers.market import open_shop_for
from tests.customers.questions import read
from tests.flows import processes
from tests.flows.chat import Chat, Shop, open_shop
from tests.flows.forms import FORMS, visits
from tests.flows.processes import Bot

OFFERS = ("cancel", "billing")  # here "yes" is an answer


@pytest.fixture(scope="module")
def shop(bot: Bot, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    state = tmp_path_factory.mktemp("forms") / "var"
    open_shop_for(state, processes.ROOT, [visit for form in FORMS for visit in visits(form)], 1)
    settings = processes.app_settings(state, bot)
    with processes.app_process(settings), open_shop(settings) as opened:
        yield opened


@pytest.fixture(scope="module")
def places() -> dict[str, Iterator[int]]:
    return {form: count() for form in FORMS}


@pytest.fixture(params=FORMS)
def form(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def chat(shop: Shop, form: str, places: dict[str, Iterator[int]]) -> Chat:
    """A conversation in which the form's question is open."""
    opening = FORMS[form].opening
    opened = shop.customer(visits(form)[next(places[form])].ref).opens_chat()
    opened.says(opening)
    assert asks_again(opened, form), opened.said
    return opened


def asks_again(chat: Chat, form: str) -> bool:
    """The same thing is asked for still, in the same words or in those of asking once more."""
    return chat.mode == "bot" and read(chat.replies, chat.mode).asked == FORMS[form].asks


def test_question_marks_get_the_question_again_and_then_a_person(chat: Chat, form: str) -> None:
    chat.says("??")
    assert asks_again(chat, form)
    chat.says("???")
    assert chat.record()["handover_reason"] == "not_understood_twice"


def test_a_photo_in_place_of_words_is_kept_and_the_question_stands(
    chat: Chat, form: str, photo: bytes
) -> None:
    chat.sends(photo)
    assert asks_again(chat, form)
    assert chat.cases() == []


def test_a_question_aside_is_answered_and_the_question_stands(chat: Chat, form: str) -> None:
    said = chat.says("are you a robot?")
    assert "I'm a bot" in said
    assert asks_again(chat, form)


def test_who_said_it_already_gets_an_apology_and_the_question(chat: Chat, form: str) -> None:
    said = chat.says("I already told you that")
    assert "Sorry for asking twice" in said
    assert asks_again(chat, form)


def test_letting_it_go_changes_nothing(chat: Chat, form: str) -> None:
    said = chat.says("never mind, forget it")
    assert "dropped" in said or "leave it there" in said
    assert (chat.mode, chat.cases()) == ("bot", [])


def test_a_person_is_got_at_once_with_what_was_said(chat: Chat, form: str) -> None:
    chat.says("I'd like to talk to a human being")
    record = chat.record()
    assert (record["mode"], record["handover_reason"]) == ("queued", "asked_for")
    assert FORMS[form].opening in record["handover_summary"]


def test_hm_agrees_to_nothing(chat: Chat, form: str) -> None:
    chat.says("hm")
    assert [case for case in chat.cases() if case["state"] == "resolved"] == []


def test_a_bare_yes_to_a_question_that_it_does_not_answer_does_nothing(
    chat: Chat, form: str
) -> None:
    if form in OFFERS:
        pytest.skip("yes is an answer here")
    chat.says("yes")
    assert [case for case in chat.cases() if case["state"] == "resolved"] == []
