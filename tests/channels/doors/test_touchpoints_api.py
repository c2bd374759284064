"""Touchpoints from anywhere: once for each source and id, in their place, with a machine token."""

from datetime import timedelta
from typing import Any

from fastapi.testclient import TestClient

from careline.kit.clock import FixedClock
from tests.channels.doors.conftest import START, Headers


def point(source_id: str, **changes: Any) -> dict[str, Any]:
    given = {
        "customer": "C1001",
        "at": (START - timedelta(days=1)).isoformat(),
        "kind": "counter.visited",
        "stage": "consideration",
        "channel": "counter",
        "summary": "Tried on boots at the harbour shop",
        "emotion": "pleased",
        "source": "till",
        "source_id": source_id,
    }
    return given | changes


def journey(client: TestClient, headers: Headers) -> dict[str, Any]:
    body: dict[str, Any] = client.get("/api/customers/C1001/journey", headers=headers).json()
    return body


def test_a_touchpoint_is_written_once_and_takes_its_place(
    client: TestClient, machine: Headers
) -> None:
    assert client.post("/api/touchpoints", json=point("1"), headers=machine).json() == {
        "accepted": 1,
        "repeated": 0,
        "refused": [],
    }
    older = point("0", at=(START - timedelta(days=500)).isoformat())
    answer = client.post("/api/touchpoints", json=[point("1"), older], headers=machine).json()
    assert (answer["accepted"], answer["repeated"]) == (1, 1)
    body = journey(client, machine)
    assert body["touchpoints"][-1]["source_id"] == "0"
    assert body["spans"][0]["stage"] == "consideration"
    assert [one["emotion"] for one in body["emotion"]] == ["pleased", "pleased"]


def test_bad_ones_are_refused_by_place_and_the_rest_is_kept(
    client: TestClient, machine: Headers
) -> None:
    answer = client.post(
        "/api/touchpoints",
        json=[
            point("1"),
            point("2", customer="C404"),
            point("3", stage="checkout"),
            point("4", source="careline"),
            point("5", surprise=1),
            point("6", at=(START + timedelta(hours=1)).isoformat()),
            point("7"),
        ],
        headers=machine,
    ).json()
    assert answer["accepted"] == 2
    assert [(r["index"], r["id"], r["error"]["field"]) for r in answer["refused"]] == [
        (1, "2", "customer"),
        (2, "3", "stage"),
        (3, "4", "source"),
        (4, "5", "surprise"),
        (5, "6", "at"),
    ]


def test_only_machines_and_admins_write(
    client: TestClient, staff: Headers, machine: Headers
) -> None:
    assert client.post("/api/touchpoints", json=point("1")).status_code == 401
    assert client.post("/api/touchpoints", json=point("1"), headers=staff).status_code == 403


def test_a_thousand_at_once_are_taken_and_more_are_refused(
    client: TestClient, machine: Headers, clock: FixedClock
) -> None:
    many = [point(str(n)) for n in range(1000)]
    assert client.post("/api/touchpoints", json=many, headers=machine).json()["accepted"] == 1000
    assert client.post("/api/touchpoints", json=many, headers=machine).json()["repeated"] == 1000
    too_many = client.post("/api/touchpoints", json=[*many, point("x")], headers=machine)
    assert too_many.status_code == 422
