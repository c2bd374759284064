"""Chromium; a shop's page, a chat server on another origin and a wire between them; a desk."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page
from sqlalchemy import select

from careline.journey.models import Conversation
from careline.shops.seed import seed
from tests.browser import PATIENCE
from tests.browser.chat_server import ChatServer
from tests.browser.desk_page import Office, open_office
from tests.browser.serving import Wire, serving
from tests.browser.shop_page import ShopPage
from tests.house import open_house


@dataclass
class Scene:
    """One test's shop and server, and the customers' browsers that look at them."""

    browser: Browser
    chat: ChatServer
    shop: ShopPage
    wire: Wire
    address: str
    stack: ExitStack
    complaints: list[str] = field(default_factory=list)

    def customer(self, **options: Any) -> "Customer":
        """Somebody at a device of their own."""
        init_script = options.pop("init_script", None)
        context = self.browser.new_context(**{"locale": "en-GB"} | options)
        context.set_default_timeout(PATIENCE)
        self.stack.callback(context.close)
        if init_script:
            context.add_init_script(init_script)
        return Customer(self, context)


class Customer:
    def __init__(self, scene: Scene, context: Any) -> None:
        self.scene, self.context = scene, context

    def visit(self, query: str = "", opened: bool = True) -> "Tab":
        page = self.context.new_page()
        page.on("pageerror", lambda error: self.scene.complaints.append(str(error)))
        page.on("console", self._listen)
        page.goto(self.scene.address + query)
        tab = Tab(page)
        tab.launcher.wait_for()
        if opened:
            tab.open()
        return tab

    def _listen(self, message: Any) -> None:
        # A cut wire is reported by the browser itself; everything else is ours.
        if message.type == "error" and "net::ERR" not in message.text:
            self.scene.complaints.append(message.text)


class Tab:
    """One tab, as a customer uses it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.launcher = page.locator("careline-chat .launcher")
        self.panel = page.get_by_role("dialog")
        self.field = page.get_by_label("Your message")
        self.bubbles = page.locator("careline-chat .bubble")
        self.badge = page.locator("careline-chat .badge")
        self.notice = page.locator("careline-chat .notice")

    def open(self) -> None:
        self.launcher.click()
        self.field.wait_for()

    def write(self, text: str) -> None:
        self.field.fill(text)
        self.field.press("Enter")

    def sees(self, text: str) -> None:
        self.bubbles.filter(has_text=text).first.wait_for()

    def texts(self) -> list[str]:
        return self.bubbles.all_inner_texts()

    def button(self, name: str) -> Any:
        return self.page.get_by_role("button", name=name, exact=True)


@pytest.fixture
def scene(browser: Browser, widget_file: Path) -> Iterator[Scene]:
    with ExitStack() as stack:
        chat, shop = ChatServer(str(widget_file)), ShopPage()
        wire = Wire(stack.enter_context(serving(chat.app)))
        stack.callback(wire.close)
        shop.chat = f"http://127.0.0.1:{wire.port}"
        address = f"http://127.0.0.1:{stack.enter_context(serving(shop.app))}/"
        scene = Scene(browser, chat, shop, wire, address, stack)
        with ExitStack() as browsers:
            scene.stack = browsers
            yield scene
        assert shop.reports == [], "the page's security policy was broken"
        assert [each for each in scene.complaints if "status of" not in each] == []


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Office]:
    with open_house(tmp_path_factory.mktemp("desk")) as house:
        seed(house.container.shop_database, house.clock.now())
        with open_office(house, browser) as office:
            yield office


@pytest.fixture
def office(shared: Office) -> Iterator[Office]:
    shared.house.rasa.replies, shared.house.rasa.hold = [], None
    shared.complaints.clear()
    with ExitStack() as browsers:
        shared.stack = browsers
        yield shared
    _empty_the_desk(shared)
    assert shared.complaints == []


def _empty_the_desk(office: Office) -> None:
    with office.house.container.database.begin() as session:
        for one in session.scalars(select(Conversation).where(Conversation.mode != "closed")):
            one.mode, one.holder, one.joined_to = "closed", None, None
