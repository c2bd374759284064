"""The desk as two colleagues use it in their browsers, and customers who write to them."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from typing import Any

from playwright.sync_api import Browser as Chromium
from playwright.sync_api import BrowserContext, Locator, Page, Route, expect

from careline.app import create_app
from careline.channels import tokens
from careline.desk.accounts import sessions
from careline.desk.accounts.door import SessionDoor
from careline.desk.accounts.sessions import Browser
from careline.journey.words import HandoverReason, Role
from tests.browser import PATIENCE, axe
from tests.browser.serving import serving
from tests.conversation.staff.desk import Desk, hire
from tests.house import Chat, House

_customers = count(1001)

# The page does so when it is told how things stand; what the one before asked for does not count.
ONCE_THE_QUEUE_WAS_ASKED_FOR = """() => new Promise((done) => {
  const isIt = (one) => one.name.includes("/desk/queue?");
  new PerformanceObserver((list) => list.getEntries().some(isIt) && done())
    .observe({ type: "resource", buffered: true });
})"""


def someone() -> str:
    """A customer of the demo shop whom no other test knows."""
    return f"C{next(_customers)}"


@dataclass
class Office:
    """One shop's desk: Lena (staff), Tom (lead), and any number of customers."""

    house: House
    address: str
    browser: Chromium
    desk: Desk
    stack: ExitStack = field(default_factory=ExitStack)  # of the browsers; each test has its own
    complaints: list[str] = field(default_factory=list)

    def lena(self, **options: Any) -> "Seat":
        return self.seat(self.desk.lena, **options)

    def tom(self, **options: Any) -> "Seat":
        return self.seat(self.desk.tom, **options)

    def customer(self, ref: str) -> Chat:
        """A chat of a customer whom the shop's page vouches for; each call is another chat."""
        house = self.house
        secret = house.container.settings.identity_secret.get_secret_value()
        return house.chat(tokens.identity_token(secret, ref, house.clock.now()))

    def waiting(self, ref: str, words: str = "I want to talk to a person") -> Chat:
        """A customer who has written and waits for a person."""
        chat = self.customer(ref)
        chat.say(words)
        self.escalate(chat)
        return chat

    def escalate(self, chat: Chat, reason: HandoverReason = HandoverReason.ASKED_FOR) -> None:
        self.desk.escalate(chat, reason)
        self.house.container.hub.nudge(chat.id)

    def seat(self, staff_id: str, **options: Any) -> "Seat":
        context = self.browser.new_context(**{"locale": "en-GB"} | options)
        context.set_default_timeout(PATIENCE)
        context.add_init_script(axe.SCRIPT.read_text())
        self.stack.callback(context.close)
        _watch_requests(context)
        context.add_cookies([self.signed_in(staff_id)])
        page = context.new_page()
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", self._listen)
        return Seat(self, page)

    def signed_in(self, staff_id: str) -> Any:
        """The cookie that signing in would give; how to get it is tested with the accounts."""
        container, now = self.house.container, self.house.clock.now()
        door = SessionDoor(container.database, self.house.clock, is_https=False)
        with container.database.begin() as session:
            token = sessions.begin(
                session, now, staff_id, Browser("127.0.0.1", "test"), timedelta(days=1), "password"
            )
        return {"name": door.cookie, "value": token, "url": self.address}

    def _listen(self, message: Any) -> None:
        # A refusal is a 4xx, which the browser notes by itself; everything else is ours.
        refused = "status of 4" in message.text or "net::ERR" in message.text
        if message.type == "error" and not refused:
            self.complaints.append(message.text)


class Seat:
    """One colleague's tab."""

    def __init__(self, office: Office, page: Page) -> None:
        self.office, self.page = office, page
        self.field = page.locator("#words")
        self.talk = page.locator("#talk")
        self.thread = page.locator("#thread")
        self.rows = page.locator("#rows [data-open]")
        self.dialog = page.locator("#dialog")
        self.alerts = page.locator("#alerts")

    def look(self, path: str = "/desk") -> "Seat":
        self.page.goto(self.office.address + path)
        return self

    def listen(self, path: str = "/desk") -> "Seat":
        """Open it, and wait until the page knows how things stand: what comes later is news."""
        self.look(path)
        self.page.evaluate(ONCE_THE_QUEUE_WAS_ASKED_FOR)
        return self

    def open(self, chat: Chat) -> "Seat":
        self.look(f"/desk/conversations/{chat.id}")
        self.thread.wait_for()
        return self

    def hold(self, chat: Chat) -> "Seat":
        """Open it and claim it (or take it over)."""
        self.open(chat)
        self.press("c")
        self.has_it()
        return self

    def has_it(self) -> None:
        expect(self.talk).to_have_attribute("data-mine", "true")
        expect(self.field).to_be_enabled()

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def write(self, words: str) -> None:
        self.field.fill(words)
        self.field.press("Control+Enter")

    def sees(self, words: str) -> None:
        expect(self.thread).to_contain_text(words)

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    def in_dialog(self, name: str) -> Locator:
        return self.dialog.get_by_role("button", name=name, exact=True)


@contextmanager
def open_office(house: House, browser: Chromium) -> Iterator[Office]:
    """Served by the real app; complaints of the pages fail the test at the end."""
    with ExitStack() as stack:
        address = f"http://127.0.0.1:{stack.enter_context(serving(create_app(house.container)))}"
        lena, tom = hire(house, "Lena Marsh"), hire(house, "Tom Hale", Role.LEAD)
        yield Office(house, address, browser, Desk(house, lena, tom))


def claim_race(office: Office, chat: Chat) -> tuple[Seat, Seat]:
    """Lena and Tom claim it at once: one has it, the other is told who. Gives winner and loser."""
    lena, tom = office.lena().open(chat), office.tom().open(chat)
    claims: list[Route] = []

    def send_both(claim: Route) -> None:
        """Once both have asked: else the first one's claim takes the other's button away."""
        claims.append(claim)
        if len(claims) == 2:
            for each in claims:
                each.continue_()

    for seat in (lena, tom):
        seat.page.route("**/claim", send_both)
        seat.page.evaluate("document.querySelector('[data-post$=\"/claim\"]').click()")
    for seat in (lena, tom):
        expect(seat.talk).to_have_attribute("data-mode", "person")
        seat.page.unroute("**/claim")
    holder = office.house.conversation(chat.id).holder
    winner, loser, name = (
        (lena, tom, "Lena Marsh") if holder == office.desk.lena else (tom, lena, "Tom Hale")
    )
    winner.has_it()
    expect(loser.alerts).to_contain_text(f"{name} is already talking with this customer")
    expect(loser.talk).to_contain_text(f"{name} has it")
    return winner, loser


def _watch_requests(context: BrowserContext) -> None:
    """From the start: what is asked just after the first route of a page may pass it unseen.

    On a busy machine it did with a bare page 24 times in fewer than 900 tries, and with a route
    that was there before its first request not once in 900. Playwright's issue 41802 is its kin.
    """
    context.route("**/nothing-asks-for-this", lambda route: route.continue_())


class Held:
    """Answers that are on their way."""

    def __init__(self) -> None:
        self.routes: list[Route] = []
        self.is_over = False

    def keep(self, route: Route) -> None:
        if self.is_over:
            route.continue_()
        else:
            self.routes.append(route)

    def let_go(self) -> None:
        self.is_over = True
        routes, self.routes = self.routes, []
        for each in routes:
            each.continue_()


@contextmanager
def slow(page: Page, address: str) -> Iterator[Held]:
    """Whatever is asked from this address meanwhile waits; at the end all of it arrives."""
    held = Held()
    page.route(address, held.keep)
    yield held
    held.let_go()


def settle(page: Page) -> None:
    """What the page does with an answer that has arrived is done."""
    frame = "new Promise((done) => requestAnimationFrame(done))"
    page.evaluate(frame)
    page.evaluate(frame)
