"""Keys at the desk, whatever the line: none is lost, none does what was not meant.

The slow line is the browser's own: a route holds an answer back until the test lets it go.
"""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.desk_page import Office, settle, slow, someone

pytestmark = pytest.mark.browser


def test_a_key_after_the_claim_is_not_caught_by_the_field(office: Office) -> None:
    """The queue's part came late, and with it the field took the focus: `e` became a letter."""
    chat = office.waiting(someone())
    lena = office.lena().listen(f"/desk/conversations/{chat.id}")
    with slow(lena.page, "**/desk/queue*") as queue:
        with lena.page.expect_request("**/desk/queue*"):
            lena.press("c")
        lena.has_it()
        lena.press("Escape")
        with lena.page.expect_response("**/desk/queue*"):
            queue.let_go()
        settle(lena.page)
        lena.press("e")
    lena.in_dialog("Resolve").wait_for()
    expect(lena.field).to_have_value("")


def test_a_choice_made_before_its_dialog_is_there_is_the_dialogs(office: Office) -> None:
    """It used to open the third view of the queue."""
    chat = office.waiting(someone())
    lena = office.lena().hold(chat)
    lena.press("Escape")
    with slow(lena.page, "**/dialogs/hand-back"):
        with lena.page.expect_request("**/dialogs/hand-back"):
            lena.press("b")
        lena.press("3")
    lena.sees("handed_back refund_done")
    expect(lena.page.locator("[data-view=unassigned]")).to_have_attribute("aria-current", "true")


def test_three_steps_at_once_are_three_rows_on(office: Office) -> None:
    chats = [office.waiting(someone(), f"number {place}") for place in range(4)]
    lena = office.lena().look()
    expect(lena.rows).to_have_count(4)
    with slow(lena.page, "**/desk/conversations/*view=*") as visits:
        lena.press("j", "j", "j", "k", "j")
        settle(lena.page)
        visits.routes.reverse()  # the first ones come last
    expect(lena.page).to_have_url(re.compile(chats[2].id))
    lena.sees("number 2")
    settle(lena.page)
    assert chats[2].id in lena.page.url
    lena.press("k")
    lena.sees("number 1")


def test_what_is_typed_on_after_a_slow_claim_is_in_the_reply(office: Office) -> None:
    office.waiting(someone())
    lena = office.lena().look()
    expect(lena.rows).to_have_count(1)
    with slow(lena.page, "**/desk/claim-next"):
        with lena.page.expect_request("**/desk/claim-next"):
            lena.press("c")
        lena.page.keyboard.type("jes,")
    lena.has_it()
    expect(lena.field).to_have_value("jes,")
    expect(lena.field).to_be_focused()


def test_in_an_open_conversation_one_writes_while_the_claim_is_on_its_way(office: Office) -> None:
    chat = office.waiting(someone())
    lena = office.lena().open(chat)
    with slow(lena.page, "**/claim"):
        with lena.page.expect_request("**/claim"):
            lena.press("c")
        lena.page.keyboard.type("There you are.")
        lena.press("Control+Enter")
        assert "staff" not in [message["author"] for message in chat.history()]
    lena.sees("There you are.")
    assert chat.history()[-1]["author"] == "staff"


def test_keys_pressed_before_the_scripts_are_there_count(office: Office) -> None:
    chat = office.waiting(someone())
    lena = office.lena()
    with slow(lena.page, "**/static/desk/desk.js*"):
        lena.page.goto(f"{office.address}/desk/conversations/{chat.id}", wait_until="commit")
        lena.thread.wait_for()
        lena.press("c")
    lena.has_it()


def test_what_happens_elsewhere_closes_no_dialog_and_takes_no_focus(office: Office) -> None:
    chat, other = office.waiting(someone()), office.waiting(someone())
    lena = office.lena().hold(chat)
    lena.press("Escape", "e")
    cause = lena.dialog.get_by_label("What caused it")
    cause.select_option("parcel_late")
    chat.post(wait=None, text="are you there?")
    office.desk.claim(other, office.desk.tom)
    office.house.container.hub.nudge(other.id)
    lena.sees("are you there?")
    expect(cause).to_have_value("parcel_late")
    expect(cause).to_be_focused()
    lena.press("Escape")
    menu = lena.page.get_by_text("More", exact=True)
    menu.click()
    chat.post(wait=None, text="hello?")
    lena.sees("hello?")
    expect(menu).to_be_focused()
    expect(lena.page.get_by_role("button", name="Pass on")).to_be_visible()


def test_a_late_answer_closes_only_its_own_dialog(office: Office) -> None:
    lena = office.lena().hold(office.waiting(someone()))
    lena.press("Escape", "s")
    lena.in_dialog("Put aside").wait_for()
    with slow(lena.page, "**/snooze") as snooze:
        lena.in_dialog("Put aside").click()
        lena.press("Escape")
        lena.page.get_by_role("button", name="Resolve").click()
        lena.in_dialog("Resolve").wait_for()
        with lena.page.expect_response("**/snooze"):
            snooze.let_go()
        expect(lena.talk).to_contain_text("Put aside until the customer answers")
        expect(lena.in_dialog("Resolve")).to_be_visible()
