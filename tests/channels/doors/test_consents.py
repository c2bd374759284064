"""A yes or a no that was said elsewhere: by the shop's event or the API, kept with its proof."""

from datetime import timedelta
from typing import Any

from fastapi.testclient import TestClient
from sqlalchemy import select

from careline.journey.models import Audit, Consent, Touchpoint
from careline.journey.repository import find_customer
from careline.journey.words import Purpose
from careline.kit.clock import FixedClock
from careline.kit.database import Database
from careline.service import consents
from tests.channels.doors.conftest import Headers, SignedPost, bearer
from tests.channels.doors.test_hooks import event

AT_THE_CHECKOUT: dict[str, Any] = {
    "purpose": "marketing", "channel": "email", "state": "given", "at": "2026-11-19T12:00:00Z",
    "how": "the box at the checkout", "wording": "Yes, write to me about new things.",
}  # fmt: skip


def standing(database: Database) -> dict[tuple[str, str], str]:
    with database.read() as session:
        return {(c.purpose, c.channel): c.state for c in session.scalars(select(Consent))}


def told(database: Database) -> list[str]:
    """By the journey, in the order in which it was said."""
    with database.read() as session:
        return list(
            session.scalars(
                select(Touchpoint.summary)
                .where(Touchpoint.kind.startswith("consent."))
                .order_by(Touchpoint.at)
            )
        )


def test_the_shops_event_brings_it_with_how_when_and_the_wording(
    signed_post: SignedPost, database: Database
) -> None:
    updated = event("evt-1", "customer.updated", consents=[AT_THE_CHECKOUT])
    for _ in range(2):
        assert signed_post(updated).json()["refused"] == []
    with database.read() as session:
        kept = session.scalars(select(Consent)).one()
        point = session.scalars(select(Touchpoint).where(Touchpoint.kind == "consent.given")).one()
    assert (kept.purpose, kept.channel, kept.state) == ("marketing", "email", "given")
    assert kept.how == "the box at the checkout: “Yes, write to me about new things.”"
    assert kept.given_at.isoformat() == "2026-11-19T12:00:00+00:00"
    assert point.summary == "Agreed to offers by e-mail"
    assert (point.at, point.about["wording"]) == (kept.given_at, AT_THE_CHECKOUT["wording"])


def test_the_newest_word_holds_whichever_comes_last(
    signed_post: SignedPost, database: Database
) -> None:
    no = AT_THE_CHECKOUT | {"state": "refused", "at": "2026-11-19T15:00:00Z"}
    signed_post(event("evt-2", "customer.updated", consents=[no]))
    signed_post(event("evt-1", "order.placed", consents=[AT_THE_CHECKOUT]))
    assert standing(database) == {("marketing", "email"): "refused"}
    assert told(database) == ["Agreed to offers by e-mail", "Wants no offers by e-mail"]
    later = AT_THE_CHECKOUT | {"at": "2026-11-19T16:00:00Z"}
    signed_post(event("evt-3", "customer.updated", consents=[later]))
    assert standing(database) == {("marketing", "email"): "given"}


def test_a_stop_is_not_undone_by_an_older_yes_that_comes_late(
    signed_post: SignedPost, database: Database, clock: FixedClock
) -> None:
    signed_post(event("evt-1"))
    with database.begin() as session:
        bea = find_customer(session, "bea@example.com")
        assert bea is not None
        consents.refuse(
            session, clock.now(), bea.id, channel="web", how="wrote STOP", source_id="msg_1"
        )
    everywhere = AT_THE_CHECKOUT | {"channel": "*"}
    signed_post(event("evt-2", "customer.updated", consents=[everywhere]))
    assert set(standing(database).values()) == {"refused"}
    clock.advance(timedelta(days=1))
    anew = everywhere | {"at": "2026-11-21T09:00:00Z"}
    signed_post(event("evt-3", "customer.updated", consents=[anew]))
    assert standing(database) == {
        ("marketing", "*"): "given", ("service", "*"): "refused", ("research", "*"): "refused",
    }  # fmt: skip


def test_a_yes_without_a_proof_or_from_the_future_is_refused_and_the_event_with_it(
    signed_post: SignedPost, database: Database
) -> None:
    bare = AT_THE_CHECKOUT | {"how": "", "wording": " "}
    soon = AT_THE_CHECKOUT | {"at": "2026-11-21T12:00:00Z"}
    odd = AT_THE_CHECKOUT | {"channel": "pigeon"}
    for number, each in enumerate((bare, soon, odd)):
        answer = signed_post(event(f"evt-{number}", "customer.updated", consents=[each])).json()
        assert (answer["accepted"], len(answer["refused"])) == (0, 1)
    assert standing(database) == {}


def test_a_machine_and_staff_note_it_and_the_audit_says_who(
    client: TestClient, staff: Headers, machine: Headers, database: Database
) -> None:
    path = "/api/customers/C1001/consents"
    first = client.post(path, json=AT_THE_CHECKOUT, headers=machine)
    assert first.status_code == 200, first.text
    assert first.json()["repeated"] is False
    assert first.json()["consents"][0]["how"].startswith("the box at the checkout")
    assert client.post(path, json=AT_THE_CHECKOUT, headers=machine).json()["repeated"] is True
    no = {"purpose": "research", "state": "refused", "at": "2026-11-20T09:00:00Z"}
    assert client.post(path, json=no, headers=staff).status_code == 200
    assert standing(database) == {("marketing", "email"): "given", ("research", "*"): "refused"}
    with database.read() as session:
        noted = session.execute(
            select(Audit.who, Audit.did).where(Audit.did.startswith("consent."))
        ).all()
    assert set(map(tuple, noted)) == {
        ("machine:tests", "consent.given"), ("staff:tests", "consent.refused"),
    }  # fmt: skip


def test_who_only_reads_may_not_note_one(client: TestClient, clock: FixedClock) -> None:
    answer = client.post(
        "/api/customers/C1001/consents", json=AT_THE_CHECKOUT, headers=bearer("cx", clock)
    )
    assert answer.status_code == 403


def test_what_cannot_be_read_is_answered_with_its_field(
    client: TestClient, machine: Headers, database: Database
) -> None:
    path = "/api/customers/C1001/consents"
    for change, field in (
        ({"purpose": "spam"}, "purpose"), ({"state": "maybe"}, "state"), ({"at": "soon"}, "at"),
        ({"how": "nul\x00"}, None), ({"at": "2027-01-01T00:00:00Z"}, "at"),
    ):  # fmt: skip
        answer = client.post(path, json=AT_THE_CHECKOUT | change, headers=machine)
        assert answer.status_code == 422, answer.text
        assert answer.json()["error"].get("field") == field
    assert standing(database) == {}
    assert Purpose.MARKETING in client.get("/openapi.json").text
