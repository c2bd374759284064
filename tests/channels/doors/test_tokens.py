"""Tokens open what their role reaches, until they expire; forged ones open nothing."""

from datetime import timedelta
from typing import Any

import jwt
import pytest
from fastapi.testclient import TestClient

from careline.channels import tokens
from careline.channels.tokens import TokenExpired, TokenInvalid
from careline.kit.clock import FixedClock
from tests.channels.doors.conftest import SECRET, START, bearer

HOUR = timedelta(hours=1)
OTHER = "another secret altogether, long enough"


def forged(**changes: Any) -> str:
    claims: dict[str, Any] = {
        "aud": "careline",
        "sub": "C1001",
        "iat": int(START.timestamp()),
        "exp": int((START + HOUR).timestamp()),
    }
    claims |= changes
    return jwt.encode({k: v for k, v in claims.items() if v is not None}, SECRET, "HS256")


def test_a_token_says_role_and_subject_until_it_expires() -> None:
    token = tokens.issue(SECRET, "cx", "lena", START, HOUR)
    principal = tokens.read(SECRET, token, START + timedelta(minutes=59))
    assert (principal.role, principal.who) == ("cx", "cx:lena")
    with pytest.raises(TokenExpired):
        tokens.read(SECRET, token, START + HOUR)


def test_a_token_of_another_secret_or_for_another_door_is_refused() -> None:
    with pytest.raises(TokenInvalid):
        tokens.read(OTHER, tokens.issue(SECRET, "cx", "lena", START, HOUR), START)
    with pytest.raises(TokenInvalid):  # a customer's identity is no API token
        tokens.read(SECRET, tokens.identity_token(SECRET, "C1001", START), START)
    with pytest.raises(TokenInvalid):
        tokens.read_identity(SECRET, tokens.issue(SECRET, "cx", "x", START, HOUR), START)


def test_an_unsigned_token_is_refused() -> None:
    unsigned = jwt.encode({"aud": "careline", "sub": "C1001", "exp": 9e9}, "", algorithm="none")
    with pytest.raises(TokenInvalid):
        tokens.read_identity(SECRET, unsigned, START)


def test_an_identity_names_the_customer_for_an_hour_at_most() -> None:
    token = tokens.identity_token(SECRET, "C1001", START)
    assert tokens.read_identity(SECRET, token, START) == "C1001"
    with pytest.raises(TokenExpired):
        tokens.read_identity(SECRET, token, START + HOUR)
    longer = tokens.identity_token(SECRET, "C1001", START, timedelta(hours=2))
    with pytest.raises(TokenInvalid, match="one hour"):
        tokens.read_identity(SECRET, longer, START)


@pytest.mark.parametrize(
    "changes",
    [
        {"exp": None},
        {"sub": None},
        {"sub": "  "},
        {"aud": "elsewhere"},
        {"exp": "soon"},
        {"exp": 1e30},
        {"exp": int((START + timedelta(days=3)).timestamp()), "iat": None},
        {"iat": int((START + timedelta(minutes=50)).timestamp())},
    ],
)
def test_an_identity_that_lacks_or_bends_a_claim_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(TokenInvalid):
        tokens.read_identity(SECRET, forged(**changes), START)


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "é" * 40, "\ud800", "." * 5000])
def test_what_is_no_token_at_all_is_refused(token: str) -> None:
    with pytest.raises(TokenInvalid):
        tokens.read(SECRET, token, START)


@pytest.mark.parametrize("path", ["customers", "customers/C1001", "cases", "orders"])
def test_reading_needs_a_token_with_a_role_that_reads(
    client: TestClient, clock: FixedClock, path: str
) -> None:
    nobody = client.get(f"/api/{path}")
    assert nobody.status_code == 401
    assert nobody.json()["error"]["code"] == "token_invalid"
    customer = client.get(f"/api/{path}", headers=bearer("customer", clock))
    assert customer.status_code == 403
    for role in ("staff", "lead", "cx", "admin", "machine"):
        assert client.get(f"/api/{path}", headers=bearer(role, clock)).status_code == 200


def test_an_expired_token_is_told_apart(client: TestClient, clock: FixedClock) -> None:
    headers = bearer("staff", clock)
    clock.advance(timedelta(hours=2))
    refused = client.get("/api/orders", headers=headers)
    assert (refused.status_code, refused.json()["error"]["code"]) == (401, "token_expired")
