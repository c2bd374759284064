"""The widget is usable by everybody: axe finds nothing, in any light, size and direction.

With CARELINE_SHOTS set to a folder, a screenshot of each is left there to be looked at.
"""

import os
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import expect

from tests.browser import axe
from tests.browser.chat_server import Refusal
from tests.browser.conftest import Scene, Tab
from tests.browser.test_widget import photo_file

pytestmark = pytest.mark.browser

DESK = {"width": 1280, "height": 800}
PHONE = {"width": 360, "height": 640}
LOOKS = [
    ("light", DESK, "ltr"),
    ("dark", DESK, "ltr"),
    ("light", PHONE, "ltr"),
    ("dark", PHONE, "ltr"),
    ("light", DESK, "rtl"),
    ("dark", PHONE, "rtl"),
]


def shoot(tab: Tab, name: str) -> None:
    if folder := os.environ.get("CARELINE_SHOTS"):
        tab.page.screenshot(path=Path(folder) / f"widget-{name}.png")


def a_conversation(scene: Scene) -> None:
    """What a long chat may hold: each author, choices, a card, long words, right-to-left text."""
    card = {
        "kind": "order",
        "number": "10482",
        "title": "Harbour boots, blue, 42",
        "subtitle": "Delivered Monday 23 November · £89.00",
        "state": "delivered",
    }
    choices = [{"title": "Yes", "payload": "/y"}, {"title": "Another order", "payload": "/n"}]
    scene.chat.answers["I got socks instead of boots"] = [
        {"text": "Sorry, that's our mistake. Is it the **Harbour boots**?", "card": card},
        {"text": "They came yesterday.", "buttons": choices},
    ]
    remedies = ["Send the right ones", "Money back", "Keep the socks, with £10.00 back"]
    scene.chat.answers["/y"] = [
        {
            "text": "We send the blue boots today, with you by **Friday 27 November**. "
            "How it works: https://shop.example/help/wrong-item",
            "buttons": [{"title": each, "payload": f"/{each}"} for each in remedies],
        }
    ]


@pytest.mark.parametrize(("light", "size", "direction"), LOOKS)
def test_axe_finds_nothing(
    scene: Scene,
    tmp_path: Path,
    light: Literal["light", "dark"],
    size: dict[str, int],
    direction: str,
) -> None:
    name = f"{light}-{size['width']}-{direction}"
    a_conversation(scene)
    customer = scene.customer(
        color_scheme=light,
        viewport=size,
        reduced_motion="reduce",
        init_script=axe.SCRIPT.read_text(),
    )
    tab = customer.visit(f"?direction={direction}", opened=False)
    assert axe.violations(tab.page) == []
    tab.open()
    assert axe.violations(tab.page) == []
    shoot(tab, f"{name}-empty")
    tab.write("I got socks instead of boots")
    tab.button("Yes").click()
    tab.sees("We send the blue boots")
    shoot(tab, f"{name}-choices")
    picker = tab.page.locator("careline-chat input[type=file]")
    picker.set_input_files(photo_file(tmp_path, size=0))
    expect(tab.button("Send")).to_be_enabled()
    tab.write("هذه صورة الحذاء، وصل مختلفًا عن الطلب")
    tab.button("Open photo boots.jpg").wait_for()
    scene.chat.hand_to("person")
    scene.chat.say("Hello, I'm Maren. I have your photo, one moment.", author="staff")
    scene.chat.say("Your colleague answers until 17:00.", author="system")
    tab.sees("until 17:00")
    scene.chat.typing(True)
    tab.page.locator("careline-chat .typing").wait_for()
    scene.chat.refuse_texts["no"] = Refusal(422, "invalid", "This is not possible now.")
    tab.write("no")
    expect(tab.panel).to_contain_text("Not sent.")
    program = tmp_path / "a-file-with-a-rather-long-name-indeed.exe"
    program.write_bytes(b"MZ")
    picker.set_input_files(program)
    expect(tab.panel).to_contain_text("Only photos")
    assert axe.violations(tab.page) == []
    shoot(tab, f"{name}-full")
    scene.wire.cut()
    tab.notice.wait_for()
    assert axe.violations(tab.page) == []
    shoot(tab, f"{name}-cut")
    scene.wire.mend()
    expect(tab.notice).to_be_hidden()
    tab.page.keyboard.press("Escape")
    scene.chat.say("Anything else?")
    expect(tab.badge).to_have_text("1")
    assert axe.violations(tab.page) == []
    shoot(tab, f"{name}-closed")
