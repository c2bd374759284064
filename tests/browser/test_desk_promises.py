"""What a colleague promises while writing, and the pages that show news by themselves."""

from datetime import timedelta

import pytest
from playwright.sync_api import Locator, expect
from sqlalchemy import select

from careline.journey.models import Promise
from tests.browser import axe
from tests.browser.desk_page import Office, Seat, slow, someone
from tests.house import Chat

pytestmark = pytest.mark.browser


def ribbon(seat: Seat) -> Locator:
    return seat.page.locator("#composer .promise")


def kept_of(office: Office, chat: Chat) -> list[tuple[str, str]]:
    """What is written down of this conversation: what, and the words for it."""
    of = select(Promise).where(Promise.conversation_id == chat.id).order_by(Promise.key)
    with office.house.container.database.read() as session:
        return [(one.what, one.words or "") for one in session.scalars(of)]


def in_days(office: Office, days: int) -> str:
    return (office.house.clock.now().date() + timedelta(days=days)).isoformat()


def test_the_ribbon_opens_by_itself_and_follows_the_words(office: Office) -> None:
    chat = office.waiting(someone())
    lena = office.lena().hold(chat)
    lena.field.press_sequentially("I'll call you tomorrow")
    expect(ribbon(lena)).to_have_count(1)
    expect(lena.page.get_by_label("We promise")).to_have_value("our call")
    expect(lena.page.get_by_label("by", exact=True)).to_have_value(in_days(office, 1))
    assert axe.violations(lena.page) == []
    lena.field.press_sequentially(", and your refund is there within 3 days")
    expect(ribbon(lena)).to_have_count(2)
    lena.field.fill("I'll call you tomorrow")
    expect(ribbon(lena)).to_have_count(1)
    lena.field.fill("Thanks")
    expect(ribbon(lena)).to_have_count(0)
    lena.field.fill("I'll call you tomorrow")
    expect(ribbon(lena)).to_have_count(1)
    lena.page.get_by_label("We promise").fill("a call from the workshop")
    lena.page.reload()  # a draft of the ribbon, too
    expect(lena.page.get_by_label("We promise")).to_have_value("a call from the workshop")
    lena.field.press("Control+Enter")
    lena.sees("I'll call you tomorrow")
    assert kept_of(office, chat) == [("a call from the workshop", "I'll call you tomorrow")]


def test_what_is_no_promise_stays_none_while_the_sentence_goes_on(office: Office) -> None:
    chat = office.waiting(someone())
    lena = office.lena().hold(chat)
    lena.field.press_sequentially("We will see on Friday")
    lena.button("Not a promise").click()
    expect(ribbon(lena)).to_have_count(0)
    expect(lena.field).to_be_focused()
    with lena.page.expect_response("**/promised"):
        lena.field.press_sequentially(" what it was")
    lena.field.press("Control+Enter")
    lena.sees("We will see on Friday what it was")
    assert kept_of(office, chat) == []


def test_a_quick_key_loses_no_promise_and_says_what_was_written_down(office: Office) -> None:
    chat = office.waiting(someone())
    lena = office.lena().hold(chat)
    with slow(lena.page, "**/promised"):
        lena.write("Your parcel will arrive tomorrow.")
        expect(lena.page.locator("#toasts")).to_contain_text("promised: your parcel by")
    assert kept_of(office, chat) == [("parcel_delivered", "Your parcel will arrive tomorrow")]


def test_a_note_promises_nothing(office: Office) -> None:
    chat = office.waiting(someone())
    lena = office.lena().hold(chat)
    lena.press("Escape", "n")
    lena.write("I'll call them tomorrow")
    lena.sees("I'll call them tomorrow")
    expect(ribbon(lena)).to_have_count(0)
    assert kept_of(office, chat) == []


def test_the_words_of_a_hand_back_have_a_ribbon_too(office: Office) -> None:
    chat = office.waiting(someone())
    lena = office.lena().hold(chat)
    lena.press("Escape", "b")
    lena.dialog.get_by_label("In your words").fill("The new one is with you tomorrow")
    expect(lena.dialog.get_by_label("We promise")).to_have_value("your replacement")
    assert axe.violations(lena.page) == []
    lena.dialog.get_by_label("We promise").fill("the blue boots")
    lena.in_dialog("Hand back").click()
    expect(lena.dialog).to_be_hidden()
    assert kept_of(office, chat) == [("the blue boots", "The new one is with you tomorrow")]


def test_the_page_of_promises_shows_news_by_itself(office: Office) -> None:
    chat = office.waiting(someone())
    lena, tom = office.lena().hold(chat), office.tom().look("/desk/promises")
    lena.write("I'll call you today about the zip.")
    card = tom.page.locator(".card", has_text="about the zip")
    expect(card).to_have_count(1)
    lena.look("/desk/promises")
    lena.page.locator(".card", has_text="about the zip").get_by_role(
        "button", name="Was no promise"
    ).click()
    expect(card).to_have_count(0)


def test_the_page_of_approvals_shows_news_and_keeps_what_is_typed(office: Office) -> None:
    tom = office.tom().look("/desk/approvals")
    for ref, because in (("C1001", "The third mistake"), ("C1003", "A birthday")):
        asks_for_goodwill(office.lena().hold(office.waiting(ref)), because)
        card = tom.page.locator(".card", has_text=because)
        expect(card).to_have_count(1)
        if because == "The third mistake":
            reason = card.get_by_label("Why not, for the customer to read")
            reason.press_sequentially("It was our")
    expect(reason).to_have_value("It was our")
    expect(reason).to_be_focused()
    tom.page.keyboard.type(" carrier")
    expect(reason).to_have_value("It was our carrier")


def asks_for_goodwill(lena: Seat, because: str) -> None:
    lena.button("Goodwill").click()
    lena.in_dialog("See what is allowed").click()
    lena.dialog.locator("[value=beyond]").check()
    lena.dialog.get_by_role("textbox", name="Amount").fill("25")
    lena.dialog.get_by_label("Why, for the lead").fill(because)
    lena.in_dialog("Do it").click()
    expect(lena.dialog).to_be_hidden()
