"""What the links of our e-mails open: the chat, goes on as the same person; what should stop."""

import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from careline.app import create_app
from careline.journey.models import Customer
from tests.browser import PATIENCE, axe
from tests.browser.conftest import Tab
from tests.browser.serving import serving
from tests.channels.web.test_mail_pages import FIVE, FOUR, conversations, mailed, path_in
from tests.house import House, open_house

pytestmark = pytest.mark.browser

NAMES = {"plain": "Ana Lima", "rtl": "ليلى حداد", "long": f"{'Wolfeschlegelstein' * 5} Lima"}


class Reader:
    """Somebody who reads their mail, in a browser of their own, and the app behind its links."""

    def __init__(self, house: House, address: str, browser: Browser, stack: ExitStack) -> None:
        self.house, self.address = house, address
        self._browser, self._stack = browser, stack
        self.complaints: list[str] = []

    def page(self, **options: Any) -> Page:
        context = self._browser.new_context(**{"locale": "en-GB"} | options)
        context.set_default_timeout(PATIENCE)
        context.add_init_script(axe.SCRIPT.read_text())
        self._stack.callback(context.close)
        page = context.new_page()
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", self._listen)
        return page

    def _listen(self, message: Any) -> None:
        if message.type == "error" and "status of 4" not in message.text:
            self.complaints.append(message.text)


@pytest.fixture
def reader(tmp_path: Path, browser: Browser, widget_file: Path) -> Iterator[Reader]:
    with open_house(tmp_path) as house, ExitStack() as stack:
        port = stack.enter_context(serving(create_app(house.container)))
        reader = Reader(house, f"http://127.0.0.1:{port}", browser, stack)
        yield reader
        assert reader.complaints == []


def shot(page: Page, name: str) -> None:
    """For those who look: CARELINE_SHOTS names a folder."""
    if folder := os.environ.get("CARELINE_SHOTS"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=Path(folder) / f"{name}.png")


def test_the_link_goes_on_in_the_chat_and_comes_back_to_it(reader: Reader) -> None:
    link = path_in(mailed(reader.house), "c")
    page = reader.page()
    page.goto(reader.address + link)
    page.get_by_role("button", name="Open the chat").click()
    tab = Tab(page)
    tab.sees("Is everything all right with order 10482?")
    tab.write("It has a crack")
    expect(tab.bubbles).to_have_count(3)
    [conversation] = conversations(reader.house)
    assert reader.house.messages(conversation)[1].text == "It has a crack"
    page.goto("about:blank")
    page.goto(reader.address + link)
    tab.sees("It has a crack")
    elsewhere = reader.page()
    elsewhere.goto(reader.address + link)
    expect(elsewhere.get_by_role("heading")).to_have_text("This link was opened in another browser")
    expect(elsewhere.locator("careline-chat .launcher")).to_be_visible()


def test_a_survey_answered_in_the_e_mail_is_there_in_the_chat(reader: Reader) -> None:
    link = path_in(mailed(reader.house, buttons=(FOUR, FIVE)), "c").partition("?")[0]
    page = reader.page()
    page.goto(f"{reader.address}{link}?answer=1")
    expect(page.get_by_text("Your answer: 5 · great")).to_be_visible()
    page.get_by_role("button", name="Send it and open the chat").click()
    tab = Tab(page)
    expect(tab.bubbles.nth(1)).to_have_text("5 · great")
    expect(tab.button("5 · great (chosen)")).to_be_disabled()


def test_one_press_stops_and_the_page_says_what(reader: Reader) -> None:
    link = path_in(mailed(reader.house), "unsubscribe")
    page = reader.page()
    page.goto(reader.address + link)
    page.get_by_label("Offers only").check()
    page.get_by_role("button", name="Stop it").click()
    expect(page.get_by_role("status")).to_contain_text("You get no more offers from us.")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", NAMES)
def test_the_pages_read_well_on_a_phone(reader: Reader, name: str, scheme: Any) -> None:
    buttons = tuple({"title": f"{n}", "payload": f"/x{n}"} for n in range(11))
    email = mailed(reader.house, buttons=buttons)
    with reader.house.container.database.begin() as session:
        session.get_one(Customer, "cus_ana").name = NAMES[name]
    page = reader.page(viewport={"width": 360, "height": 740}, color_scheme=scheme)
    chat = path_in(email, "c").partition("?")[0]
    places = {
        "go-on": chat,
        "answer": f"{chat}?answer=9",
        "stop": path_in(email, "unsubscribe"),
        "bad": "/c/none",
    }
    for place, path in places.items():
        page.goto(reader.address + path)
        assert axe.violations(page) == []
        wide = "document.documentElement.scrollWidth > innerWidth"
        assert not page.evaluate(wide), f"{place} is wider than the phone"
        shot(page, f"mail-{place}-{name}-{scheme}")
    letter = reader.page(viewport={"width": 360, "height": 740}, color_scheme=scheme)
    letter.set_content(email.html)
    shot(letter, f"mail-letter-{name}-{scheme}")
