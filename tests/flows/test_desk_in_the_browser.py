"""Customers in real widgets, colleagues at the real desk, and the bot between them: all at once."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import select

from careline.journey.models import Case, Conversation, Message
from careline.journey.repository import customer_ids
from careline.journey.words import Author, Role
from tests.browser import PATIENCE
from tests.browser.conftest import Tab
from tests.browser.desk_page import Office, Seat, claim_race, slow
from tests.conversation.staff.desk import Desk, hire
from tests.flows import processes
from tests.flows.inside import Inside, app_inside
from tests.flows.processes import Bot
from tests.house import Chat, House

pytestmark = pytest.mark.browser


@dataclass
class Street:
    """The shop with its customers outside and its colleagues inside."""

    inside: Inside
    office: Office

    def customer(self, ref: str) -> Tab:
        """At a device of their own, with the chat open."""
        context = self.office.browser.new_context(locale="en-GB")
        context.set_default_timeout(PATIENCE)
        self.office.stack.callback(context.close)
        page = context.new_page()
        page.on("pageerror", lambda error: self.office.complaints.append(str(error)))
        page.goto(f"{self.office.address}/?customer={ref}")
        tab = Tab(page)
        tab.launcher.wait_for()
        tab.open()
        return tab

    def chat_of(self, ref: str, place: int = 0) -> Chat:
        """The customer's conversations, the oldest first, for a seat to open."""
        with self.inside.container.database.read() as session:
            customer_id = customer_ids(session, {ref})[ref]
            found = session.scalars(
                select(Conversation.id)
                .where(Conversation.customer_id == customer_id)
                .order_by(Conversation.created_at, Conversation.id)
            ).all()
        return Chat(self.office.house, "", found[place])

    def said_by(self, chat: Chat, author: Author) -> list[str]:
        with self.inside.container.database.read() as session:
            of = select(Message.text).where(Message.conversation_id == chat.id)
            return list(session.scalars(of.where(Message.author == author)))


@pytest.fixture(scope="module")
def opened(
    bot: Bot,
    seeded: Path,
    tmp_path_factory: pytest.TempPathFactory,
    browser: Browser,
    widget_file: Path,
) -> Iterator[Street]:
    state = processes.copy_state(seeded, tmp_path_factory.mktemp("desk") / "var")
    settings = processes.app_settings(state, bot)
    with app_inside(settings) as inside:
        parts: Any = (inside.container, None, inside.container.clock, inside.shop.client)
        house = House(*parts)
        lena, tom = hire(house, "Lena Marsh"), hire(house, "Tom Hale", Role.LEAD)
        office = Office(house, str(settings.base_url).rstrip("/"), browser, Desk(house, lena, tom))
        yield Street(inside, office)


@pytest.fixture
def street(opened: Street) -> Iterator[Street]:
    opened.office.complaints.clear()
    with ExitStack() as browsers:
        opened.office.stack = browsers
        yield opened
    assert opened.office.complaints == []


def test_taken_over_in_a_return_form_the_bot_goes_on_with_what_was_decided(street: Street) -> None:
    priya = street.customer("C1005")
    priya.write("I want to return my trainers")
    priya.page.get_by_role("button", name="Quayside trainers, size 40").wait_for()
    chat = street.chat_of("C1005")
    lena = street.office.lena().hold(chat)
    expect(lena.page.locator("#pane-customer")).to_contain_text("Quayside trainers")

    asked = len(street.said_by(chat, Author.BOT))
    priya.write("the grey ones")  # an answer to the form, which no bot may take now
    lena.sees("the grey ones")
    lena.write("I send you the blue ones instead.")
    priya.sees("I send you the blue ones instead.")
    assert len(street.said_by(chat, Author.BOT)) == asked
    assert cases(street, chat) == []

    lena.press("Escape", "b")
    lena.dialog.get_by_label("In your words").fill("They leave us tomorrow.")
    lena.dialog.get_by_label("Replacement ordered").check()
    lena.in_dialog("Hand back").click()
    priya.sees("They leave us tomorrow.")
    (line,) = street.said_by(chat, Author.BOT)[asked:]
    assert "Lena Marsh" in line
    assert "replacement" in line.casefold()

    priya.write("do you sell gift cards?")  # the form is over: this answers no question of it
    expect(priya.bubbles.filter(has_text="gift card").last).to_be_visible()
    assert cases(street, chat) == []


def test_two_colleagues_and_three_customers_at_once(street: Street) -> None:
    """Anna has two devices, Ben and Cara one each."""
    refs = ("C1011", "C1011", "C1012", "C1013")
    anna, laptop, ben, cara = (street.customer(ref) for ref in refs)
    for each in (anna, ben):
        each.write("I want to talk to a human")
    for each in (anna, ben):
        each.sees("hear from")
    chat = street.chat_of("C1011")

    winner, loser = claim_race(street.office, chat)
    laptop.write("where is my order?")
    cara.write("where is my order?")
    expect(cara.bubbles).not_to_have_count(1)
    winner.look("/desk?view=mine")
    expect(winner.rows).to_have_count(2)  # the laptop's came along with her
    other = street.chat_of("C1011", 1)
    answered_by_bot(street, street.chat_of("C1013"))
    assert street.said_by(other, Author.BOT) == []
    assert [row for row in street.said_by(chat, Author.SYSTEM) if "colleague" in row] == []

    winner.open(chat)
    with slow(winner.page, f"**/conversations/{chat.id}/talk*"):
        anna.write("never mind, it arrived")
        expect(anna.bubbles.filter(has_text="never mind")).to_be_visible()
        winner.write("We send it again.")
        expect(winner.page.locator("#composer-notice")).to_contain_text("still here")
    winner.sees("never mind, it arrived")
    expect(winner.field).to_have_value("We send it again.")
    assert street.said_by(chat, Author.STAFF) == []
    expect(winner.page.locator("body[data-under-way]")).to_have_count(0)  # keys are dropped before

    winner.press("Escape", "p")
    winner.dialog.get_by_label("To").select_option(label=option_for(winner, loser))
    winner.in_dialog("Pass on").click()
    loser.has_it()
    loser.write("Good to hear!")
    anna.sees("Good to hear!")
    laptop.write("and the other one?")
    loser.open(other)
    loser.sees("and the other one?")
    assert street.said_by(other, Author.BOT) == []


def option_for(winner: Seat, loser: Seat) -> str:
    """As the list of colleagues has it: the name, and how many they have."""
    name = loser.page.locator(".me bdi").inner_text()
    return winner.dialog.locator("option", has_text=name).inner_text()


def answered_by_bot(street: Street, chat: Chat) -> None:
    processes.wait_until(
        lambda: street.said_by(chat, Author.BOT), within=30, what="the bot's answer to Cara"
    )


def cases(street: Street, chat: Chat) -> list[str]:
    with street.inside.container.database.read() as session:
        return list(session.scalars(select(Case.number).where(Case.conversation_id == chat.id)))
