"""The way in and out: guessing, theft, fixation, forged forms, codes, links."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyotp
import pytest
from sqlalchemy import select

from careline.desk.accounts import invitations, passwords, team, throttle
from careline.desk.accounts.door import safe_next
from careline.journey.models import Audit, Staff, StaffSession
from careline.journey.words import Mode, Role
from careline.kit.errors import Conflict, Invalid
from tests.conversation.staff.desk import Desk, hire, signed_in
from tests.house import House, open_house

PASSWORD = "seven boats leave"
COOKIE = "careline_desk"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with open_house(tmp_path) as house:
        yield house


@pytest.fixture
def lena(house: House) -> str:
    return hire(house, "Lena Marsh", password_hash=passwords.hashed(PASSWORD))


def field(html: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', html)
    assert found, html
    return found.group(1)


def sign_in(house: House, password: str = PASSWORD, email: str = "lena@shop.example") -> Any:
    page = field(house.client.get("/desk/sign-in").text, "page")
    return post(house, "/desk/sign-in", email=email, password=password, page=page)


def post(house: House, path: str, **fields: Any) -> Any:
    return house.client.post(path, data=fields, follow_redirects=False)


def csrf(house: House) -> str:
    return field(house.client.get("/desk/me").text, "csrf")


def is_in(house: House) -> bool:
    return house.client.get("/desk/me", follow_redirects=False).status_code == 200


def test_the_right_password_opens_the_page_that_was_asked_for(house: House, lena: str) -> None:
    asked = house.client.get(
        "/desk/promises", headers={"Accept": "text/html"}, follow_redirects=False
    )
    assert asked.headers["location"] == "/desk/sign-in?next=%2Fdesk%2Fpromises"
    page = house.client.get(asked.headers["location"]).text
    answer = post(
        house,
        "/desk/sign-in",
        email=" Lena@Shop.example",
        password=PASSWORD,
        page=field(page, "page"),
        next=field(page, "next"),
    )
    assert (answer.status_code, answer.headers["location"]) == (303, "/desk/promises")
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert is_in(house)


def test_wrong_password_and_unknown_address_are_answered_alike(house: House, lena: str) -> None:
    wrong, unknown = sign_in(house, "not this one"), sign_in(house, email="who@shop.example")
    assert wrong.status_code == unknown.status_code == 401
    said = [re.findall(r'class="problem".*', answer.text) for answer in (wrong, unknown)]
    assert said[0] == said[1] != []
    assert not is_in(house)


def test_guessing_ends_in_a_wait_that_the_right_password_does_not_shorten(
    house: House, lena: str
) -> None:
    for _ in range(throttle.PER_ACCOUNT_AND_ADDRESS):
        assert sign_in(house, "a guess").status_code == 401
    shut = sign_in(house)
    assert shut.status_code == 429
    assert int(shut.headers["Retry-After"]) > 0
    house.clock.advance(throttle.WINDOW)
    assert sign_in(house).status_code == 303


def test_guesses_from_elsewhere_do_not_lock_the_owner_out_until_they_are_very_many(
    house: House, lena: str
) -> None:
    def guess(times: int, place: int) -> None:
        with house.container.database.begin() as session:
            for _ in range(times):
                address = f"203.0.113.{place}"
                throttle.count_try(session, house.clock.now(), "lena@shop.example", address)

    places, each = divmod(throttle.PER_ACCOUNT, throttle.PER_ACCOUNT_AND_ADDRESS)
    guess(throttle.PER_ACCOUNT_AND_ADDRESS, 1)
    assert sign_in(house).status_code == 303
    house.client.cookies.clear()
    for place in range(2, places + 1):
        guess(throttle.PER_ACCOUNT_AND_ADDRESS, place)
    guess(each, places + 1)
    assert sign_in(house).status_code == 429


def test_one_address_that_tries_many_accounts_has_to_wait_too(house: House, lena: str) -> None:
    for number in range(throttle.PER_ADDRESS):
        assert sign_in(house, email=f"nobody{number}@shop.example").status_code == 401
    assert sign_in(house).status_code == 429


def test_a_stolen_cookie_opens_nothing_after_signing_out(house: House, lena: str) -> None:
    sign_in(house)
    stolen = house.client.cookies[COOKIE]
    assert post(house, "/desk/sign-out", csrf=csrf(house)).status_code == 303
    house.client.cookies.set(COOKIE, stolen)
    assert not is_in(house)


def test_a_token_planted_before_signing_in_is_worth_nothing_after(house: House, lena: str) -> None:
    _, planted = signed_in(house, hire(house, "Mallory Low"))
    house.client.cookies.set(COOKIE, planted, path="/")
    sign_page = house.client.get("/desk/sign-in", follow_redirects=False)
    assert sign_page.status_code == 303  # as Mallory: signing in as Lena must not keep it
    house.client.cookies.clear()
    page = field(house.client.get("/desk/sign-in").text, "page")
    house.client.cookies.set(COOKIE, planted)
    answer = post(house, "/desk/sign-in", email="lena@shop.example", password=PASSWORD, page=page)
    fresh = answer.headers["set-cookie"].split("=", 1)[1].split(";")[0]
    assert fresh != planted
    house.client.cookies.clear()
    house.client.cookies.set(COOKIE, planted)
    assert not is_in(house)


def test_sessions_end_unused_and_with_their_day(house: House, lena: str) -> None:
    sign_in(house)
    house.clock.advance(timedelta(hours=4))
    assert not is_in(house)
    house.client.cookies.clear()
    sign_in(house)
    for _ in range(4):
        assert is_in(house)
        house.clock.advance(timedelta(hours=3))
    assert not is_in(house)


def test_a_form_without_the_pages_own_token_changes_nothing(house: House, lena: str) -> None:
    sign_in(house)
    assert post(house, "/desk/me/signature", signature="forged").status_code == 403
    assert post(house, "/desk/me/signature", signature="forged", csrf="x").status_code == 403
    assert post(house, "/desk/sign-out").status_code == 403
    assert "forged" not in house.client.get("/desk/me").text
    assert post(house, "/desk/me/signature", signature="L.", csrf=csrf(house)).status_code == 303


def test_another_site_cannot_sign_somebody_in(house: House, lena: str) -> None:
    forged = post(house, "/desk/sign-in", email="lena@shop.example", password=PASSWORD)
    assert forged.status_code == 403
    assert not is_in(house)


def test_with_the_second_step_the_password_alone_opens_nothing_and_a_code_opens_once(
    house: House, lena: str
) -> None:
    secret = pyotp.random_base32()
    with house.container.database.begin() as session:
        session.get_one(Staff, lena).totp_secret = secret
    code = pyotp.TOTP(secret).at(house.clock.now())

    def give(code: str) -> Any:
        page = sign_in(house).text
        assert not is_in(house)
        return post(
            house,
            "/desk/sign-in/code",
            ticket=field(page, "ticket"),
            page=field(page, "page"),
            code=code,
        )

    assert give("000000" if code != "000000" else "111111").status_code == 401
    assert give(code).status_code == 303
    house.client.cookies.clear()
    assert give(code).status_code == 401  # looked at over the shoulder


def test_codes_are_guessed_a_few_times_only_from_one_place_or_many(house: House, lena: str) -> None:
    secret = pyotp.random_base32()
    with house.container.database.begin() as session:
        session.get_one(Staff, lena).totp_secret = secret
    right = pyotp.TOTP(secret).at(house.clock.now())
    wrong = "000000" if right != "000000" else "111111"
    page = sign_in(house).text
    fields = {"ticket": field(page, "ticket"), "page": field(page, "page")}
    for _ in range(throttle.PER_ACCOUNT_AND_ADDRESS):
        assert post(house, "/desk/sign-in/code", code=wrong, **fields).status_code == 401
    assert post(house, "/desk/sign-in/code", code=right, **fields).status_code == 429
    with house.container.database.begin() as session:
        codes, most = throttle.codes_of("lena@shop.example"), throttle.CODES_PER_ACCOUNT
        for place in range(throttle.PER_ACCOUNT_AND_ADDRESS, most):
            throttle.count_try(session, house.clock.now(), codes, f"203.0.113.{place}", most=most)
        with pytest.raises(throttle.TooManyTries):
            throttle.count_try(session, house.clock.now(), codes, "203.0.113.99", most=most)


def test_the_second_step_is_set_up_with_a_code_and_the_password(house: House, lena: str) -> None:
    sign_in(house)
    page = house.client.get("/desk/me/second-step").text
    secret = field(page, "secret")
    fields = {"secret": secret, "code": pyotp.TOTP(secret).at(house.clock.now())}
    poor = post(house, "/desk/me/second-step", csrf=csrf(house), old="not it", **fields)
    assert poor.status_code == 422
    good = post(house, "/desk/me/second-step", csrf=csrf(house), old=PASSWORD, **fields)
    assert good.headers["location"] == "/desk/me?done=on"


def test_a_new_password_signs_every_other_browser_out(house: House, lena: str) -> None:
    _, elsewhere = signed_in(house, lena)
    sign_in(house)
    new = "eight boats come back"
    changed = post(house, "/desk/me/password", csrf=csrf(house), old=PASSWORD, new=new)
    assert changed.status_code == 303
    assert is_in(house)
    house.client.cookies.clear()
    house.client.cookies.set(COOKIE, elsewhere)
    assert not is_in(house)


@pytest.mark.parametrize(
    "weak", ["short", "aaaaaaaaaaaaaa", "lenamarsh12", "password1234", "x" * 201]
)
def test_weak_passwords_are_refused_with_the_reason(weak: str) -> None:
    with pytest.raises(Invalid, match="Use "):
        passwords.hashed(weak, email="lena@shop.example", name="Lena Marsh")


def test_a_link_sets_a_password_once(house: House) -> None:
    tom = hire(house, "Tom Hale")
    secret = house.container.settings.secret.get_secret_value()
    with house.container.database.read() as session:
        link = invitations.token_for(secret, session.get_one(Staff, tom), house.clock.now())

    def use() -> Any:
        page = house.client.get("/desk/welcome", params={"token": link})
        if page.status_code != 200:
            return page
        return post(
            house, "/desk/welcome", token=link, password=PASSWORD, page=field(page.text, "page")
        )

    assert use().status_code == 303
    house.client.cookies.clear()
    assert use().status_code == 422


def test_an_admin_ends_anothers_session_and_lets_them_go(house: House) -> None:
    ada = hire(house, "Ada Brandt", Role.ADMIN, password_hash=passwords.hashed(PASSWORD))
    desk = Desk(house, hire(house, "Lena Marsh"), hire(house, "Tom Hale"))
    chat = desk.chat_of("C1")
    desk.escalate(chat)
    desk.claim(chat)
    _, hers = signed_in(house, desk.lena)
    sign_in(house, email="ada@shop.example")
    token = csrf(house)
    with house.container.database.read() as session:
        browser = session.scalar(select(StaffSession.id).where(StaffSession.staff_id == desk.lena))
    ended = post(house, f"/desk/team/{desk.lena}/sessions/{browser}/end", csrf=token)
    assert ended.status_code == 303
    assert post(house, f"/desk/team/{desk.lena}/deactivate", csrf=token).status_code == 303
    assert house.conversation(chat.id).mode == Mode.QUEUED
    refused = post(house, f"/desk/team/{ada}/deactivate", csrf=token)
    assert (refused.status_code, "only admin" in refused.text) == (409, True)
    house.client.cookies.clear()
    house.client.cookies.set(COOKIE, hers)
    assert not is_in(house)


def test_the_last_admin_cannot_become_something_else(house: House) -> None:
    ada = hire(house, "Ada Brandt", Role.ADMIN)
    with pytest.raises(Conflict), house.container.database.begin() as session:
        team.change(
            session,
            house.clock.now(),
            ada,
            by="admin:cli",
            name="Ada Brandt",
            role=Role.LEAD,
            teams=[],
            capacity=None,
            policies=house.container.policies,
        )


def test_the_audit_shows_who_did_what_and_escapes_names(house: House) -> None:
    hire(house, "<script>alert(1)</script>", Role.ADMIN, password_hash=passwords.hashed(PASSWORD))
    sign_in(house, email="<script>alert(1)</script>@shop.example")
    page = house.client.get("/desk/audit").text
    assert "staff.signed_in" in page
    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert" not in page
    with house.container.database.read() as session:
        assert "audit.read" in session.scalars(select(Audit.did)).all()
    assert house.client.get("/desk/audit?since=yesterday").status_code == 422


@pytest.mark.parametrize("bad", ["//evil.example", "/\\evil.example", "https://evil.example", "/x"])
def test_after_signing_in_nobody_is_sent_elsewhere(bad: str) -> None:
    assert safe_next(bad) == ""
    assert safe_next("/desk/audit?who=x") == "/desk/audit?who=x"
