"""What staff write: nothing of it is lost, doubled, cut or shown to somebody else."""

import pytest
from playwright.sync_api import Route, expect

from tests.browser.desk_page import Office, slow, someone

pytestmark = pytest.mark.browser

REPLY = "**/conversations/*/reply"


def test_what_is_typed_while_a_reply_is_on_its_way_is_the_next_one(office: Office) -> None:
    chat = office.waiting(someone())
    lena = office.lena().hold(chat)
    with slow(lena.page, REPLY):
        with lena.page.expect_request(REPLY):
            lena.write("It left today.")
        expect(lena.page.locator("#sending")).to_contain_text("It left today.")
        lena.page.keyboard.type("With DHL.")
    lena.sees("It left today.")
    expect(lena.page.locator("#sending")).to_be_hidden()
    expect(lena.field).to_have_value("With DHL.")
    lena.press("Control+Enter")
    lena.sees("With DHL.")
    assert [m["text"] for m in chat.history()][-2:] == ["It left today.", "With DHL."]


def test_what_was_refused_stands_before_what_was_begun_since(office: Office) -> None:
    chat = office.waiting(someone())
    lena = office.lena().hold(chat)
    with slow(lena.page, REPLY):
        with lena.page.expect_request(REPLY):
            lena.write("We have refunded you.")
        lena.page.keyboard.type("Anything else?")
        chat.post(wait=None, text="it arrived")
    expect(lena.field).to_have_value("We have refunded you.\nAnything else?")
    expect(lena.page.locator("#composer-notice")).to_contain_text("has written meanwhile")


def test_a_reply_whose_answer_was_lost_does_not_swallow_what_was_changed(office: Office) -> None:
    """The server used to say yes to the changed words and to keep the old ones."""
    chat = office.waiting(someone())
    lena = office.lena().hold(chat)

    def lose(route: Route) -> None:
        route.fetch()
        route.abort()

    lena.page.route(REPLY, lose)
    lena.write("Your parcel left.")
    expect(lena.page.locator("#composer-notice")).to_contain_text("No answer came")
    expect(lena.field).to_have_value("Your parcel left.")
    lena.page.unroute(REPLY, lose)
    lena.write("Your parcel left on Monday.")
    expect(lena.page.locator("#composer-notice")).to_contain_text("“Your parcel left.” is there")
    expect(lena.field).to_have_value("Your parcel left on Monday.")
    lena.write("On Monday, I mean.")
    lena.sees("On Monday, I mean.")
    said = [m["text"] for m in chat.history() if m["author"] == "staff"]
    assert said == ["Your parcel left.", "On Monday, I mean."]


def test_left_while_a_reply_was_on_its_way_it_is_sent_once(office: Office) -> None:
    chat = office.waiting(someone())
    lena = office.lena().hold(chat)
    with slow(lena.page, REPLY), lena.page.expect_request(REPLY):
        lena.write("See you then.")
    lena.open(chat)
    if lena.field.input_value():
        lena.field.press("Control+Enter")
    lena.sees("See you then.")
    expect(lena.field).to_have_value("")
    assert [m["author"] for m in chat.history()].count("staff") == 1


def test_a_long_paste_is_whole(office: Office) -> None:
    chat = office.waiting(someone())
    lena = office.lena().hold(chat)
    long = "All of it. " * 900
    lena.page.evaluate("(text) => document.execCommand('insertText', false, text)", long)
    expect(lena.field).to_have_value(long)
    lena.press("Control+Enter")
    expect(lena.field).to_have_value("")
    lena.sees("All of it.")
    assert chat.history()[-1]["text"].strip() == long.strip()


def test_drafts_are_their_writers_and_leave_with_them(office: Office) -> None:
    chat = office.waiting(someone())
    lena = office.lena().open(chat)
    lena.press("n")
    lena.field.fill("Between us")
    lena.page.context.add_cookies([office.signed_in(office.desk.tom)])  # at the same browser
    lena.open(chat)
    lena.press("n")
    expect(lena.field).to_have_value("")
    lena.page.context.add_cookies([office.signed_in(office.desk.lena)])
    lena.open(chat)
    lena.press("n")
    expect(lena.field).to_have_value("Between us")
    lena.look("/desk/me")
    lena.button("Sign out").click()
    lena.page.get_by_label("Password").wait_for()
    assert lena.page.evaluate("Object.keys(localStorage)") == []
