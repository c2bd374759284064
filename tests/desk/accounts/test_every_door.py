"""Every address of the app with every role, and with none, against one table.

An address that is not in the table fails the test: whoever adds one says here who may reach it.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.routing import Mount

from careline.desk.accounts import sessions
from careline.journey.words import Role
from tests.conversation.staff.desk import hire, signed_in
from tests.house import House, open_house

STAFF, LEAD, CX, ADMIN = Role.STAFF, Role.LEAD, Role.CX, Role.ADMIN
ANYBODY = {STAFF, LEAD, CX, ADMIN}
WORKERS = {STAFF, LEAD, ADMIN}
DECIDERS = {LEAD, ADMIN}

# The same answer whoever asks.
PUBLIC = """
GET /openapi.json
GET /docs
GET /
GET /demo/outbox
GET /demo/outbox.json
GET /help
GET /help/{slug}
GET /shop/labels/{code}
GET /c/{token}
POST /c/{token}
GET /unsubscribe/{token}
POST /unsubscribe/{token}
GET /widget.js
GET /favicon.ico
GET /healthz
GET /livez
POST /api/chat/sessions
GET /desk/sign-in
"""
# They ask for something else than a role: a chat's token, the shop's signature, the page's own
# cookie, a link. Without it they are shut to everybody.
SHUT = """
POST /api/chat/messages
GET /api/chat/messages
GET /api/chat/stream
POST /api/chat/seen
POST /api/chat/typing
POST /api/chat/attachments
GET /api/chat/attachments/{attachment_id}
POST /hooks/shop
POST /hooks/mail
GET /signin
GET /signin/demo
POST /desk/sign-in
POST /desk/sign-in/code
GET /desk/sign-in/provider
GET /desk/sign-in/provider/back
GET /desk/welcome
POST /desk/welcome
"""
FOR_ANYBODY = """
GET /api/customers
GET /api/customers/{ref}
GET /api/customers/{ref}/journey
GET /api/cases
GET /api/cases/{number}
GET /api/conversations/{conversation_id}
GET /api/messages
GET /api/orders
GET /journey
GET /journey/{ref}
POST /desk/sign-out
GET /desk/me
POST /desk/me/signature
POST /desk/me/password
GET /desk/me/second-step
POST /desk/me/second-step
POST /desk/me/second-step/off
POST /desk/me/sessions/end-others
POST /desk/me/sessions/{session_id}/end
"""
FOR_WORKERS = """
GET /desk
GET /desk/queue
POST /desk/claim-next
GET /desk/events
GET /desk/customers/{customer_id}/consents
POST /desk/customers/{customer_id}/consents
POST /api/customers/{ref}/consents
GET /desk/promises
POST /desk/promises/{promise_id}/kept
POST /desk/promises/{promise_id}/was-none
GET /desk/attachments/{attachment_id}
GET /desk/dialogs/keys
GET /desk/conversations/{conversation_id}
GET /desk/conversations/{conversation_id}/talk
GET /desk/conversations/{conversation_id}/customer
GET /desk/conversations/{conversation_id}/canned
GET /desk/conversations/{conversation_id}/dialogs/{name}
POST /desk/conversations/{conversation_id}/claim
POST /desk/conversations/{conversation_id}/take-over
POST /desk/conversations/{conversation_id}/release
POST /desk/conversations/{conversation_id}/wake
POST /desk/conversations/{conversation_id}/reply
POST /desk/conversations/{conversation_id}/promised
POST /desk/conversations/{conversation_id}/note
POST /desk/conversations/{conversation_id}/pass
POST /desk/conversations/{conversation_id}/snooze
POST /desk/conversations/{conversation_id}/merge
POST /desk/conversations/{conversation_id}/hand-back
POST /desk/conversations/{conversation_id}/resolve
POST /desk/conversations/{conversation_id}/typing
POST /desk/conversations/{conversation_id}/attachments
GET /desk/conversations/{conversation_id}/remedy/{button}
POST /desk/conversations/{conversation_id}/remedy/{button}/assess
POST /desk/conversations/{conversation_id}/remedy/{button}/do
"""
FOR_DECIDERS = """
GET /desk/approvals
POST /desk/approvals/{number}/approve
POST /desk/approvals/{number}/decline
GET /desk/audit
GET /desk/joined/{link_id}
POST /desk/joined/{link_id}/split
"""
FOR_CX_AND_DECIDERS = """
GET /desk/touches
GET /desk/touches/next
GET /desk/touches/playbooks/{name}
"""
FOR_CX_AND_ADMINS = """
POST /desk/touches/pause
POST /desk/touches/resume
POST /desk/touches/playbooks/{name}/pause
POST /desk/touches/playbooks/{name}/resume
POST /desk/touches/playbooks/{name}/test
"""
FOR_ADMINS = """
POST /api/touchpoints
GET /desk/team
POST /desk/team
GET /desk/team/{staff_id}
POST /desk/team/{staff_id}
POST /desk/team/{staff_id}/reset
POST /desk/team/{staff_id}/deactivate
POST /desk/team/{staff_id}/reactivate
POST /desk/team/{staff_id}/sessions/{session_id}/end
"""
TABLE: dict[str, set[Role]] = {
    address: roles
    for addresses, roles in (
        (FOR_ANYBODY, ANYBODY),
        (FOR_WORKERS, WORKERS),
        (FOR_DECIDERS, DECIDERS),
        (FOR_CX_AND_DECIDERS, DECIDERS | {CX}),
        (FOR_CX_AND_ADMINS, {CX, ADMIN}),
        (FOR_ADMINS, {ADMIN}),
    )
    for address in addresses.strip().splitlines()
}
OPEN = set(PUBLIC.strip().splitlines())
CLOSED = set(SHUT.strip().splitlines())
ENDLESS = {"GET /desk/events"}  # a stream: that it lets people in is seen in the browser tests
FILES = {"/static", "/static/desk"}  # scripts and styles, the same for everybody


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder: Path = tmp_path_factory.mktemp("doors")
    with open_house(folder) as house:
        yield house


def addresses(routes: Any, prefix: str = "") -> Iterator[str]:
    for route in routes:
        if inner := getattr(route, "original_router", None):
            yield from addresses(inner.routes, prefix + route.include_context.prefix)
        elif isinstance(route, Mount):
            assert route.path in FILES, f"{route.path} is mounted; say who may reach it"
        else:
            for method in route.methods - {"HEAD"}:
                yield f"{method} {prefix}{route.path}"


def test_every_address_is_in_the_table_and_none_is_that_is_no_more(house: House) -> None:
    real = set(addresses(house.client.app.routes))  # type: ignore[attr-defined]
    assert real == set(TABLE) | OPEN | CLOSED


def ask(
    house: House, address: str, role: Role | None, *, with_token: bool = True
) -> tuple[int, str]:
    """Status, and the error's code where it is told."""
    method, _, path = address.partition(" ")
    path = path.replace("{", "no-such-").replace("}", "")
    client, headers = house.client, {}
    client.cookies.clear()
    if role is not None:
        name, token = signed_in(house, PEOPLE[role])
        client.cookies.set(name, token)
        if method != "GET" and with_token:
            with house.container.database.read() as session:
                found = sessions.read(session, house.clock.now(), token)
            assert found
            headers["X-CSRF-Token"] = found[0].csrf
    answer = client.request(method, path, headers=headers, follow_redirects=False)
    is_json = answer.headers.get("content-type", "").startswith("application/json")
    body = answer.json() if is_json else {}
    code = body["error"]["code"] if isinstance(body, dict) and "error" in body else ""
    return answer.status_code, code


PEOPLE: dict[Role, str] = {}


@pytest.fixture(scope="module", autouse=True)
def people(house: House) -> None:
    for role in ANYBODY:
        PEOPLE[role] = hire(house, f"{role.value} Person", role)


@pytest.mark.parametrize("role", [None, STAFF, LEAD, CX, ADMIN])
def test_each_address_opens_to_its_roles_alone(house: House, role: Role | None) -> None:
    wrong = []
    for address, roles in TABLE.items():
        if role in roles and address in ENDLESS:
            continue
        status, code = ask(house, address, role)
        expected = "opens" if role in roles else "401" if role is None else "403"
        told = str(status) if status in (401, 403) else "opens"
        if told != expected or status == 500:
            wrong.append(f"{address}: {status} {code}, not {expected}")
    assert wrong == []


@pytest.mark.parametrize("role", [None, STAFF, LEAD, CX, ADMIN])
def test_what_asks_for_no_role_answers_everybody_alike(house: House, role: Role | None) -> None:
    wrong = [
        f"{address}: {status}"
        for address in sorted(OPEN | CLOSED)
        for status, _ in [ask(house, address, role)]
        if (status in (401, 403, 500)) is (address in OPEN) and status != 422
    ]
    assert wrong == []


def test_nothing_is_changed_without_the_pages_own_token(house: House) -> None:
    """A cookie alone goes along with a form of any page in the world."""
    changing = [each for each in TABLE if each.startswith("POST /desk")]
    assert len(changing) > 30
    answers = {each: ask(house, each, ADMIN, with_token=False) for each in changing}
    assert {each: was for each, was in answers.items() if was != (403, "not_from_our_page")} == {}
