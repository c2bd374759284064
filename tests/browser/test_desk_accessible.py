"""Pages and dialogs of the desk that no other test looks at: axe finds nothing in any look, and
nothing is wider than the screen. CARELINE_SHOTS names a folder for those who look as well."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyotp
import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from careline.desk.accounts import invitations, passwords
from careline.journey.models import Conversation, IdentityLink, Staff
from careline.journey.words import Role
from careline.service import linking
from tests.browser import axe
from tests.browser.desk_page import Office, Seat, someone
from tests.conversation.staff.desk import hire

pytestmark = pytest.mark.browser

PASSWORD = "seven boats leave"
BROKEN = """[...document.querySelectorAll('thead th')].filter((one) => one.offsetHeight > 60)
  .map((one) => one.textContent)"""  # more than two lines: letters below each other
TELL_SOMETHING = """{
  const told = document.createElement("p");
  told.className = "toast";
  told.textContent = "Something was told.";
  document.getElementById("toasts").append(told);
}"""
TAKES_A_TAP = "([x, y]) => document.elementFromPoint(x, y).closest('.toasts') !== null"
WIDER = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


def whole(page: Page, name: str) -> None:
    """Wide and narrow, light and dark; left as it was found."""
    for width, height in ((360, 740), (1440, 900)):
        page.set_viewport_size({"width": width, "height": height})
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            look = f"{name}, {width}, {scheme}"
            if folder := os.environ.get("CARELINE_SHOTS"):
                page.screenshot(path=Path(folder) / f"desk-{name}-{scheme}-{width}.png")
            assert axe.violations(page) == [], look
            assert not page.evaluate(WIDER), look
            assert page.evaluate(BROKEN) == [], look


@contextmanager
def outside(office: Office) -> Iterator[Page]:
    """Somebody who has not signed in yet."""
    context = office.browser.new_context(locale="en-GB")
    context.add_init_script(axe.SCRIPT.read_text())
    yield context.new_page()
    context.close()


def hired(office: Office, name: str, role: Role = Role.STAFF, *, secret: str = "") -> Staff:
    """Each test hires people of its own: addresses are theirs alone."""
    known = passwords.hashed(PASSWORD)
    who = hire(office.house, name, role, password_hash=known, totp_secret=secret or None)
    with office.house.container.database.read() as session:
        return session.get_one(Staff, who)


def test_the_way_in(office: Office) -> None:
    rosa = hired(office, "Rosa Lind", secret=pyotp.random_base32())
    container, now = office.house.container, office.house.clock.now()
    token = invitations.token_for(container.settings.secret.get_secret_value(), rosa, now)
    with outside(office) as page:
        page.goto(f"{office.address}/desk/welcome?token={token}")
        expect(page.get_by_role("heading", name="Set your password")).to_be_visible()
        whole(page, "welcome")
        page.goto(f"{office.address}/desk/welcome?token=spent")
        expect(page.get_by_role("alert")).to_be_visible()
        whole(page, "welcome-spent")
        page.goto(f"{office.address}/desk/sign-in")
        whole(page, "sign-in")
        for password, name in (("wrong", "sign-in-refused"), (PASSWORD, "code")):
            page.get_by_label("E-mail address").fill(rosa.email)
            page.get_by_label("Password").fill(password)
            page.get_by_role("button", name="Sign in").click()
            page.wait_for_load_state()
            whole(page, name)
        page.get_by_label("The six digits").fill("000000")
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("alert")).to_be_visible()
        whole(page, "code-refused")


def test_before_the_way_in_a_phone_says_whose_door_it_is(office: Office) -> None:
    with outside(office) as page:
        page.set_viewport_size({"width": 360, "height": 740})
        page.goto(f"{office.address}/desk/sign-in")
        expect(page.get_by_role("link", name="Careline")).to_be_visible()
    seat = office.lena().look("/desk/me")
    seat.page.set_viewport_size({"width": 360, "height": 740})
    expect(seat.page.get_by_role("link", name="Careline")).to_be_hidden()


def test_on_a_phone_what_is_told_does_not_stand_where_one_writes(office: Office) -> None:
    lena = office.lena(viewport={"width": 390, "height": 800}).hold(office.waiting(someone()))
    lena.page.evaluate(TELL_SOMETHING)
    told = lena.page.get_by_text("Something was told.").bounding_box()
    composer = lena.page.locator("#composer").bounding_box()
    assert told is not None
    assert composer is not None
    assert told["y"] + told["height"] < composer["y"]
    assert not lena.page.evaluate(TAKES_A_TAP, [told["x"] + 5, told["y"] + 5])


def test_ones_own_account(office: Office) -> None:
    seat = office.seat(hired(office, "Ines Roth").id).look("/desk/me")
    whole(seat.page, "me")
    seat.page.get_by_role("link", name="Set it up").click()
    expect(seat.page.get_by_role("heading", name="Set up the second step")).to_be_visible()
    whole(seat.page, "second-step")
    on = hired(office, "Olga Berg", secret=pyotp.random_base32())
    whole(office.seat(on.id).look("/desk/me").page, "me-with-second-step")


def test_the_team_and_the_audit(office: Office) -> None:
    admin = office.seat(hired(office, "Ada Quist", Role.ADMIN).id)
    long_name = hired(office, "Wolfeschlegelsteinhausenbergerdorff-Featherstonehaugh Maximiliane")
    lena = office.lena().hold(office.waiting(someone()))
    lena.write("Hello")
    lena.sees("Hello")
    whole(admin.look("/desk/team").page, "team")
    whole(admin.look(f"/desk/team/{long_name.id}").page, "person")
    admin.button("Reset").click()
    expect(admin.page.get_by_label("Link to set a password", exact=True)).to_be_visible()
    whole(admin.page, "person-with-link")
    whole(admin.look("/desk/audit").page, "audit")
    whole(admin.look("/desk/audit?since=1999-01-01&until=1999-01-02").page, "audit-empty")
    whole(office.lena().look("/desk/team").page, "forbidden")


def test_lists_and_what_is_missing(office: Office) -> None:
    tom = office.tom()
    whole(tom.look("/desk/promises").page, "promises-empty")
    whole(tom.look("/desk/approvals").page, "approvals-empty")
    whole(tom.look("/desk/conversations/cnv_none").page, "missing")
    lena = office.lena().hold(office.waiting("C1001"))
    lena.write("I'll call you today about the refund of your lamp, which is under way.")
    lena.sees("about the refund")
    whole(tom.look("/desk/promises").page, "promises")


def test_the_ribbon_of_promises(office: Office) -> None:
    lena = office.lena().hold(office.waiting(someone()))
    lena.field.fill("I'll call you tomorrow, and your refund is there within 5 working days.")
    expect(lena.page.locator("#composer .promise")).to_have_count(2)
    whole(lena.page, "ribbon")
    lena.field.press("Control+Enter")
    lena.sees("I'll call you tomorrow")
    lena.page.set_viewport_size({"width": 1440, "height": 900})
    lena.look(f"/desk/conversations/{lena.talk.get_attribute('data-id')}")
    lena.page.get_by_role("heading", name="Promises").scroll_into_view_if_needed()
    expect(lena.button("Was no promise")).to_have_count(2)
    assert axe.violations(lena.page) == []
    if folder := os.environ.get("CARELINE_SHOTS"):
        lena.page.screenshot(path=Path(folder) / "desk-promised.png")


DIALOGS = {"b": "hand-back", "e": "resolve", "s": "snooze", "p": "pass", "m": "merge", "?": "keys"}


@pytest.mark.parametrize("key", DIALOGS)
def test_dialogs_of_a_conversation(office: Office, key: str) -> None:
    ref = someone()
    chat, other = office.waiting(ref), office.customer(ref)
    other.post(wait=None, text="it is me, with another question")
    lena = office.lena().hold(chat)
    lena.press("Escape", key)
    opened(lena)
    whole(lena.page, DIALOGS[key])


@pytest.mark.parametrize("button", ["Replacement", "Refund", "Return label", "Goodwill"])
def test_dialogs_of_what_can_be_done(office: Office, button: str) -> None:
    lena = office.lena().hold(office.waiting("C1001"))
    lena.button(button).click()
    opened(lena)
    whole(lena.page, f"remedy-{button}")
    lena.in_dialog("See what is allowed").click()
    expect(lena.dialog.get_by_role("heading")).to_contain_text("what the policies allow")
    whole(lena.page, f"remedy-choice-{button}")


def test_dialogs_about_the_customer(office: Office) -> None:
    chat, visitor = office.waiting(someone()), office.house.chat()
    with office.house.container.database.begin() as session:
        kept, came = (session.get_one(Conversation, one.id).customer_id for one in (chat, visitor))
        linking.join(session, office.house.clock.now(), kept, came, how="code", proof=chat.id)
        session.flush()
        assert session.scalars(select(IdentityLink).where(IdentityLink.proof == chat.id)).one()
    tom = office.tom().open(chat)
    tom.button("Split").click()
    opened(tom)
    whole(tom.page, "split")


def opened(seat: Seat) -> None:
    expect(seat.dialog).to_be_visible()
    expect(seat.dialog.get_by_role("heading").first).to_be_visible()
