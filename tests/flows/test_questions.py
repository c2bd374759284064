"""Questions about the shop are answered from the articles, whoever asks, and begin nothing."""

import pytest

from tests.flows.chat import Shop


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("What is your return policy?", "30 days"),
        ("Do you ship to France?", "seventeen countries"),
        ("are returns free?", "£3.50"),
        ("how long does a refund take?", "5 working days"),
    ],
)
def test_a_visitors_question_is_answered_and_not_taken_for_a_request(
    shop: Shop, question: str, answer: str
) -> None:
    chat = shop.visitor()
    said = chat.says(question)
    assert answer in said
    assert "/help/" in said
    assert "e-mail address" not in said
    assert chat.mode == "bot"


def test_after_the_answer_the_request_is_one_press_away(shop: Shop) -> None:
    chat = shop.visitor()
    chat.says("how do I return something?")
    if "Return something" in chat.buttons:
        assert "e-mail address" in chat.presses("Return something")
    else:
        assert "e-mail address" in chat.says("I want to return something")


def test_a_wish_of_a_visitor_still_begins_with_who_they_are(shop: Shop) -> None:
    chat = shop.visitor()
    assert "e-mail address" in chat.says("I'd like to return my shoes")
