"""POST /hooks/mail: signed, one by one, and shown where the customer is looked at."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from careline.channels import tokens
from careline.channels.shop_hooks import sign
from careline.journey.models import Customer, Identity
from tests.channels.email.test_reports import DELIVERY_STATUS
from tests.house import ROOT, House, open_house

ADDRESS = "ana@shop.example"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with open_house(tmp_path) as made:
        yield made


def known(house: House) -> None:
    now = house.clock.now()
    dated = {"created_at": now, "updated_at": now}
    with house.container.database.begin() as session:
        session.add(Customer(id="cus_ana", name="Ana", **dated))
        session.flush()
        session.add(
            Identity(id="idn_1", customer_id="cus_ana", channel="email", address=ADDRESS, **dated)
        )


def post(house: House, body: Any, secret: str | None = None) -> Any:
    raw = json.dumps(body).encode()
    signing = secret or house.container.settings.hook_secret.get_secret_value()
    headers = sign(signing, raw, house.clock.now())
    return house.client.post("/hooks/mail", content=raw, headers=headers)


def test_an_unsigned_or_wrongly_signed_report_closes_no_address(house: House) -> None:
    known(house)
    report = {"type": "bounced", "email": ADDRESS, "code": "5.1.1"}
    assert post(house, report, "another").status_code == 401
    assert house.client.post("/hooks/mail", json=report).status_code == 401
    with house.container.database.read() as session:
        assert session.get_one(Identity, "idn_1").refused_at is None


def test_reports_are_taken_one_by_one_and_the_address_says_so_in_the_api(house: House) -> None:
    known(house)
    bounced = {"type": "bounced", "email": ADDRESS.upper(), "code": "5.1.1"}
    answer = post(house, [bounced, {"type": "lost"}, bounced]).json()
    assert (answer["accepted"], answer["repeated"]) == (1, 1)
    assert [one["index"] for one in answer["refused"]] == [1]
    secret = house.container.settings.secret.get_secret_value()
    token = tokens.issue(secret, "staff", "tests", house.clock.now(), timedelta(hours=1))
    headers = {"Authorization": f"Bearer {token}"}
    answer = house.client.get("/api/customers/cus_ana", headers=headers).json()
    [identity] = answer["identities"]
    assert identity["refused_why"] == "came back, 5.1.1"
    assert identity["refused_at"]


def test_a_message_to_the_return_address_is_read_from_standard_input(tmp_path: Path) -> None:
    """One that names no e-mail of ours is no error: it would be sent back to its sender."""
    raw = DELIVERY_STATUS.format(
        address=ADDRESS, action="failed", code="5.1.1", brought_back="message/rfc822",
        message_id="<1.2.3.touch.tch_guessed@shop.example>",
    )  # fmt: skip
    environment = {"CARELINE_HOME": str(ROOT), "CARELINE_STATE": str(tmp_path)}
    answer = subprocess.run(
        [sys.executable, "-m", "careline", "postmaster"],
        input=raw, env=os.environ | environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert answer.returncode == 0, answer.stderr
    assert "1 reports, 0 of e-mails of ours, 0 new." in answer.stdout
