"""The demo shop with the widget on it, against the real app: the two agree about the interface."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from careline.app import create_app
from careline.shops.seed import seed
from tests.browser import PATIENCE, axe
from tests.browser.axe import violations
from tests.browser.conftest import Tab
from tests.browser.serving import serving
from tests.browser.test_widget import photo_file
from tests.house import House, open_house

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[House, str]]:
    with open_house(tmp_path_factory.mktemp("demo")) as house:
        seed(house.container.shop_database, house.clock.now())
        with serving(create_app(house.container)) as port:
            yield house, f"http://127.0.0.1:{port}"


@pytest.fixture
def page(browser: Browser, widget_file: Path) -> Iterator[Page]:
    context = browser.new_context(locale="en-GB")
    context.set_default_timeout(PATIENCE)
    context.add_init_script(axe.SCRIPT.read_text())
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
    yield page
    context.close()
    assert complaints == []


def test_a_signed_in_customer_asks_about_an_order(
    seeded: tuple[House, str], page: Page, tmp_path: Path
) -> None:
    house, address = seeded
    choices = [{"title": "Yes", "payload": "/affirm"}, {"title": "No", "payload": "/deny"}]
    house.rasa.replies = [{"text": "Is it the **left** one?", "buttons": choices}]
    page.goto(f"{address}/?customer=C1001")
    expect(page.get_by_role("heading", name="Your latest orders")).to_be_visible()
    assert violations(page) == []
    page.get_by_role("button", name="Something wrong?").first.click()
    tab = Tab(page)
    tab.field.press("End")
    tab.field.type("it squeaks")
    page.locator("careline-chat input[type=file]").set_input_files(photo_file(tmp_path, size=0))
    expect(tab.button("Send")).to_be_enabled()
    tab.field.press("Enter")
    tab.button("Open photo boots.jpg").wait_for()
    tab.sees("Is it the left one?")
    tab.button("Yes").click()
    expect(tab.button("Yes (chosen)")).to_be_disabled()
    page.reload()
    tab.sees("it squeaks")
    expect(tab.button("Yes (chosen)")).to_be_disabled()
    assert violations(page) == []


def test_the_picker_changes_who_is_signed_in(seeded: tuple[House, str], page: Page) -> None:
    _, address = seeded
    page.goto(address)
    expect(page.get_by_text("Signed out:")).to_be_visible()
    page.get_by_label("Signed in as").select_option("C1003")
    expect(page.get_by_role("heading", name="Your latest orders")).to_be_visible()
    expect(page.locator("script[data-identity]")).to_have_count(1)


def test_the_outbox_says_what_would_be_there(seeded: tuple[House, str], page: Page) -> None:
    _, address = seeded
    page.goto(f"{address}/demo/outbox")
    expect(page.get_by_text("No e-mail yet.")).to_be_visible()
    assert violations(page) == []
