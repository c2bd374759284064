"""From the parcel to the thanks, as a customer's browser shows it: real widget, app and Rasa."""

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, expect
from sqlalchemy import select

from careline.channels.shop_hooks import sign
from careline.journey.models import Feedback, Touch
from careline.journey.words import TouchState
from careline.kit.clock import FixedClock
from careline.service.policies import load_policies
from careline.worker import tick
from tests.browser import PATIENCE, axe
from tests.browser.conftest import Tab
from tests.flows import processes
from tests.flows.inside import Inside, app_inside
from tests.flows.processes import Bot

pytestmark = pytest.mark.browser

BERLIN = ZoneInfo("Europe/Berlin")
SOPHIE = "C1042"  # whose lamp is on its way


class Home:
    """Sophie's browser, the shop that she ordered from, and the days that pass."""

    def __init__(self, inside: Inside, clock: FixedClock, context: BrowserContext) -> None:
        self.inside, self.clock, self.context = inside, clock, context
        self.complaints: list[str] = []

    def visits(self) -> Tab:
        """The shop's page in a new tab; the chat stays closed."""
        page = self.context.new_page()
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", self._listen)
        page.goto(f"{self.inside.shop.settings.base_url}/?customer={SOPHIE}")
        tab = Tab(page)
        tab.launcher.wait_for()
        return tab

    def comes_back_to_something_new(self, name: str) -> Tab:
        """One word was said while the tab was closed: the badge tells, the opened chat shows it."""
        tab = self.visits()
        expect(tab.badge).to_have_text("1")
        look_at(tab, f"{name}-badge")
        tab.open()
        expect(tab.badge).to_have_count(0)
        look_at(tab, name)
        return tab

    def parcel_arrives(self, order: str) -> None:
        """The carrier delivers it, and the shop tells us by its signed event."""
        for happened in ("shipped", "delivered"):
            getattr(self.inside.container.shop, f"mark_{happened}")(order)
            self._event(f"order.{happened}", order)

    def days_pass(self, days: int) -> None:
        """To eleven o'clock of that day, or of Monday if it is a Sunday; then one tick."""
        at = (self.clock.now() + timedelta(days=days)).astimezone(BERLIN)
        self.clock.set(at.replace(hour=11, minute=5) + timedelta(days=at.weekday() == 6))
        tick(self.inside.container)

    def sent(self, playbook: str) -> int:
        with self.inside.container.database.read() as session:
            of = select(Touch.id).where(Touch.playbook == playbook, Touch.state == TouchState.SENT)
            return len(session.scalars(of).all())

    def ratings(self) -> list[tuple[str, int | None, str]]:
        with self.inside.container.database.read() as session:
            rows = session.execute(select(Feedback.kind, Feedback.score, Feedback.about))
            return [(kind, score, about) for kind, score, about in rows]

    def _event(self, kind: str, order: str) -> None:
        now, settings = self.clock.now(), self.inside.container.settings
        event = {
            "id": str(uuid4()), "type": kind, "at": now.isoformat(),
            "data": {"customer": SOPHIE, "order": order},
        }  # fmt: skip
        body = json.dumps(event).encode()
        answer = httpx.post(
            f"{settings.base_url}/hooks/shop",
            content=body,
            headers=sign(settings.hook_secret.get_secret_value(), body, now),
            timeout=30,
            trust_env=False,
        )
        assert answer.json() == {"accepted": 1, "repeated": 0, "refused": []}, answer.text

    def _listen(self, message: Any) -> None:
        if message.type == "error":
            self.complaints.append(message.text)


@pytest.fixture
def home(bot: Bot, fresh_state: Path, browser: Browser, widget_file: Path) -> Iterator[Home]:
    policies = load_policies(processes.ROOT / "policies")
    nobody = policies.contact.hold_out.model_copy(update={"percent": 0})
    contact = policies.contact.model_copy(update={"hold_out": nobody})
    policies = policies.model_copy(update={"contact": contact})
    clock = FixedClock(a_tuesday(datetime.now(UTC)))
    settings = processes.app_settings(fresh_state, bot)
    with app_inside(settings, clock=clock, policies=policies) as inside:
        context = browser.new_context(locale="en-GB", viewport={"width": 1280, "height": 900})
        context.set_default_timeout(PATIENCE)
        context.add_init_script(axe.SCRIPT.read_text())
        home = Home(inside, clock, context)
        yield home
        context.close()
        assert home.complaints == []


def a_tuesday(after: datetime) -> datetime:
    """The next one at eleven, so that no Sunday comes in between; the shop's stories are older."""
    at = after.astimezone(BERLIN).replace(hour=11, minute=5)
    return at + timedelta(days=(1 - at.weekday()) % 7 or 7)


def look_at(tab: Tab, name: str) -> None:
    """Wide and narrow, light and dark; for those who look: CARELINE_SHOTS names a folder."""
    for width in (1280, 360):
        tab.page.set_viewport_size({"width": width, "height": 780})
        for scheme in ("light", "dark"):
            tab.page.emulate_media(color_scheme=scheme)
            wide = "document.documentElement.scrollWidth > innerWidth"
            assert not tab.page.evaluate(wide), f"{name} is wider than {width}"
            assert axe.violations(tab.page) == [], f"{name}, {width}, {scheme}"
            if folder := os.environ.get("CARELINE_SHOTS"):
                tab.page.screenshot(path=Path(folder) / f"walk-{name}-{width}-{scheme}.png")
    tab.page.set_viewport_size({"width": 1280, "height": 900})
    tab.page.emulate_media(color_scheme="light")


def test_from_the_parcel_to_the_thanks_in_the_browser(home: Home) -> None:
    sophie = home.inside.shop.customer(SOPHIE)
    order = sophie.order()["number"]
    tab = home.visits()
    tab.open()
    tab.write("hello")
    expect(tab.bubbles.nth(1)).to_contain_text("bot")  # it says what it is, in one way or another
    tab.page.close()

    home.parcel_arrives(order)
    home.days_pass(3)
    tab = home.comes_back_to_something_new("check-in")
    tab.sees(f"order {order}")
    tab.write("it's cracked")
    tab.sees(f"from order {order}")  # said back, so that a mistake would show
    tab.sees("Could you add a photo")
    tab.write("I can't take a photo")
    tab.sees("Shall I send a new one today")
    look_at(tab, "offer")
    tab.button("Yes, send it").click()
    tab.sees("your case is")
    look_at(tab, "replacement")
    (case,) = sophie.cases()
    assert (case["kind"], case["order"], case["resolution"]) == ("faulty", order, "replacement")
    tab.page.close()

    new_one = sophie.order()["number"]
    assert new_one != order
    home.days_pass(3)  # what we promised is under way: nothing is asked before it is there
    assert home.sent("case_follow_up") == 0
    home.parcel_arrives(new_one)
    home.days_pass(1)
    tab = home.comes_back_to_something_new("follow-up")
    tab.sees(case["number"])
    tab.button("5 · great").wait_for()
    tab.write("4, but the driver was rude")
    tab.sees("Thank you for the 4.")
    look_at(tab, "thanks")

    complaint = next(each for each in sophie.cases() if each["kind"] == "complaint")
    assert "rude" in home.inside.shop.reads(f"/api/cases/{complaint['number']}")["details"]
    assert home.ratings() == [("csat", 4, f"case {case['number']}")]
    assert (home.sent("unboxing_check_in"), home.sent("case_follow_up")) == (1, 1)
