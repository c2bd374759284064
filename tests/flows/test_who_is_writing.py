"""Nobody sees or changes an order who has not shown that it is theirs."""

import pytest

from tests.flows.chat import Chat, Shop


@pytest.fixture
def asked_for_address(shop: Shop) -> Chat:
    """A visitor who said what is wrong and was asked for the e-mail address."""
    chat = shop.visitor()
    assert "e-mail address" in chat.says("I got the wrong item")
    return chat


def test_the_right_code_opens_the_customers_orders(shop: Shop, asked_for_address: Chat) -> None:
    chat, address = asked_for_address, shop.email_of("C1001")
    chat.says(address)
    said = chat.says(shop.code_sent_to(address))
    assert said.startswith("Thank you, that's the right code.")
    assert "Harbour boots" in said
    assert chat.record()["verified_by"] == "code"
    chat.says("fine but it better not cost me anything")  # no yes, and the code was no riddle
    assert (chat.cases(), chat.record()["mode"]) == ([], "bot")
    chat.says("yes")
    if chat.cases() == []:
        chat.says("yes")
    assert chat.case()["kind"] == "wrong_item"


def test_an_unknown_address_gets_the_same_words_and_no_email(shop: Shop) -> None:
    known, unknown = shop.visitor(), shop.visitor()
    for chat in (known, unknown):
        chat.says("I got the wrong item")
    to_known = known.says(shop.email_of("C1002"))
    to_unknown = unknown.says("nobody.at.all@example.com")
    assert to_known == to_unknown
    shop.code_sent_to(shop.email_of("C1002"))
    assert shop.emails_to("nobody.at.all@example.com") == []
    assert unknown.says("123456").startswith("That isn't the code")


def test_a_wrong_code_may_be_tried_again_and_not_for_ever(
    shop: Shop, asked_for_address: Chat
) -> None:
    chat, address = asked_for_address, shop.email_of("C1003")
    chat.says(address)
    right = shop.code_sent_to(address)
    wrong = "111111" if right != "111111" else "222222"
    tries = 0
    while "isn't the code" in chat.says(wrong):
        tries += 1
        assert tries < 10
    assert "too many tries" in chat.said
    assert chat.mode == "queued"
    assert chat.record()["verified_by"] == ""
    chat.says(right)
    assert chat.record()["verified_by"] == ""


def test_codes_are_not_kept_in_the_record(shop: Shop, asked_for_address: Chat) -> None:
    chat, address = asked_for_address, shop.email_of("C1004")
    chat.says(address)
    code = shop.code_sent_to(address)
    chat.says(code)
    assert code not in str(chat.record())


def test_somebody_elses_order_number_is_like_a_wrong_one(shop: Shop) -> None:
    theirs = shop.customer("C1002").order()["number"]
    answers = []
    for number in (theirs, "98765"):
        chat = shop.customer("C1009").opens_chat()
        answers.append(chat.says(f"where is order {number}?").replace(number, "?????"))
    assert answers[0] == answers[1]
    assert "can't find an order ?????" in answers[0]


def test_a_visitor_sees_nothing_of_any_order(shop: Shop) -> None:
    order = shop.customer("C1005").order()
    chat = shop.visitor()
    chat.says(f"where is my order {order['number']}?")
    chat.says(f"I want to cancel order {order['number']}")
    chat.says(f"return {order['number']}")
    heard = "\n".join(m["text"] for m in chat.history() if m["author"] != "customer")
    assert "delivered" not in heard
    assert order["lines"][0]["product"] not in heard
    assert chat.cases() == []


def test_a_visitor_may_ask_and_leave_a_message(shop: Shop) -> None:
    chat = shop.visitor()
    chat.says("my parcel is late")
    said = chat.presses("Leave a message instead")
    assert "colleague" in said
    assert chat.record()["handover_summary"].endswith('said: "my parcel is late"')
