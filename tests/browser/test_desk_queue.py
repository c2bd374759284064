"""The queue in a browser: every row is in reach, and what waits for me is told."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from careline.conversation import staff
from careline.desk import queue
from careline.desk.pages import talk
from careline.worker import watch_desk
from tests.browser import axe
from tests.browser.desk_page import Office, someone

pytestmark = pytest.mark.browser


def test_the_fifty_first_row_is_in_reach_and_stays(office: Office) -> None:
    """The first news of the stream used to put the first page in its place."""
    for _ in range(queue.PAGE):
        office.escalate(office.house.chat())
    office.house.clock.advance(timedelta(minutes=30))
    last = office.waiting(someone(), "I am the last one")
    lena = office.lena().look()
    expect(lena.rows).to_have_count(queue.PAGE)
    with lena.page.expect_response("**/desk/queue*"):  # what the stream's first news asks for
        lena.page.get_by_role("link", name="Show more").click()
    expect(lena.rows).to_have_count(1)
    expect(lena.rows).to_contain_text("I am the last one")
    lena.rows.click()
    lena.sees("I am the last one")
    office.house.clock.advance(timedelta(seconds=1))
    last.post(wait=None, text="still here")
    expect(lena.rows).to_contain_text("still here")
    expect(lena.rows).to_have_count(1)
    lena.page.get_by_role("link", name="The first ones").click()
    expect(lena.rows).to_have_count(queue.PAGE)


def test_all_of_a_long_talk_stays_when_news_come(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(talk, "SHOWN", 2)
    chat = office.waiting(someone(), "the very first word")
    chat.post(wait=None, text="and")
    chat.post(wait=None, text="some more")
    lena = office.lena().open(chat)
    lena.page.get_by_role("link", name="Show all").click()
    lena.sees("the very first word")
    chat.post(wait=None, text="one more")
    lena.sees("one more")
    lena.sees("the very first word")


def test_an_answer_in_another_conversation_of_mine_is_told(office: Office) -> None:
    mine, open_one = office.waiting(someone()), office.waiting(someone())
    lena = office.lena().hold(mine)
    lena.write("Which colour?")
    lena.sees("Which colour?")
    lena.hold(open_one)
    toasts = lena.page.locator("#toasts")
    expect(lena.page).to_have_title(re.compile(r"^\(1 yours\) "))
    mine.post(wait=None, text="blue, please")
    expect(toasts).to_contain_text("A customer of yours has written.")
    expect(lena.page).to_have_title(re.compile(r"^\(2 yours\) "))
    expect(lena.page.locator("[data-view=mine]")).to_contain_text("2 wait")
    assert axe.violations(lena.page) == []


def test_what_is_passed_to_me_is_told_and_what_i_took_is_not(office: Office) -> None:
    own, passed = office.waiting(someone()), office.waiting(someone())
    office.desk.claim(passed, office.desk.tom)
    lena = office.lena().hold(own)
    lena.press("Escape", "s")
    lena.in_dialog("Put aside").click()
    expect(lena.dialog).to_be_hidden()
    expect(lena.page).not_to_have_title(re.compile("yours"))
    lena.press("s")
    expect(lena.talk).not_to_contain_text("Put aside until")
    expect(lena.page).to_have_title(re.compile("1 yours"))  # the news of it have come
    toasts = lena.page.locator("#toasts")
    expect(toasts).not_to_contain_text("Another conversation is yours now.")
    office.desk.do(
        staff.pass_on,
        passed.id,
        office.desk.tom,
        policies=office.desk.policies,
        to_staff=office.desk.lena,
    )
    office.house.container.hub.nudge(passed.id)
    expect(toasts).to_contain_text("Another conversation is yours now.")


def test_the_end_of_a_snooze_is_told(office: Office) -> None:
    chat = office.waiting(someone())
    lena = office.lena().hold(chat)
    lena.write("I'll ask the warehouse.")  # else silence would cost her the conversation
    lena.sees("I'll ask the warehouse.")
    lena.press("Escape", "s")
    lena.press("2")  # in an hour
    expect(lena.talk).to_contain_text("Put aside until")
    lena.listen("/desk?view=mine")
    expect(lena.rows).to_have_count(0)
    office.house.clock.advance(timedelta(minutes=61))
    watch_desk(office.house.container)
    expect(lena.page.locator("#toasts")).to_contain_text("Another conversation is yours now.")
    expect(lena.rows).to_have_count(1)


def test_a_team_gets_what_is_passed_to_it(office: Office) -> None:
    chat = office.waiting(someone())
    lena = office.lena().hold(chat)
    lena.press("Escape", "p")
    lena.in_dialog("Pass on").wait_for()
    teams = lena.dialog.locator('optgroup[label="A team\'s queue"] option')
    other = next(one for one in teams.all() if one.get_attribute("value") != "team:support")
    lena.dialog.get_by_label("To").select_option(other.get_attribute("value"))
    lena.in_dialog("Pass on").click()
    expect(lena.dialog).to_be_hidden()
    passed = office.house.conversation(chat.id)
    assert (passed.mode, passed.holder, f"team:{passed.team}") == (
        "queued", None, other.get_attribute("value"),
    )  # fmt: skip


def test_search_filters_and_the_other_keys(office: Office) -> None:
    first, second = office.waiting(someone(), "about my lamp"), office.waiting(someone())
    lena = office.lena().look()
    expect(lena.rows).to_have_count(2)
    lena.press("/")
    expect(lena.page.locator("#search")).to_be_focused()
    with office.house.container.database.read() as session:
        name = queue.row(session, first.id)
    assert name is not None
    lena.page.keyboard.type(name.customer_name)
    expect(lena.rows).to_have_count(1)
    lena.page.locator("#search").fill("")
    expect(lena.rows).to_have_count(2)
    lena.press("Escape")
    lena.page.get_by_text("Filter", exact=True).click()
    lena.page.get_by_label("Overdue only").check()
    expect(lena.page.get_by_text("Nothing fits these filters.")).to_be_visible()
    lena.page.get_by_role("link", name="Clear them").click()
    expect(lena.rows).to_have_count(2)
    lena.press("?")
    expect(lena.dialog).to_contain_text("back to the queue")
    assert axe.violations(lena.page) == []
    lena.press("Escape")
    lena.hold(second)
    lena.press("Escape", "r")
    expect(lena.field).to_be_focused()
    lena.press("Escape", "u")
    expect(lena.talk).to_have_attribute("data-mode", "queued")
    lena.press("k")
    lena.sees("about my lamp")


def test_who_types_and_what_was_read_shows_at_the_desk(office: Office) -> None:
    chat = office.waiting(someone())
    lena = office.lena().hold(chat)
    office.house.container.hub.customer_typing(chat.id, True)
    expect(lena.page.locator("#typing")).to_be_visible()
    office.house.container.hub.customer_typing(chat.id, False)
    expect(lena.page.locator("#typing")).to_be_hidden()
    lena.write("Here I am.")
    lena.sees("Here I am.")
    position = office.house.messages(chat.id)[-1].position
    for read, words in ((False, "Delivered"), (True, "Read")):
        office.house.clock.advance(timedelta(seconds=1))
        office.desk.do(staff.seen_by_customer, chat.id, position, read=read)
        office.house.container.hub.nudge(chat.id)
        expect(lena.thread.locator(".said-staff .marks")).to_contain_text(words)
