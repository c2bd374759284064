"""The chat widget as a customer uses it: another origin, strict policy, wires that break."""

import gzip
import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.chat_server import Refusal
from tests.browser.conftest import Scene

pytestmark = pytest.mark.browser


def photo_file(folder: Path, size: int = 3_000_000) -> Path:
    """A real JPEG with padding after its end, so that it takes a while to send."""
    from PIL import Image

    path = folder / "boots.jpg"
    Image.new("RGB", (320, 200), (20, 95, 115)).save(path)
    path.write_bytes(path.read_bytes() + b"\0" * size)
    return path


# --- talking ---------------------------------------------------------------------------------


def test_looking_at_the_panel_leaves_no_conversation_behind(scene: Scene) -> None:
    tab = scene.customer().visit("?identity=e30.eyJzdWIiOiJDMTAwMSJ9.x")
    expect(tab.panel).to_contain_text("Our assistant is a bot")
    tab.page.keyboard.press("Escape")
    tab.page.reload(wait_until="networkidle")
    assert scene.chat.talks == {}


def test_a_message_is_answered_on_another_origin_under_a_strict_policy(scene: Scene) -> None:
    tab = scene.customer().visit()
    tab.write("Where is my parcel?")
    tab.sees("You wrote: Where is my parcel?")
    expect(tab.page.get_by_text("Delivered")).to_be_visible()
    assert tab.texts() == ["Where is my parcel?", "You wrote: Where is my parcel?"]


def test_enter_sends_and_shift_enter_starts_a_new_line(scene: Scene) -> None:
    tab = scene.customer().visit()
    tab.field.type("one")
    tab.field.press("Shift+Enter")
    tab.field.type("two")
    tab.field.press("Enter")
    tab.sees("You wrote: one\ntwo")
    assert scene.chat.texts()[0] == "one\ntwo"
    expect(tab.field).to_have_value("")


def test_a_used_choice_is_shown_as_used_and_cannot_be_used_again(scene: Scene) -> None:
    choices = [{"title": "Yes", "payload": "/affirm"}, {"title": "No", "payload": "/deny"}]
    scene.chat.answers["wrong boots"] = [{"text": "Is it order 10482?", "buttons": choices}]
    scene.chat.answers["/affirm"] = [{"text": "Then we send the right ones."}]
    tab = scene.customer().visit()
    tab.write("wrong boots")
    tab.button("Yes").click()
    tab.sees("Then we send the right ones.")
    expect(tab.button("Yes (chosen)")).to_be_disabled()
    expect(tab.button("No")).to_be_disabled()
    expect(tab.field).to_be_focused()
    tab.page.reload()
    expect(tab.button("Yes (chosen)")).to_be_disabled()


def test_free_text_answers_a_question_with_choices_too(scene: Scene) -> None:
    scene.chat.answers["hi"] = [{"text": "Which?", "buttons": [{"title": "A", "payload": "/a"}]}]
    tab = scene.customer().visit()
    tab.write("hi")
    expect(tab.button("A")).to_be_enabled()
    tab.write("neither")
    tab.sees("You wrote: neither")
    expect(tab.button("A")).to_be_disabled()


def test_html_in_a_message_stays_text_and_only_bold_and_web_links_mean_anything(
    scene: Scene,
) -> None:
    nasty = '<img src=x onerror="document.title=1"><b>hi</b> [x](javascript:alert(1))'
    scene.chat.answers[nasty] = [
        {"text": "**Bold** <i>no</i> https://shop.example/a?b=1. javascript:alert(1)"}
    ]
    tab = scene.customer().visit()
    tab.write(nasty)
    tab.sees("Bold <i>no</i>")
    assert tab.texts()[0] == nasty
    reply = tab.bubbles.last
    expect(reply.locator("strong")).to_have_text("Bold")
    expect(reply.locator("i")).to_have_count(0)
    links = reply.locator("a")
    expect(links).to_have_count(1)
    expect(links).to_have_attribute("href", "https://shop.example/a?b=1")
    expect(links).to_have_attribute("rel", re.compile("noopener"))


def test_an_order_card_shows_the_order(scene: Scene) -> None:
    card = {"kind": "order", "number": "10482", "title": "Harbour boots", "state": "delivered"}
    scene.chat.answers["order"] = [{"text": "This one?", "card": card}]
    tab = scene.customer().visit()
    tab.write("order")
    shown = tab.page.locator("careline-chat .card")
    expect(shown).to_contain_text("Order 10482")
    expect(shown).to_contain_text("Harbour boots")
    expect(shown).to_contain_text("delivered")


def test_a_person_is_named_as_one_and_writing_is_shown(scene: Scene) -> None:
    tab = scene.customer().visit()
    expect(tab.panel).to_contain_text("a bot")
    tab.write("hello")
    tab.sees("You wrote: hello")
    scene.chat.hand_to("person")
    expect(tab.panel).to_contain_text("You are talking to a person")
    scene.chat.typing(True)
    expect(tab.page.get_by_role("img", name="Colleague is writing")).to_be_visible()
    scene.chat.typing(False)
    expect(tab.page.get_by_role("img", name="Colleague is writing")).to_be_hidden()


def test_more_than_20000_characters_are_counted_and_not_sent(scene: Scene) -> None:
    tab = scene.customer().visit()
    tab.field.fill("x" * 20_003)
    expect(tab.panel).to_contain_text("3 characters too many")
    expect(tab.button("Send")).to_be_disabled()
    tab.field.fill("x" * 20_000)
    expect(tab.panel).to_contain_text("20,000 of 20,000 characters")
    tab.field.press("Enter")
    tab.sees("You wrote: xxx")


def test_finished_messages_are_announced_outside_the_panel(scene: Scene) -> None:
    tab = scene.customer().visit()
    tab.write("hello")
    live = tab.page.locator("careline-chat .live")
    expect(live).to_contain_text("Assistant: You wrote: hello")
    assert tab.panel.locator(".live").count() == 0
    assert "hello" not in live.inner_text().replace("You wrote: hello", "")


# --- coming back -----------------------------------------------------------------------------


def test_the_conversation_is_there_after_a_reload(scene: Scene) -> None:
    tab = scene.customer().visit()
    tab.write("first")
    tab.sees("You wrote: first")
    tab.page.reload()
    tab.sees("You wrote: first")
    assert tab.texts() == ["first", "You wrote: first"]
    assert len(scene.chat.talks) == 1


def test_a_reply_given_while_the_tab_was_closed_waits_with_a_badge(scene: Scene) -> None:
    customer = scene.customer()
    tab = customer.visit()
    tab.write("hello")
    tab.sees("You wrote: hello")
    tab.page.close()
    scene.chat.say("Your boots left today.")
    back = customer.visit(opened=False)
    expect(back.badge).to_have_text("1")
    expect(back.launcher).to_have_attribute("aria-label", "Open chat, 1 new message")
    back.open()
    back.sees("Your boots left today.")
    expect(back.badge).to_have_count(0)
    back.page.keyboard.press("Escape")
    expect(back.badge).to_have_count(0)


def test_what_waits_is_counted_and_told_once_before_the_chat_is_opened(scene: Scene) -> None:
    customer = scene.customer()
    tab = customer.visit()
    tab.write("hello")
    tab.sees("You wrote: hello")
    tab.page.close()
    scene.chat.say("Is everything all right with your lamp?")
    back = customer.visit(opened=False)
    expect(back.badge).to_have_text("1")
    live = back.page.locator("careline-chat .live p")
    expect(live).to_have_text(["Open chat, 1 new message"])
    scene.chat.say("One more thing.")
    expect(live).to_have_text(["Open chat, 1 new message", "Assistant: One more thing."])
    expect(back.badge).to_have_text("2")


def test_on_another_device_the_conversation_goes_on(scene: Scene) -> None:
    ada = "e30.eyJzdWIiOiJDMTAwMSJ9.x"
    tab = scene.customer().visit(f"?identity={ada}")
    tab.write("from the phone")
    tab.sees("You wrote: from the phone")
    scene.chat.goes_on[ada] = scene.chat.talk.id
    scene.chat.say("It is on its way.")
    other = scene.customer().visit(f"?identity={ada}", opened=False)
    expect(other.badge).to_have_text("2")  # all since they wrote: this device has shown none
    other.open()
    other.sees("It is on its way.")
    other.write("thanks, from the desk")
    tab.sees("thanks, from the desk")
    assert len(scene.chat.talks) == 1


def test_each_signed_in_customer_has_their_own_conversation_on_one_device(scene: Scene) -> None:
    ada = "e30.eyJzdWIiOiJDMTAwMSJ9.x"  # {"sub": "C1001"}
    ben = "e30.eyJzdWIiOiJDMTAwMiJ9.x"  # {"sub": "C1002"}
    customer = scene.customer()
    tab = customer.visit(f"?identity={ada}")
    tab.write("from Ada")
    tab.sees("You wrote: from Ada")
    other = customer.visit(f"?identity={ben}", opened=False)
    other.field.wait_for() if other.field.is_visible() else other.open()
    other.write("from Ben")
    other.sees("You wrote: from Ben")
    assert other.texts() == ["from Ben", "You wrote: from Ben"]
    assert scene.chat.identities == [ada, ben]


def test_a_stale_identity_is_told_to_the_page_and_the_customer_still_served(scene: Scene) -> None:
    script = "addEventListener('careline:identity-refused', () => { window.refused = true })"
    tab = scene.customer(init_script=script).visit("?identity=expired")
    tab.write("hello")
    tab.sees("You wrote: hello")
    assert tab.page.evaluate("() => window.refused") is True


def test_an_ended_session_is_renewed_and_the_message_arrives(scene: Scene) -> None:
    tab = scene.customer().visit()
    tab.write("one")
    tab.sees("You wrote: one")
    scene.chat.forget_tokens()
    tab.write("two")
    tab.sees("You wrote: two")
    assert scene.chat.texts() == ["two", "You wrote: two"]


def test_it_works_where_the_browser_keeps_nothing(scene: Scene) -> None:
    blocked = """for (const kind of ['localStorage', 'sessionStorage'])
      Object.defineProperty(window, kind, {
        get() { throw new DOMException('no', 'SecurityError') }
      })"""
    tab = scene.customer(init_script=blocked).visit()
    tab.write("hello")
    tab.sees("You wrote: hello")


def test_two_tabs_show_the_same_conversation_once_and_in_order(scene: Scene) -> None:
    customer = scene.customer()
    left = customer.visit()
    left.write("from the left")
    left.sees("You wrote: from the left")
    right = customer.visit()
    right.sees("You wrote: from the left")
    right.write("from the right")
    right.sees("You wrote: from the right")
    left.sees("You wrote: from the right")
    assert left.texts() == right.texts() == scene.chat.texts()
    assert len(scene.chat.talks) == 1


# --- when the wire breaks --------------------------------------------------------------------


def test_nothing_is_lost_or_doubled_when_the_stream_is_cut(scene: Scene) -> None:
    tab = scene.customer().visit()
    tab.write("hello")
    tab.sees("You wrote: hello")
    scene.wire.cut()
    scene.chat.say("said while you were away, one")
    scene.chat.say("said while you were away, two")
    expect(tab.notice).to_be_visible()
    scene.wire.mend()
    tab.sees("away, two")
    expect(tab.notice).to_be_hidden()
    scene.chat.say("and after")
    tab.sees("and after")
    assert tab.texts() == scene.chat.texts()


def test_a_message_written_without_connection_goes_out_once_when_it_is_back(
    scene: Scene,
) -> None:
    tab = scene.customer().visit()
    tab.write("hello")
    tab.sees("You wrote: hello")
    scene.wire.cut()
    tab.write("are you there?")
    expect(tab.page.get_by_text("Kept, waiting for the connection")).to_be_visible()
    expect(tab.notice).to_contain_text("can't reach the shop")
    scene.wire.mend()
    tab.sees("You wrote: are you there?")
    assert scene.chat.texts().count("are you there?") == 1
    assert tab.texts() == scene.chat.texts()


def test_a_message_that_was_not_acknowledged_survives_a_reload(scene: Scene) -> None:
    customer = scene.customer()
    tab = customer.visit()
    tab.write("hello")
    tab.sees("You wrote: hello")
    scene.wire.cut()
    tab.write("keep this")
    expect(tab.page.get_by_text("Kept, waiting for the connection")).to_be_visible()
    tab.page.close()
    scene.wire.mend()
    back = customer.visit()
    back.sees("You wrote: keep this")
    assert back.texts() == scene.chat.texts()


def test_a_refused_message_says_why_and_can_be_tried_again(scene: Scene) -> None:
    refusal = Refusal(422, "invalid", "This is not possible now.")
    scene.chat.refuse_texts["please"] = refusal
    tab = scene.customer().visit()
    tab.write("please")
    expect(tab.panel).to_contain_text("Not sent. This is not possible now.")
    tab.write("another")  # what was refused does not hold up the next
    tab.sees("You wrote: another")
    del scene.chat.refuse_texts["please"]
    tab.button("Try again").click()
    tab.sees("You wrote: please")
    assert sorted(tab.texts()) == sorted(scene.chat.texts())


# --- files -----------------------------------------------------------------------------------


def test_an_upload_cut_half_way_is_tried_again_and_shown(scene: Scene, tmp_path: Path) -> None:
    tab = scene.customer().visit()
    scene.wire.break_uploads_after(600_000)
    picker = tab.page.locator("careline-chat input[type=file]")
    picker.set_input_files(photo_file(tmp_path))
    expect(tab.panel).to_contain_text("Not uploaded.")
    expect(tab.button("Send")).to_be_disabled()
    scene.wire.mend()
    tab.button("Try again").click()
    expect(tab.button("Send")).to_be_enabled()
    tab.write("the sole came off")
    photo = tab.button("Open photo boots.jpg")
    photo.wait_for()
    assert len(scene.chat.files) == 1
    colour = photo.locator("canvas").evaluate(
        "canvas => [...canvas.getContext('2d').getImageData(9, 9, 1, 1).data]"
    )
    assert abs(colour[1] - 95) < 8


def test_files_are_taken_by_dropping_and_pasting(scene: Scene) -> None:
    tab = scene.customer().visit()
    make = """([selector, kind, name]) => {
      const carried = new DataTransfer();
      carried.items.add(new File(['%PDF-1.4'], name, { type: 'application/pdf' }));
      const target = document.querySelector('careline-chat').shadowRoot.querySelector(selector);
      const how = { bubbles: true, cancelable: true };
      target.dispatchEvent(kind === 'drop'
        ? new DragEvent('drop', { ...how, dataTransfer: carried })
        : new ClipboardEvent('paste', { ...how, clipboardData: carried }));
    }"""
    tab.page.evaluate(make, [".log", "drop", "bill.pdf"])
    tab.page.evaluate(make, ["textarea", "paste", "slip.pdf"])
    expect(tab.button("Send")).to_be_enabled()
    tab.button("Send").click()
    expect(tab.button("Save bill.pdf")).to_be_visible()
    expect(tab.button("Save slip.pdf")).to_be_visible()
    with tab.page.expect_download() as saved:
        tab.button("Save bill.pdf").click()
    assert saved.value.suggested_filename == "bill.pdf"
    assert Path(saved.value.path()).read_bytes() == b"%PDF-1.4"


def test_a_file_of_the_wrong_kind_is_refused_with_the_reason(scene: Scene, tmp_path: Path) -> None:
    tab = scene.customer().visit()
    picker = tab.page.locator("careline-chat input[type=file]")
    program = tmp_path / "setup.exe"
    program.write_bytes(b"MZ")
    picker.set_input_files(program)
    expect(tab.panel).to_contain_text("Only photos (JPEG, PNG, WebP, HEIC) and PDF.")
    tab.button("Remove setup.exe").click()
    disguised = tmp_path / "photo.jpg"
    disguised.write_bytes(b"MZ")
    picker.set_input_files(disguised)
    expect(tab.panel).to_contain_text("Only photos (JPEG, PNG, WebP, HEIC) and PDF.")
    assert tab.page.get_by_role("button", name="Try again").count() == 0


# --- keyboard, size --------------------------------------------------------------------------


def test_escape_closes_and_gives_the_focus_back(scene: Scene) -> None:
    tab = scene.customer().visit(opened=False)
    tab.launcher.focus()
    tab.page.keyboard.press("Enter")
    expect(tab.field).to_be_focused()
    tab.page.keyboard.press("Escape")
    expect(tab.panel).to_be_hidden()
    expect(tab.launcher).to_be_focused()


def test_the_page_can_open_close_and_identify(scene: Scene) -> None:
    tab = scene.customer().visit(opened=False)
    tab.page.evaluate("() => window.Careline.open('About order 10482: ')")
    expect(tab.panel).to_be_visible()
    expect(tab.field).to_have_value("About order 10482: ")
    tab.page.evaluate("() => window.Careline.identify('e30.eyJzdWIiOiJDMTAwMSJ9.x')")
    tab.write("hello")
    tab.sees("You wrote: hello")
    assert scene.chat.identities == ["e30.eyJzdWIiOiJDMTAwMSJ9.x"]
    tab.page.evaluate("() => window.Careline.close()")
    expect(tab.panel).to_be_hidden()


def test_it_fills_a_phone_and_keeps_tab_inside(scene: Scene) -> None:
    tab = scene.customer(viewport={"width": 360, "height": 640}, reduced_motion="reduce").visit()
    box = tab.panel.bounding_box()
    assert box == {"x": 0, "y": 0, "width": 360, "height": 640}
    for _ in range(12):
        tab.page.keyboard.press("Tab")
        assert tab.page.evaluate("() => document.activeElement.tagName") == "CARELINE-CHAT"


def test_the_widget_is_smaller_than_20_kilobytes_gzipped(widget_file: Path) -> None:
    assert len(gzip.compress(widget_file.read_bytes(), 9)) < 20_000
