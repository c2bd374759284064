"""POST /api/customers/{ref}/consents: what somebody agreed to or refused elsewhere."""

from typing import Any

from fastapi import APIRouter, Depends
from sqlalchemy import select

from careline.channels.consent_words import ConsentIn
from careline.channels.intake import refuse_future, refuse_unstorable
from careline.channels.reading import shapes
from careline.channels.reading.people import People
from careline.channels.tokens import Guard, Principal
from careline.journey import audit
from careline.journey.models import Consent
from careline.journey.words import Channel, Role
from careline.kit.clock import Clock
from careline.kit.database import Database
from careline.service import consents
from careline.shops.protocol import Shop

WRITERS = (Role.MACHINE, Role.STAFF, Role.LEAD, Role.ADMIN)


def router(database: Database, clock: Clock, shop: Shop, guard: Guard) -> APIRouter:
    people = People(database, clock, shop)
    routes = APIRouter(prefix="/api", tags=["consents"])
    writer = Depends(guard.require(*WRITERS))

    @routes.post("/customers/{ref}/consents", summary="A yes or a no, with its proof")
    def note(ref: str, said: ConsentIn, principal: Principal = writer) -> dict[str, Any]:
        """The newest word for a purpose and channel holds; the same again changes nothing.
        Answers with all that holds for this customer now.
        """
        now = clock.now()
        refuse_unstorable(said.model_dump(mode="json"))
        refuse_future(said.at, now)
        customer_id = people.find(ref).customer_id
        with database.begin() as session:
            is_new = consents.note_word(session, now, customer_id, said.word, channel=Channel.SHOP)
            if is_new:
                audit.note(
                    session, now, who=principal.who, role=principal.role,
                    did=f"consent.{said.state}", subject=customer_id,
                    details={"purpose": said.purpose.value, "channel": str(said.channel)},
                )  # fmt: skip
            holds = session.scalars(
                select(Consent).where(Consent.customer_id == customer_id).order_by(Consent.id)
            )
            return {"repeated": not is_new, "consents": [shapes.consent(one) for one in holds]}

    return routes
