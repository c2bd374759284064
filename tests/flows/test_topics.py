"""Each topic once as a whole conversation, from the customer's words to the case on record."""

from typing import Any

import pytest

from tests.flows.chat import Chat, Customer, Shop


def outcome(chat: Chat) -> tuple[Any, ...]:
    """What the one case of the conversation says; its number was told to the customer."""
    case = chat.case()
    assert case["number"] in "\n".join(m["text"] for m in chat.history())
    return case["kind"], case.get("resolution"), case["state"], case["root_cause"], case["owner"]


def amount(chat: Chat) -> str:
    return str(chat.case()["amount"]["amount"])


def test_missing_item_is_sent_again(shop: Shop) -> None:
    yusuf = shop.customer("C1014")
    order, chat = yusuf.order(), yusuf.opens_chat()
    offer = chat.says("the plush whale is missing from the parcel")
    assert "Plush whale" in offer
    chat.says("yes")
    assert outcome(chat) == ("missing", "replacement", "resolved", "item_left_out", "warehouse")
    assert chat.case()["line"] == order["lines"][1]["id"]


def test_the_number_that_was_said_is_not_asked_again(shop: Shop) -> None:
    chat = shop.customer("C1015").opens_chat()
    offer = chat.says("two of the carafes are missing")
    assert "How many" not in offer
    assert "Glass carafe" in offer
    chat.presses("Refund $101.40")
    assert outcome(chat)[:3] == ("missing", "refund", "resolved")
    assert amount(chat) == "101.40"
    assert chat.case()["quantity"] == 2


def test_missing_parcel_that_is_lost_is_refunded(shop: Shop) -> None:
    lucia = shop.customer("C1044")
    chat = lucia.opens_chat()
    chat.says("my parcel never came")
    chat.says("refund")
    assert outcome(chat) == ("delivery", "refund", "resolved", "parcel_lost", "carrier")
    assert amount(chat) == "43.20"
    assert "€43.20" in chat.said
    assert chat.case()["order"] == lucia.order()["number"]


def test_late_parcel_is_traced(shop: Shop) -> None:
    sophie = shop.customer("C1042")
    chat = sophie.opens_chat()
    said = chat.says("where is my order?")
    assert "late" in said
    assert sophie.order()["number"] in said
    chat.presses("Yes, look into it")
    chat.presses("Yes, ask the carrier")
    assert outcome(chat) == ("delivery", "none", "open", "parcel_late", "carrier")
    assert chat.case()["promises"][0]["what"] == "trace_answered"


def test_order_status_names_the_carrier_and_the_day(shop: Shop) -> None:
    aoife = shop.customer("C1010")
    chat = aoife.opens_chat()
    said = chat.says("where's my order?")
    assert aoife.order()["number"] in said
    assert "on its way with An Post" in said
    assert chat.replies[0]["card"]["number"] == aoife.order()["number"]
    assert chat.cases() == []


def test_return_within_the_window_gives_a_label(shop: Shop) -> None:
    joao = shop.customer("C1009")
    chat = joao.opens_chat()
    chat.says("I'd like to send the jeans back")
    offer = chat.says("changed my mind")
    assert "R$458.00" in offer  # the price less the label, which is the customer's to pay
    chat.says("yes")
    assert "label" in chat.said
    assert outcome(chat) == ("return", "refund", "resolved", "changed_mind", "marketing")
    assert amount(chat) == "458.00"


def test_return_past_the_window_gives_store_credit(shop: Shop) -> None:
    chat = shop.customer("C1041").opens_chat()
    chat.says("I want to return my shoes")
    offer = chat.presses("Changed my mind")
    assert "days past the 30" in offer
    assert "£88.00" in offer
    chat.says("ok")
    assert outcome(chat) == ("return", "refund", "resolved", "changed_mind", "marketing")
    assert "store credit" in chat.said


def test_final_sale_is_refused_kindly_with_a_way_on(shop: Shop) -> None:
    chat = shop.customer("C1007").opens_chat()
    chat.says("I'd like to return the shorts")
    refusal = chat.says("changed my mind")
    assert "final-sale" in refusal
    assert "Talk to a person" in chat.buttons
    chat.presses("Leave it as it is")
    assert chat.cases() == []
    assert chat.mode == "bot"


def test_under_warranty_it_is_repaired(shop: Shop) -> None:
    deepika = shop.customer("C1016")
    chat = deepika.opens_chat()
    chat.says("my speaker stopped working")
    offer = chat.says("I can't take a photo")
    assert "under warranty" in offer
    chat.says("yes")
    assert outcome(chat)[:3] == ("faulty", "repair", "resolved")
    assert chat.case()["order"] == deepika.order_of("Dockside speaker")["number"]


def test_refund_status_says_what_and_when(shop: Shop) -> None:
    chat = shop.customer("C1011").opens_chat()
    said = chat.says("where is my refund?")
    assert "£64.80" in said
    assert "on its way to your Visa" in said
    assert chat.cases() == []


def test_late_refund_is_chased_by_a_person_without_being_asked(shop: Shop) -> None:
    chat = shop.customer("C1012").opens_chat()
    said = chat.says("I still haven't got my refund")
    assert "£51.20" in said
    assert chat.mode == "queued"
    assert outcome(chat) == ("refund", "handed_over", "handed_over", "refund_late", "finance")


def test_double_charge_is_paid_back(shop: Shop) -> None:
    chat = shop.customer("C1013").opens_chat()
    offer = chat.says("I was charged twice for my order")
    assert "$88.40 too much" in offer
    chat.presses("Yes, refund $88.40")
    assert outcome(chat) == ("billing", "refund", "resolved", "charged_twice", "finance")
    assert amount(chat) == "88.40"


def test_failed_payment_is_explained(shop: Shop) -> None:
    chat = shop.customer("C1045").opens_chat()
    said = chat.says("my payment failed")
    assert "nothing was taken" in said
    chat.presses("Leave it")
    assert chat.cases() == []


def test_change_of_address_and_then_of_size_and_then_cancelled(shop: Shop) -> None:
    jack = shop.customer("C1043")
    number = jack.order()["number"]
    chat = jack.opens_chat()
    said = chat.says("please change the delivery address to 12 Quay Street, Bristol BS1 4RB")
    assert f"Order {number} would go to 12 Quay Street, Bristol, BS1 4RB" in said
    chat.says("yes")
    said = chat.says("can I have the boots in size 42 instead of 41?")
    if "Which item" in said:
        said = chat.presses("Harbour boots")
    assert "change the **Harbour boots**" in said
    assert "size 42" in said
    chat.says("yes")
    said = chat.says("sorry, please cancel the order")
    assert "£113.00" in said
    chat.says("yes, cancel it")
    assert [(c["kind"], c["state"]) for c in chat.cases()] == [
        ("change", "resolved"), ("change", "resolved"), ("cancel", "resolved"),
    ]  # fmt: skip
    assert jack.order()["state"] == "cancelled"


def test_complaint_is_put_on_record_for_those_who_can_change_it(shop: Shop) -> None:
    chat = shop.customer("C1006").opens_chat()
    chat.says("your support was really rude to me last week")
    chat.presses("Just pass it on")
    assert outcome(chat) == ("complaint", "none", "resolved", "poor_service", "support")


def test_suggestion_has_an_owner_outside_support(shop: Shop) -> None:
    chat = shop.visitor()
    said = chat.says("I have an idea: you should wrap gifts in recycled paper")
    assert "case CL-" in said
    assert outcome(chat)[3:] == ("idea", "product")


def test_question_is_answered_from_help_with_its_link(shop: Shop) -> None:
    chat = shop.visitor()
    said = chat.says("do you have gift cards?")
    assert "/help/gift-cards" in said
    link = said.split("More: ")[1].split("#")[0]
    assert shop.client.get(link).status_code == 200


def test_greeting_thanks_and_goodbye(shop: Shop) -> None:
    chat = shop.visitor()
    assert "a bot" in chat.says("hello")
    assert "I'm a bot" in chat.says("am I talking to a bot?")
    assert chat.says("thank you") != ""
    assert "oodbye" in chat.says("bye")
    assert chat.mode == "bot"


@pytest.mark.parametrize("words", ["I want to talk to a person"])
def test_a_person_takes_over_with_a_summary_and_a_truthful_time(shop: Shop, words: str) -> None:
    haruka: Customer = shop.customer("C1008")
    chat = haruka.opens_chat()
    chat.says("my headphones are broken")
    said = chat.says(words)
    assert chat.mode == "queued"
    record = chat.record()
    assert "Foghorn headphones" in record["handover_summary"]
    assert "my headphones are broken" in record["handover_summary"]
    assert record["due_at"]  # and the customer was told
    assert "by" in said.rsplit("hear from", 1)[1]
    assert outcome(chat)[:3] == ("faulty", "handed_over", "handed_over")
    assert "conversation.handed_over" in haruka.touchpoints()
