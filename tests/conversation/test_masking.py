"""What must not be kept is not kept; what is needed stays."""

import pytest

from careline.conversation.masking import code_in, mask


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("my card is 4242 4242 4242 4242 ok", "my card is •••• 4242 ok"),
        ("5555-5555-5555-4444", "•••• 4444"),
        ("378282246310005", "•••• 0005"),
        ("cvv: 123", "cvv: ••••"),
        ("my password is hunter2!", "my password is ••••"),
        ('Password: "two words"', "Password: ••••"),
        ("pwd=geheim", "pwd=••••"),
    ],
)
def test_secrets_are_masked(said: str, kept: str) -> None:
    assert mask(said) == kept


@pytest.mark.parametrize(
    "said",
    [
        "order 10482 and 10483",
        "4242 4242 4242 4243",  # fails the check digit: not a card
        "tracking 00340434161094021501 please",
        "call me on +44 20 7946 0958",
        "my password is not working",
        "the password was rejected",
        "I forgot my password",
        "order 123-4567890-1234567",
        "0000 0000 0000 0000",
    ],
)
def test_what_is_no_secret_stays(said: str) -> None:
    assert mask(said) == said


def test_a_code_is_masked_while_one_is_awaited_and_an_order_number_is_not() -> None:
    assert mask("it is 123456", code_awaited=True) == "it is ••••••"
    assert mask("123 456", code_awaited=True) == "••••••"
    assert mask("1234567", code_awaited=True) == "••••••"
    assert mask("order 10482", code_awaited=True) == "order 10482"
    assert mask("it is 123456") == "it is 123456"


def test_the_code_in_a_message_is_found_when_there_is_one_only() -> None:
    assert code_in("here: 123456.") == "123456"
    assert code_in("123 456") == "123456"
    assert code_in("123456 or 654321") is None
    assert code_in("order 10482") is None
    assert code_in("00340434161094021501") is None
