"""A yes or a no that a customer told a colleague: on the telephone, at the counter, in the chat."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form
from starlette.responses import HTMLResponse, Response

from careline.desk.door import Member
from careline.desk.pages import views
from careline.desk.pages.parts import Desk
from careline.journey import audit
from careline.journey.models import Customer
from careline.journey.words import Actor, Channel, Purpose
from careline.kit.errors import Invalid, NotFound
from careline.service import consents
from careline.service.consents import ALL_CHANNELS, CHANNELS, Word

_STATES = ("given", "refused")
Short = Annotated[str, Form(max_length=200)]


def router(desk: Desk) -> APIRouter:
    routes = APIRouter(prefix="/desk/customers", include_in_schema=False)
    worker = Depends(desk.worker)

    @routes.get("/{customer_id}/consents", response_class=HTMLResponse)
    def ask(customer_id: str, member: Member = worker) -> Response:
        with desk.database.read() as session:
            customer = session.get(Customer, customer_id)
        if customer is None:
            raise NotFound("There is no such customer.")
        views.note(desk, member, "customer.read", customer_id)
        return desk.show(
            "dialogs/consent.html.j2", member, customer=customer, everywhere=ALL_CHANNELS,
            channels=CHANNELS,
        )  # fmt: skip

    @routes.post("/{customer_id}/consents")
    def note(
        customer_id: str,
        purpose: Short = "",
        channel: Short = "",
        state: Short = "",
        how: Short = "",
        wording: Annotated[str, Form(max_length=1000)] = "",
        member: Member = worker,
    ) -> dict[str, str]:
        word = Word(
            purpose=_purpose(purpose),
            channel=_one_of((ALL_CHANNELS, *CHANNELS), channel, "channel"),
            is_yes=_one_of(_STATES, state, "state") == "given",
            at=desk.now(),
            how=how.strip(),
            wording=wording.strip(),
        )
        if not word.how:
            raise Invalid("Write down how they said so: it is the proof.", field="how")
        with desk.database.begin() as session:
            if session.get(Customer, customer_id) is None:
                raise NotFound("There is no such customer.")
            consents.note_word(
                session, desk.now(), customer_id, word, channel=Channel.SHOP, actor=Actor.STAFF
            )
            audit.note(
                session, desk.now(), who=member.who, role=member.role,
                did=f"consent.{word.state}", subject=customer_id,
                details={"purpose": word.purpose.value, "channel": word.channel},
            )  # fmt: skip
        return {"said": f"Noted: {word.in_words[0].lower()}{word.in_words[1:]}."}

    return routes


def _purpose(said: str) -> Purpose:
    return Purpose(_one_of([each.value for each in Purpose], said, "purpose"))


def _one_of(allowed: list[str] | tuple[str, ...], said: str, field: str) -> str:
    if said not in allowed:
        raise Invalid("Choose one of those that are there.", field=field)
    return said
