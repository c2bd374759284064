"""The desk in Chromium: two colleagues and their customers, against the real app."""

import io
import json
import os
import re
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import APIResponse, Response, Route, expect
from sqlalchemy import select

from careline.journey.models import Case, Conversation, Customer
from careline.journey.words import HandoverReason, Role
from careline.service import linking
from tests.browser import axe
from tests.browser.desk_page import Office, Seat, claim_race, someone
from tests.browser.test_widget import photo_file
from tests.conversation.staff.desk import hire

pytestmark = pytest.mark.browser

HOSTILE = '<img src=x onerror="document.title=1">'


def test_from_the_escalation_to_the_handback_takes_three_keys(office: Office) -> None:
    lena = office.lena().look()
    expect(lena.page.get_by_text("Nobody waits.", exact=False).first).to_be_visible()
    chat = office.waiting(someone(), "Where is my parcel, please?")
    expect(lena.rows).to_have_count(1)
    expect(lena.page).to_have_title("(1) Queue · Careline")
    lena.press("c")
    lena.has_it()
    expect(lena.field).to_be_focused()
    lena.page.keyboard.type("It is at your neighbour's.")
    lena.press("Control+Shift+Enter")
    lena.in_dialog("Hand back").wait_for()
    lena.press("3")
    lena.sees("handed_back refund_done")
    said = [(message["author"], message["text"]) for message in chat.history()][-2:]
    assert said[0] == ("staff", "It is at your neighbour's.")
    assert said[1][0] == "bot"
    assert "refund_done" in said[1][1]


def test_of_two_who_claim_at_once_one_wins_and_the_other_is_told_who(office: Office) -> None:
    claim_race(office, office.waiting(someone()))


def test_taken_over_in_the_middle_of_a_turn_the_bot_says_nothing_more(office: Office) -> None:
    chat = office.customer(someone())
    chat.say("I want to return my boots")
    office.house.rasa.hold = threading.Event()
    chat.post(wait=None, text="the left one is too small")
    lena = office.lena().hold(chat)
    office.house.rasa.hold.set()
    lena.write("Hello, Lena here. I have read it all.")
    lena.sees("Lena here")
    chat.post(wait=None, text="oh, good")
    lena.sees("oh, good")
    authors = [message["author"] for message in chat.history()]
    assert authors.count("bot") == 1, "only the answer from before the takeover"


def test_the_bot_is_silent_in_the_customers_other_conversation_too(office: Office) -> None:
    ref = someone()
    held, other = office.waiting(ref), office.customer(ref)
    lena = office.lena().hold(held)
    other.post(wait=None, text="and another thing")
    lena.look("/desk?view=mine")
    expect(lena.rows.filter(has_text="and another thing")).to_have_count(1)
    assert [message["author"] for message in other.history()] == ["customer"]


def test_a_reply_waits_when_the_customer_wrote_meanwhile_and_the_draft_stays(
    office: Office,
) -> None:
    chat = office.waiting(someone())
    lena = office.lena()
    lena.page.route("**/desk/events*", lambda route: route.abort())  # nothing shows by itself
    lena.hold(chat)
    chat.post(wait=None, text="never mind, it arrived")
    lena.write("We have refunded you.")
    expect(lena.page.locator("#composer-notice")).to_contain_text("has written meanwhile")
    expect(lena.field).to_have_value("We have refunded you.")
    lena.sees("never mind, it arrived")
    assert "staff" not in [message["author"] for message in chat.history()]
    lena.write("Good to hear.")
    lena.sees("Good to hear.")
    assert [message["author"] for message in chat.history()].count("staff") == 1


def test_passed_on_with_a_note_it_is_the_colleagues(office: Office) -> None:
    chat = office.waiting(someone())
    lena, tom = office.lena().hold(chat), office.tom().look("/desk?view=mine")
    expect(tom.rows).to_have_count(0)
    lena.press("Escape", "p")
    tom_in_list = lena.dialog.locator("option", has_text="Tom Hale").get_attribute("value")
    lena.dialog.get_by_label("To").select_option(tom_in_list)
    lena.dialog.get_by_label("A note for them").fill("Knows the carrier")
    lena.in_dialog("Pass on").click()
    expect(tom.rows).to_have_count(1)
    tom.rows.first.click()
    tom.sees("Knows the carrier")
    tom.has_it()
    expect(lena.talk).to_contain_text("Tom Hale has it")
    expect(lena.page.locator("#not-mine")).to_be_visible()
    assert all("carrier" not in message["text"] for message in chat.history())


def test_put_aside_it_comes_back_with_the_customers_answer(office: Office) -> None:
    chat = office.waiting(someone())
    lena = office.lena().hold(chat)
    lena.write("Which colour do you want?")
    lena.sees("Which colour")
    lena.press("Escape", "s")
    lena.in_dialog("Put aside").click()
    expect(lena.dialog).to_be_hidden()  # leaving the page before could leave it undone
    lena.look("/desk?view=mine")
    expect(lena.rows).to_have_count(0)
    assert chat.post(wait=None, text="blue, please").status_code == 202
    expect(lena.rows.filter(has_text="blue, please")).to_have_count(1)


def test_goodwill_beyond_the_rules_is_decided_by_a_lead(office: Office) -> None:
    chat = office.waiting("C1001")  # with the showcase's order
    lena, tom = office.lena().hold(chat), office.tom()
    lena.button("Goodwill").click()
    lena.in_dialog("See what is allowed").click()
    lena.dialog.locator("[value=beyond]").check()
    lena.dialog.get_by_role("textbox", name="Amount").fill("25")
    lena.in_dialog("Do it").click()
    expect(lena.dialog).to_contain_text("Say why: a lead decides by it.")
    lena.dialog.get_by_label("Why, for the lead").fill("The third mistake in a row")
    lena.in_dialog("Do it").click()
    expect(lena.dialog).to_be_hidden()
    tom.look("/desk/approvals")
    card = tom.page.locator(".card", has_text="The third mistake in a row")
    expect(card).to_contain_text("GBP 25.00")
    assert axe.violations(tom.page) == []
    card.get_by_role("button", name="Approve").click()
    expect(card).to_have_count(0)
    expect(lena.page.locator("#pane-customer")).to_be_visible()
    with office.house.container.database.read() as session:
        case = session.scalars(select(Case).where(Case.conversation_id == chat.id)).one()
    assert (case.state, case.resolution, str(case.amount)) == ("resolved", "goodwill", "25.00")


def test_a_promise_is_seen_the_day_before_and_marked_kept(office: Office) -> None:
    lena = office.lena().hold(office.waiting(someone()))
    lena.page.get_by_title("Promise something by a day").click()
    lena.page.get_by_label("We promise").fill("a call from the workshop")
    tomorrow = office.house.clock.now().date() + timedelta(days=1)
    lena.page.get_by_label("by", exact=True).fill(tomorrow.isoformat())
    lena.write("The workshop calls you tomorrow.")
    lena.sees("The workshop calls you tomorrow.")
    lena.look("/desk/promises")
    card = lena.page.locator(".card", has_text="The workshop calls you tomorrow")
    expect(card).to_contain_text("Due tomorrow")
    assert axe.violations(lena.page) == []
    card.get_by_role("button", name="It is kept").click()
    expect(card).to_have_count(0)


def test_a_card_that_was_seen_to_does_not_come_back_with_an_older_look(office: Office) -> None:
    lena = office.lena().hold(office.waiting(someone()))
    lena.page.get_by_title("Promise something by a day").click()
    lena.page.get_by_label("We promise").fill("a call from the workshop")
    lena.page.get_by_label("by", exact=True).fill(office.house.clock.now().date().isoformat())
    lena.write("The workshop calls you today.")
    lena.sees("The workshop calls you today.")
    older: list[tuple[Route, APIResponse]] = []

    def tell_once(news: Route) -> None:
        attention = {"counts": {}, "marks": {"promises": "another one"}}
        news.fulfill(
            content_type="text/event-stream",
            body=f"retry: 3600000\nevent: attention\ndata: {json.dumps(attention)}\n\n",
        )

    def keep_the_first(cards: Route) -> None:
        if cards.request.is_navigation_request() or older:
            cards.continue_()
        else:
            older.append((cards, cards.fetch()))
            lena.page.evaluate("document.body.dataset.asked = ''")

    def let_go(answer: Response) -> None:
        if answer.url.endswith("/kept"):
            route, as_it_was = older[0]
            route.fulfill(response=as_it_was)

    lena.page.route("**/desk/events*", tell_once)
    lena.page.route("**/desk/promises", keep_the_first)
    lena.page.on("response", let_go)
    lena.look("/desk/promises")
    expect(lena.page.locator("body[data-asked]")).to_have_count(1)
    card = lena.page.locator(".card", has_text="The workshop calls you today")
    with lena.page.expect_request("**/desk/promises"):  # once the older one is in the page
        card.get_by_role("button", name="It is kept").click()
    expect(card).to_have_count(0)


def test_two_conversations_of_one_person_become_one(office: Office) -> None:
    ref = someone()
    first, second = office.waiting(ref, "about my lamp"), office.customer(ref)
    lena = office.lena().hold(first)
    second.post(wait=None, text="it is me again")
    lena.open(second)
    lena.press("m")
    lena.in_dialog("Merge").click()
    lena.sees("about my lamp")
    lena.sees("it is me again")
    assert office.house.conversation(second.id).merged_into == first.id


def test_a_conversation_that_is_not_there_leads_back_to_the_queue(office: Office) -> None:
    lena = office.lena().look("/desk/conversations/cnv_nowhere")
    expect(lena.page.get_by_role("heading", level=1)).to_have_text("There is no such conversation.")
    assert axe.violations(lena.page) == []
    lena.page.get_by_role("link", name="To the queue").click()
    expect(lena.page.get_by_label("Views")).to_be_visible()


def test_resolved_it_has_a_cause_and_an_owner(office: Office) -> None:
    chat = office.waiting(someone())
    lena = office.lena().hold(chat)
    lena.press("Escape", "e")
    lena.dialog.get_by_label("What caused it").select_option("parcel_late")
    lena.in_dialog("Resolve").click()
    expect(lena.talk).to_contain_text("Closed")
    done = office.house.conversation(chat.id)
    assert (done.mode, done.root_cause, done.owner) == ("closed", "parcel_late", "carrier")


def test_a_draft_outlives_the_page_and_is_sent_once(office: Office) -> None:
    chat = office.waiting(someone())
    lena = office.lena().hold(chat)
    lena.field.fill("A long and careful answer")
    lena.page.reload()
    expect(lena.field).to_have_value("A long and careful answer")
    lena.field.focus()
    lena.press("Control+Enter", "Control+Enter")
    lena.sees("A long and careful answer")
    expect(lena.field).to_have_value("")
    assert [m["author"] for m in chat.history()].count("staff") == 1


def test_a_ready_reply_is_filled_in_and_a_file_goes_with_it(office: Office, tmp_path: Path) -> None:
    chat = office.waiting("C1002")
    lena = office.lena().hold(chat)
    lena.field.press_sequentially("/")
    first = lena.page.locator("#canned li[data-text]:not([data-problem])").first
    filled = first.get_attribute("data-text")
    first.click()
    expect(lena.field).to_have_value(filled or "?")
    assert "{{" not in (filled or "{{")
    lena.page.locator("#attach").set_input_files(photo_file(tmp_path, size=0))
    expect(lena.page.locator("#files")).to_contain_text("boots.jpg")
    lena.button("Send").click()
    expect(lena.thread.locator(".said-staff .file")).to_contain_text("boots.jpg")
    last = chat.history()[-1]
    assert [file["name"] for file in last["attachments"]] == ["boots.jpg"]


def test_a_note_begun_while_the_claim_is_on_its_way_stays_a_note(office: Office) -> None:
    """Found by chance: the claim's answer used to turn the field back into a reply."""
    chat = office.waiting(someone())
    lena = office.lena().open(chat)
    held: list[Route] = []
    lena.page.route("**/claim", lambda route: held.append(route))
    with lena.page.expect_request("**/claim"):
        lena.press("c")
    lena.press("Escape", "n")
    lena.page.wait_for_function("document.activeElement.id === 'words'")
    lena.field.fill("She was right last time, too")
    held[0].continue_()
    expect(lena.talk).to_have_attribute("data-mine", "true")
    lena.press("Control+Enter")
    expect(lena.thread.locator(".said-note")).to_contain_text("She was right")
    assert "staff" not in [message["author"] for message in chat.history()]


def test_names_words_and_file_names_are_shown_and_never_run(office: Office) -> None:
    chat = office.customer(someone())
    file = chat.upload(photo_bytes(), HOSTILE + ".jpg").json()["id"]
    chat.post(text=HOSTILE, attachments=[file])
    with office.house.container.database.begin() as session:
        customer = session.get_one(Customer, session.get_one(Conversation, chat.id).customer_id)
        customer.name = HOSTILE
    office.escalate(chat)
    lena = office.lena().hold(chat)
    lena.press("Escape", "n")
    lena.write(HOSTILE)
    expect(lena.thread.locator(".said-note")).to_contain_text(HOSTILE)
    expect(lena.thread.locator(".said-customer .words")).to_have_text(HOSTILE)
    expect(lena.page.locator("#pane-customer h2")).to_have_text(HOSTILE)
    assert lena.page.locator("img[src=x]").count() == 0
    assert lena.page.title() != "1"


def shoot(seat: Seat, name: str) -> None:
    """For those who look: CARELINE_SHOTS names a folder."""
    if folder := os.environ.get("CARELINE_SHOTS"):
        seat.page.screenshot(path=Path(folder) / f"desk-{name}.png")


RINGS = """
const start = OscillatorNode.prototype.start;
OscillatorNode.prototype.start = function (...when) {
  const shown = document.documentElement.dataset;
  shown.rings = `${shown.rings ?? ""} ${this.context.state}`.trim();
  return start.apply(this, when);
};
"""


def test_the_sound_is_kept_and_plays_when_somebody_new_waits(office: Office) -> None:
    lena = office.lena()
    lena.page.add_init_script(RINGS)
    lena.listen()
    rings = lena.page.locator("html")
    expect(lena.page.get_by_text("Nobody waits.", exact=False).first).to_be_visible()
    office.waiting(someone())
    expect(lena.page.get_by_text("Somebody new waits for a person.")).to_be_visible()
    expect(rings).not_to_have_attribute("data-rings", re.compile("."))  # nobody asked for it
    sound = lena.button("Sound when somebody waits")
    sound.click()
    expect(sound).to_have_attribute("aria-pressed", "true")
    expect(rings).to_have_attribute("data-rings", "running")
    lena.page.reload()
    expect(sound).to_have_attribute("aria-pressed", "true")
    expect(lena.page).to_have_title("(1) Queue · Careline")  # it knows how many there were
    lena.press("j")  # browsers are silent until somebody acts
    office.waiting(someone())
    expect(rings).to_have_attribute("data-rings", "running")
    office.waiting(someone())
    expect(rings).to_have_attribute("data-rings", "running running")
    sound.click()
    office.waiting(someone())
    expect(lena.rows).to_have_count(4)
    expect(rings).to_have_attribute("data-rings", "running running")


def test_on_a_phone_every_page_is_in_reach_without_scrolling_sideways(office: Office) -> None:
    """For an admin, who has the most of them."""
    admin = hire(office.house, "Ada Brandt", Role.ADMIN)
    ada = office.seat(admin, viewport={"width": 360, "height": 740}).look()
    ada.page.get_by_text("Queue ▾").click()
    links = ada.page.get_by_role("navigation", name="Desk").get_by_role("link")
    expect(links).to_have_count(7)
    for link in links.all():
        box = link.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 360
        assert box["height"] >= 40
    assert axe.violations(ada.page) == []
    shoot(ada, "light-360-admin")
    links.filter(has_text="Audit").click()
    expect(ada.page).to_have_url(re.compile("/desk/audit$"))


def photo_bytes() -> bytes:
    kept = io.BytesIO()
    Image.new("RGB", (8, 8), "navy").save(kept, "JPEG")
    return kept.getvalue()


@pytest.mark.parametrize("light", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 800, 1440])
def test_it_is_whole_and_accessible_at_every_size(office: Office, light: str, width: int) -> None:
    chat = office.waiting("C1001", "I got socks instead of boots and I am furious!")
    office.waiting("C1003", "مرحبا، أين طلبي؟")
    office.escalate(office.customer("C1004"), HandoverReason.SAFETY)
    lena = office.lena(
        viewport={"width": width, "height": 800}, color_scheme=light, reduced_motion="reduce"
    )
    lena.look()
    expect(lena.rows).to_have_count(3)
    assert axe.violations(lena.page) == []
    shoot(lena, f"{light}-{width}-queue")
    lena.hold(chat)
    lena.write("Hello, I am sorry. One moment.")
    lena.sees("One moment.")
    assert axe.violations(lena.page) == []
    wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert lena.page.evaluate(wide) == 0
    shoot(lena, f"{light}-{width}-talk")
    lena.press("Escape", "b")
    lena.in_dialog("Hand back").wait_for()
    assert axe.violations(lena.page) == []
    lena.press("Escape")
    if width <= 800:
        lena.page.get_by_role("tab", name="Customer").click()
    lena.button("Refund").wait_for()
    assert axe.violations(lena.page) == []
    shoot(lena, f"{light}-{width}-customer")
    assert lena.page.evaluate(wide) == 0


def test_a_lead_splits_what_was_taken_for_one_person(office: Office) -> None:
    chat, visitor = office.waiting(someone()), office.house.chat()
    with office.house.container.database.begin() as session:
        kept, came = (session.get_one(Conversation, one.id).customer_id for one in (chat, visitor))
        linking.join(session, office.house.clock.now(), kept, came, how="code", proof="otc_1")
    tom = office.tom().open(chat)
    tom.page.get_by_role("heading", name="Joined records").scroll_into_view_if_needed()
    assert axe.violations(tom.page) == []
    tom.button("Split").click()
    expect(tom.dialog).to_contain_text("proved by a code sent to their e-mail address")
    if folder := os.environ.get("CARELINE_SHOTS"):
        tom.page.screenshot(path=Path(folder) / "split.png")
    tom.in_dialog("Split them").click()
    expect(tom.page.get_by_role("heading", name="Joined records")).to_have_count(0)
