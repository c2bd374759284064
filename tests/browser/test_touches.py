"""The CX manager's pages of touches in Chromium: every size, light and dark, by keyboard."""

import os
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import select

from careline.journey.models import Customer, Identity, Staff, Touch, TouchDecision
from careline.journey.words import Role
from tests.browser import axe
from tests.browser.desk_page import Office, Seat, open_office
from tests.conversation.staff.desk import hire
from tests.house import House, open_house

pytestmark = pytest.mark.browser

DAY = timedelta(days=1)
NAMES = (
    "Ana Lund",
    "مرحبا بالعالم",
    "Wolfeschlegelsteinhausenbergerdorff-Bartholomew Featherstone",
)
PLAYBOOKS = {  # sent, held out, of those the share that reached the goal
    "unboxing_check_in": (180, 60, 0.42, 0.15),
    "thank_you": (240, 40, 0.21, 0.20),
    "win_back": (12, 2, 0.1, 0.0),
    "case_follow_up": (96, 34, 0.31, 0.26),
    "how_is_it_going": (150, 48, 0.22, 0.06),
    "review_request": (61, 9, 0.28, 0.0),
}
_number = count()
CARLA = "Carla Novak"


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Office]:
    with open_house(tmp_path_factory.mktemp("touches")) as house:
        fill(house)
        with open_office(house, browser) as office:
            hire(house, CARLA, Role.CX)
            yield office


@pytest.fixture
def office(shared: Office) -> Iterator[Office]:
    shared.complaints.clear()
    with ExitStack() as browsers:
        shared.stack = browsers
        yield shared
    assert shared.complaints == []


def fill(house: House) -> None:
    now = house.clock.now()
    with house.container.database.begin() as session:
        people = [
            Customer(id=f"cus_{n}", name=NAMES[n % 3], time_zone="Europe/London", created_at=now,
                     updated_at=now)
            for n in range(400)
        ]  # fmt: skip
        session.add_all(people)
        session.flush()
        session.add_all(
            Identity(id=f"idn_{one.id}", customer_id=one.id, channel="email",
                     address=f"{one.id}@example.org", created_at=now, updated_at=now)
            for one in people
        )  # fmt: skip
        for name, (sent, out, share, share_out) in PLAYBOOKS.items():
            for state, many, of in (("sent", sent, share), ("held_out", out, share_out)):
                for n in range(many):
                    at = now - timedelta(days=1 + n % 20)
                    session.add(
                        a_touch(
                            f"cus_{n + (300 if state == 'held_out' else 0)}", name, now,
                            state=state, sent_at=at, decided_at=at, why="fine",
                            goal_until=now + DAY, delivered_at=at, read_at=at if n % 3 else None,
                            answered_at=at if n % 5 == 0 else None,
                            goal_at=now if n < of * many else None,
                            opted_out_at=at if n % 60 == 59 and state == "sent" else None,
                        )
                    )  # fmt: skip
        for n in range(120):
            session.add(a_touch(f"cus_{n}", "unboxing_check_in", now, subject=f"order:{10480 + n}"))
        held = a_touch("cus_1", "win_back", now, state="dropped", why="overtaken",
                       why_note="order.placed", decided_at=now - DAY)  # fmt: skip
        session.add(held)
        session.flush()
        for verdict, why in (("hold", "quiet_hours"), ("hold", "cap_week"), ("drop", "overtaken")):
            session.add(
                TouchDecision(id=f"tcd_{next(_number)}", touch_id=held.id, customer_id="cus_1",
                              at=now - DAY, decision=verdict, why=why)
            )  # fmt: skip


def a_touch(customer_id: str, playbook: str, now: Any, **more: Any) -> Touch:
    number = next(_number)
    values: dict[str, Any] = {
        "id": f"tch_{number}", "key": str(number), "customer_id": customer_id,
        "playbook": playbook, "trigger": "t", "trigger_at": now, "about": {"order": "10482"},
        "subject": "order:10482", "due_at": now + DAY + timedelta(minutes=number % 1440),
        "planned_for": now, "too_late_at": now + 6 * DAY, "created_at": now, "updated_at": now,
    }  # fmt: skip
    return Touch(**(values | more))


def cx(office: Office, **options: Any) -> Seat:
    with office.house.container.database.read() as session:
        carla = session.scalars(select(Staff.id).where(Staff.name == CARLA)).one()
    return office.seat(carla, **options)


def shoot(seat: Seat, name: str) -> None:
    """For those who look: CARELINE_SHOTS names a folder."""
    if folder := os.environ.get("CARELINE_SHOTS"):
        seat.page.screenshot(path=Path(folder) / f"touches-{name}.png")


@pytest.mark.parametrize("light", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 800, 1440])
def test_its_pages_are_whole_and_accessible_at_every_size(
    office: Office, light: str, width: int
) -> None:
    carla = cx(office, viewport={"width": width, "height": 900}, color_scheme=light)
    for name, path in (
        ("worth", "/desk/touches"),
        ("next", "/desk/touches/next"),
        ("playbook", "/desk/touches/playbooks/unboxing_check_in"),
        ("empty", "/desk/touches/next?playbook=anniversary"),
        ("never", "/desk/touches/playbooks/safety_notice"),
    ):
        carla.look(path)
        expect(carla.page.locator("h1")).to_be_visible()
        assert axe.violations(carla.page) == [], name
        wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert carla.page.evaluate(wide) == 0, name
        shoot(carla, f"{light}-{width}-{name}")


def test_a_playbook_is_paused_and_goes_on_by_keyboard_alone(office: Office) -> None:
    carla = cx(office).look("/desk/touches/playbooks/thank_you")
    page = carla.page
    page.get_by_label("Why, for the team").focus()
    page.keyboard.type("The words are off")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Pause it")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".stopped")).to_contain_text("The words are off")
    shoot(carla, "paused")
    assert axe.violations(page) == []
    page.get_by_role("button", name="Let it go on").press("Enter")
    expect(page.locator(".stopped")).to_have_count(0)


def test_from_the_sheet_to_the_people_behind_it(office: Office) -> None:
    carla = cx(office).look("/desk/touches")
    page = carla.page
    page.get_by_role("row").filter(has_text="Win-back").locator("summary").first.click()
    expect(page.get_by_text("they have heard from us often enough this week")).to_be_visible()
    page.get_by_role("row").filter(has_text="Win-back").get_by_role("link").click()
    expect(page.locator("h1")).to_have_text("What does “Win-back” do?")
    page.get_by_role("link", name="Who is next?").first.click()
    page.get_by_label("Playbook").select_option("unboxing_check_in")
    page.get_by_role("button", name="Show").click()
    expect(page.locator("tbody tr")).to_have_count(100)
    page.get_by_role("link", name="Later ones").click()
    expect(page.locator("tbody tr")).to_have_count(20)
