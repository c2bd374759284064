"""What is a question about the shop, and what is a wish about a thing of one's own."""

import pytest

from actions.help import is_about_the_shop

ANYBODY = [
    "What is your return policy?",
    "Do you ship to France?",
    "hi, how long do refunds take?",
    "are returns free",
    "how much is delivery",
    "will you deliver to Japan",
]
VISITORS_ONLY = [
    "can I return shoes?",
    "how do I return something",
    "Is it possible to exchange a gift?",
]
OF_THEIRS = [
    "can I return my shoes?",
    "what is happening with my refund?",
    "do you know where the parcel is",
    "how do I send it back",
    "can you cancel order 10482",
    "what about the boots I ordered",
    "is this refundable",
    "I want to return something",
    "where's my order?",
    "",
]


@pytest.mark.parametrize("text", ANYBODY)
def test_how_things_are_done_here_is_a_question_whoever_asks(text: str) -> None:
    assert is_about_the_shop(text, is_visitor=True)
    assert is_about_the_shop(text, is_visitor=False)


@pytest.mark.parametrize("text", VISITORS_ONLY)
def test_what_one_may_do_is_a_question_while_we_do_not_know_who_asks(text: str) -> None:
    assert is_about_the_shop(text, is_visitor=True)
    assert not is_about_the_shop(text, is_visitor=False)


@pytest.mark.parametrize("text", OF_THEIRS)
def test_what_is_theirs_is_no_question_about_the_shop(text: str) -> None:
    assert not is_about_the_shop(text, is_visitor=True)
