"""A conversation bends: choices, corrections, side questions, several requests at once."""

from tests.flows.chat import Shop


def test_two_orders_fit_and_one_is_chosen_by_its_number_in_the_list(shop: Shop) -> None:
    priya = shop.customer("C1005")
    chat = priya.opens_chat()
    chat.says("I want to return my trainers")
    assert [b for b in chat.buttons if "Quayside trainers" in b] == [
        f"Quayside trainers, size 39, white ({priya.order(0)['number']})",
        f"Quayside trainers, size 40, grey ({priya.order(1)['number']})",
    ]
    chat.says("the second one")
    chat.says("never mind")
    assert "dropped" in chat.said or "leave it" in chat.said
    assert chat.cases() == []


def test_the_wrong_one_is_chosen_and_corrected_in_words(shop: Shop) -> None:
    priya = shop.customer("C1005")
    chat = priya.opens_chat()
    chat.says("I want to return my trainers")
    chat.presses("Quayside trainers, size 39, white")
    chat.says("no, the grey ones")
    chat.says("changed my mind")
    assert "£60.50" in chat.said
    chat.says("yes")
    assert chat.case()["line"] == priya.order(1)["lines"][0]["id"]


def test_the_order_number_alone_picks_the_order(shop: Shop) -> None:
    priya = shop.customer("C1005")
    number = priya.order(0)["number"]
    chat = priya.opens_chat()
    said = chat.says(f"where is order {number}?")
    assert f"Order {number} was delivered" in said


def test_a_side_question_is_answered_and_the_offer_stands(shop: Shop) -> None:
    haruka = shop.customer("C1008")
    chat = haruka.opens_chat()
    chat.says("my headphones stopped working")
    chat.presses("I can't take one")
    said = chat.says("do you have gift cards?")
    assert "/help/gift-cards" in said
    assert "Yes, send it" in chat.buttons
    chat.says("yes")
    assert chat.case()["resolution"] == "replacement"


def test_two_requests_in_one_message_are_both_done(shop: Shop) -> None:
    matilda = shop.customer("C1015")
    chat = matilda.opens_chat()
    chat.says(
        "One of the carafes arrived smashed. I also have an idea: you should pack glass in straw."
    )
    chat.presses("I can't take one")
    chat.presses("Yes, send it")
    assert [(c["kind"], c["state"]) for c in chat.cases()] == [
        ("faulty", "resolved"), ("suggestion", "resolved"),
    ]  # fmt: skip
    assert chat.cases()[0]["quantity"] == 1


def test_a_wish_in_words_outranks_the_offer(shop: Shop) -> None:
    camille = shop.customer("C1006")
    chat = camille.opens_chat()
    chat.says("two of the mugs are chipped")
    chat.says("ok but I'd rather have my money back")
    case = chat.case()
    assert (case["resolution"], case["quantity"]) == ("refund", 2)
    assert case["amount"] == {"amount": "42.24", "currency": "EUR"}


def test_a_no_gets_what_else_can_be_done(shop: Shop) -> None:
    camille = shop.customer("C1006")
    chat = camille.opens_chat()
    chat.says("the lantern lamp is broken")
    chat.says("I can't take a photo")
    chat.says("no")
    assert "instead" in chat.said
    chat.presses("Refund €56.64")
    assert chat.case()["amount"] == {"amount": "56.64", "currency": "EUR"}


def test_how_many_is_asked_and_answered_by_a_number(shop: Shop) -> None:
    camille = shop.customer("C1006")
    chat = camille.opens_chat()
    said = chat.says("some mugs are missing from the parcel")
    assert "How many" in said
    chat.says("1")
    chat.says("yes please")
    assert (chat.case()["kind"], chat.case()["quantity"]) == ("missing", 1)


def test_what_was_put_right_is_not_put_right_again(shop: Shop) -> None:
    lukas = shop.customer("C1002")
    first = lukas.opens_chat()
    first.says("I ordered croissants and you sent me muffins")
    first.says("yes")
    number = first.case()["number"]
    again = lukas.opens_chat()
    said = again.says("I ordered croissants and you sent me muffins")
    assert number in said
    assert "Talk to a person" in again.buttons
    assert again.cases() == []


def test_a_size_that_is_sold_out_is_not_promised(shop: Shop) -> None:
    joao = shop.customer("C1009")
    shop.sells_out("Chandler jeans", size="36")
    chat = joao.opens_chat()
    said = chat.says("can I exchange my jeans for size 36?")
    assert "36, indigo" not in " ".join(chat.buttons)
    assert "Shall I send it" not in said
    assert chat.buttons


def test_over_the_limit_a_person_approves_and_the_chat_is_queued(shop: Shop) -> None:
    grace = shop.customer("C1003")
    chat = grace.opens_chat()
    chat.says("the television was missing from the parcel")
    said = chat.presses("Refund £379.00")
    case = chat.case()
    assert (case["kind"], case["state"]) == ("missing", "waiting_approval")
    assert "£379.00 is more than I may approve by myself" in said
    assert case["number"] in said
    assert chat.mode == "queued"


def test_danger_goes_to_a_person_at_once(shop: Shop) -> None:
    aoife = shop.customer("C1010")
    chat = aoife.opens_chat()
    said = chat.says("the kettle is smoking and smells of fire")
    assert "stop using it" in said
    record = chat.record()
    assert (record["mode"], record["handover_reason"]) == ("queued", "safety")


def test_not_understood_twice_goes_to_a_person(shop: Shop) -> None:
    ava = shop.customer("C1004")
    chat = ava.opens_chat()
    chat.says("I want to return my jacket")
    chat.says("hm")
    chat.says("hm hm")
    assert chat.record()["handover_reason"] == "not_understood_twice"


def test_back_from_the_queue_the_assistant_goes_on(shop: Shop) -> None:
    amelia = shop.customer("C1001")
    chat = amelia.opens_chat()
    chat.says("can I speak to a real person")
    assert chat.mode == "queued"
    chat.says("hello?")
    chat.presses("Carry on with the assistant")
    assert chat.mode == "bot"
    assert "Harbour boots" in chat.says("I got the wrong item")
