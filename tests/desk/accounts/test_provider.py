"""Signing in through a provider of one's own, which really runs, beside the app."""

import json
import threading
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from pydantic import SecretStr

from tests.conversation.staff.desk import hire
from tests.house import House, open_house


class Company:
    """Its provider: what it was asked, and what it says of whom."""

    def __init__(self) -> None:
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.signs_with = self.key
        self.claims: dict[str, Any] = {}
        self.challenge = ""
        company = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                is_keys = self.path == "/keys"
                self._answer(company.public_keys() if is_keys else company.facts())

            def do_POST(self) -> None:
                form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
                verifier = form["code_verifier"][0]
                digest = urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()
                fits = digest == company.challenge and form["code"] == ["good"]
                self._answer(company.token() if fits else {"error": "invalid_grant"}, fits)

            def _answer(self, body: Any, is_good: bool = True) -> None:
                self.send_response(200 if is_good else 400)
                self.send_header("Content-Type", "application/json")
                self.end_headers()
                self.wfile.write(json.dumps(body).encode())

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def facts(self) -> dict[str, str]:
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/keys",
        }

    def public_keys(self) -> dict[str, Any]:
        made = jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key(), as_dict=True)
        return {"keys": [{**made, "kid": "one", "use": "sig", "alg": "RS256"}]}

    def token(self) -> dict[str, str]:
        token = jwt.encode(self.claims, self.signs_with, "RS256", headers={"kid": "one"})
        return {"id_token": token, "access_token": "x", "token_type": "Bearer"}

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def company() -> Iterator[Company]:
    company = Company()
    yield company
    company.close()


@pytest.fixture
def house(tmp_path: Path, company: Company) -> Iterator[House]:
    more = {
        "oidc_issuer": company.url,
        "oidc_client_id": "careline",
        "oidc_client_secret": SecretStr("a secret"),
        "oidc_new_role": "",
    }
    with open_house(tmp_path, **more) as house:
        hire(house, "Lena Marsh")
        yield house


def come_back(
    house: House, company: Company, *, code: str = "good", state: str = "", **claims: Any
) -> Any:
    """To the provider and back, with what it says of whoever signed in there."""
    house.client.cookies.clear()
    there = house.client.get("/desk/sign-in/provider?next=/desk/promises", follow_redirects=False)
    asked = {k: v[0] for k, v in parse_qs(urlsplit(there.headers["location"]).query).items()}
    company.challenge = asked["code_challenge"]
    now = int(house.clock.now().timestamp())
    company.claims = {
        "iss": company.url,
        "aud": "careline",
        "sub": "1",
        "iat": now,
        "exp": now + 300,
        "nonce": asked["nonce"],
        "email": "lena@shop.example",
        "email_verified": True,
    } | claims
    back = {"state": state or asked["state"], "code": code}
    return house.client.get("/desk/sign-in/provider/back", params=back, follow_redirects=False)


def test_whom_the_provider_vouches_for_is_in(house: House, company: Company) -> None:
    answer = come_back(house, company)
    assert (answer.status_code, answer.headers.get("location")) == (303, "/desk/promises")
    assert house.client.get("/desk/me").status_code == 200


@pytest.mark.parametrize(
    "bent",
    [
        {"state": "another"},
        {"code": "bad"},
        {"nonce": "another"},
        {"aud": "somebody else"},
        {"iss": "https://elsewhere.example"},
        {"exp": 1},
        {"email_verified": False},
        {"email": "nobody@shop.example"},
    ],
)
def test_anything_bent_on_the_way_is_refused(
    house: House, company: Company, bent: dict[str, Any]
) -> None:
    assert come_back(house, company, **bent).status_code == 401
    assert house.client.get("/desk/me").status_code == 401


def test_an_answer_signed_by_somebody_else_is_refused(house: House, company: Company) -> None:
    company.signs_with = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    assert come_back(house, company).status_code == 401


def test_a_provider_that_is_down_is_said_to_be(house: House, company: Company) -> None:
    company.close()
    answer = house.client.get("/desk/sign-in/provider", follow_redirects=False)
    assert answer.status_code == 503
    assert "Use your password" in answer.text
