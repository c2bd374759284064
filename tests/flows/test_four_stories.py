"""The four stories that the shop is measured by: put right within eight turns, and on record."""

import re

from tests.flows.chat import Chat, Shop

MOST_TURNS = 8


def said_case(chat: Chat) -> str:
    """The case number in the last answer."""
    found = re.search(r"CL-\d{6}", chat.said)
    assert found, chat.said
    return found[0]


def test_a_box_of_socks_instead_of_shoes(shop: Shop) -> None:
    amelia = shop.customer("C1001")
    order, chat = amelia.order(), amelia.opens_chat()
    offer = chat.says("Hi, I ordered boots and there was a box of socks in the parcel")
    assert f"**Harbour boots** from order {order['number']}" in offer
    assert "Shall I send the right one today" in offer
    done = chat.presses("Yes, send it")
    assert "Done" in done
    case = chat.case()
    assert case["number"] == said_case(chat)
    assert (case["kind"], case["resolution"], case["state"]) == (
        "wrong_item", "replacement", "resolved",
    )  # fmt: skip
    assert (case["order"], case["line"]) == (order["number"], order["lines"][0]["id"])
    assert (case["root_cause"], case["owner"]) == ("wrong_item_packed", "warehouse")
    assert chat.turns <= MOST_TURNS
    assert {"case.opened", "case.resolved"} <= set(amelia.touchpoints())
    promised = case["promises"][0]
    assert promised["what"] == "replacement_delivered"
    assert str(int(promised["due_on"][-2:])) in done  # the day that was said is the day on record


def test_a_croissant_ordered_and_a_muffin_received(shop: Shop) -> None:
    lukas = shop.customer("C1002")
    chat = lukas.opens_chat()
    offer = chat.says("I ordered croissants and got a muffin")
    assert "Croissant box" in offer
    assert "you keep what came" in offer  # fresh food is not fetched back
    chat.says("I'd rather have my money back")
    case = chat.case()
    assert case["number"] == said_case(chat)
    assert "€17.30" in chat.said
    assert case["amount"] == {"amount": "17.30", "currency": "EUR"}
    assert (case["kind"], case["resolution"], case["state"]) == ("wrong_item", "refund", "resolved")
    assert case["line"] == lukas.order()["lines"][0]["id"]
    assert chat.turns <= MOST_TURNS


def test_a_television_arrived_broken_and_a_photo_is_sent(shop: Shop, photo: bytes) -> None:
    grace = shop.customer("C1003")
    order, chat = grace.order(), grace.opens_chat()
    assert "photo" in chat.says("my new television arrived with a cracked screen")
    offer = chat.sends(photo)
    assert "Shall I send a new one today" in offer
    chat.says("yes please")
    case = chat.case()
    assert case["number"] == said_case(chat)
    assert (case["kind"], case["resolution"], case["state"]) == (
        "faulty", "replacement", "resolved",
    )  # fmt: skip
    assert case["order"] == order["number"]
    assert chat.turns <= MOST_TURNS


def test_a_jacket_that_does_not_fit_becomes_another_size(shop: Shop) -> None:
    ava = shop.customer("C1004")
    chat = ava.opens_chat()
    asked = chat.says("the jacket doesn't fit, it's too small")
    assert "another size or colour, or your money back" in asked
    offer = chat.presses("Another size")
    assert "size M, yellow" in offer
    offer = chat.says("actually make that a size L")
    assert "size L, yellow" in offer
    chat.says("ok")
    case = chat.case()
    assert case["number"] == said_case(chat)
    assert (case["kind"], case["resolution"], case["state"]) == ("exchange", "exchange", "resolved")
    assert case["root_cause"] == "does_not_fit"
    assert case["owner"] == "product"
    assert "size L, yellow" in chat.said
    assert chat.turns <= MOST_TURNS
