"""A replacement is agreed, and then the customer would rather have the money."""

from tests.flows.chat import Chat, Shop


def agreed_on_a_new_one(chat: Chat) -> str:
    chat.says("the lantern lamp arrived broken")
    chat.says("I can't take a photo")
    assert "Done" in chat.says("yes")
    return str(chat.case()["number"])


def test_the_settled_case_is_recognised_and_a_colleague_swaps_it(shop: Shop) -> None:
    chat = shop.customer("C1006").opens_chat()
    number = agreed_on_a_new_one(chat)
    said = chat.says("actually I'd rather have my money back")
    assert number in said
    assert "Lantern table lamp" in said
    assert "What happened" not in said
    chat.presses("Talk to a person")
    record = chat.record()
    assert (record["mode"], record["handover_reason"]) == ("queued", "policy_exception")
    assert "wishes: refund" in record["handover_summary"]
    assert [case["kind"] for case in chat.cases()] == ["faulty", "refund"]


def test_it_may_stay_as_it_was_agreed(shop: Shop) -> None:
    chat = shop.customer("C1015").opens_chat()
    chat.says("two of the muffin boxes arrived mouldy")
    chat.says("yes")
    before = chat.cases()
    chat.says("I'd rather have my money back after all")
    chat.presses("Leave it as it is")
    assert chat.cases() == before
    assert chat.mode == "bot"


def test_money_back_for_something_else_is_another_request(shop: Shop) -> None:
    chat = shop.customer("C1014").opens_chat()
    chat.says("the plush whale was missing from the parcel")
    chat.says("yes")
    said = chat.says("and I'd like my money back for the puzzle")
    assert "What happened" in said
