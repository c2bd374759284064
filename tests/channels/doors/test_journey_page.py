"""The journey as a page: signed in only, every derived value with its why, nothing inline."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient

from careline.channels import tokens
from careline.journey import touchpoints
from careline.journey.models import Customer
from careline.kit.clock import FixedClock
from careline.kit.database import Database
from careline.shops.embedded import EmbeddedShop
from tests.channels.doors.conftest import SECRET, START, Headers, make_app


@pytest.fixture
def demo(database: Database, shop: EmbeddedShop, clock: FixedClock) -> Iterator[TestClient]:
    app = make_app(database, shop, clock, demo=True)
    here = ("127.0.0.1", 50000)
    with TestClient(app, base_url="http://127.0.0.1:8000", client=here) as client:
        yield client


def sign_in(client: TestClient, clock: FixedClock) -> None:
    token = tokens.issue(SECRET, "cx", "lena", clock.now(), timedelta(hours=1))
    response = client.get(f"/signin?token={token}&next=/journey", follow_redirects=False)
    assert response.headers["location"] == "/journey"
    cookie = response.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie


def test_the_page_shows_days_stages_with_why_and_no_inline_code(
    client: TestClient, clock: FixedClock
) -> None:
    sign_in(client, clock)
    page = client.get("/journey/C1001")
    assert page.status_code == 200
    html = page.text
    assert "Ada Okoro" in html
    assert "Order 10001 was delivered" in html
    assert "because this customer" in html
    assert "order_on_its_way" in html
    assert not re.search(r"<script|<style|\sstyle=|\son\w+=", html)
    assert client.get("/static/journey.css").status_code == 200


def test_nobody_sees_it_without_signing_in(client: TestClient, clock: FixedClock) -> None:
    refused = client.get("/journey/C1001")
    assert refused.status_code == 401
    assert "Ada" not in refused.text
    assert "/signin/demo" not in refused.text
    customer = tokens.issue(SECRET, "customer", "C1001", clock.now(), timedelta(hours=1))
    assert client.get(f"/journey/C1001?token={customer}").status_code == 403


def test_a_token_in_the_address_signs_in_and_leaves_the_address(
    client: TestClient, clock: FixedClock
) -> None:
    token = tokens.issue(SECRET, "cx", "lena", clock.now(), timedelta(hours=1))
    page = client.get(f"/journey/C1001?token={token}")
    assert page.status_code == 200
    assert page.url.path == "/journey/C1001"
    assert not page.url.query


@pytest.mark.parametrize("where", ["//evil.example", "https://evil.example", "/\\evil", "x", ""])
def test_signing_in_leads_to_pages_of_ours_only(
    client: TestClient, clock: FixedClock, where: str
) -> None:
    token = tokens.issue(SECRET, "cx", "lena", clock.now(), timedelta(hours=1))
    response = client.get("/signin", params={"token": token, "next": where}, follow_redirects=False)
    assert response.headers["location"] == "/journey"


def test_the_demo_signs_in_with_one_link_on_this_machine_only(demo: TestClient) -> None:
    assert "/signin/demo?next=/journey/C1001" in demo.get("/journey/C1001").text
    elsewhere = [{"X-Forwarded-For": "203.0.113.9"}, {"Host": "care.example"}]
    for headers in elsewhere:
        assert demo.get("/signin/demo", headers=headers).status_code == 403
    assert demo.get("/signin/demo?next=/journey/C1001").status_code == 200


def test_outside_the_demo_there_is_no_such_link(client: TestClient) -> None:
    assert client.get("/signin/demo").status_code == 403


def test_names_and_words_of_customers_stay_text(
    client: TestClient, clock: FixedClock, database: Database
) -> None:
    with database.begin() as session:
        session.add(Customer(id="cus_x", name="<b>‮Mallory", created_at=START, updated_at=START))
        touchpoints.record(
            session,
            START,
            customer_id="cus_x",
            kind="note",
            stage="service",
            actor="customer",
            channel="phone",
            summary="<script>alert(1)</script>",
            emotion="angry",
            source_id="1",
        )
    sign_in(client, clock)
    html = client.get("/journey/cus_x").text
    assert "<script" not in html
    assert "<b>" not in html
    assert "<svg" in html
    assert "How they felt" in html


def test_an_empty_journey_says_what_would_be_here(
    client: TestClient, clock: FixedClock, database: Database
) -> None:
    with database.begin() as session:
        session.add(Customer(id="cus_x", is_visitor=True, created_at=START, updated_at=START))
    sign_in(client, clock)
    page = client.get("/journey/cus_x").text
    assert "Nothing has happened yet" in page
    assert "A visitor" in page
    assert client.get("/journey/nobody").status_code == 404


def test_customers_are_found_from_the_page(client: TestClient, clock: FixedClock) -> None:
    sign_in(client, clock)
    assert "Ada Okoro" in client.get("/journey?query=okoro").text
    assert "Nobody fits" in client.get("/journey?query=zzz").text


def test_api_calls_do_not_need_the_cookie(client: TestClient, staff: Headers) -> None:
    assert client.get("/journey/C1001", headers=staff).status_code == 200
