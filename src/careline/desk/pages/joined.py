"""Records that were taken for one person's: what came over, and how a lead splits them again."""

from typing import Any

from fastapi import APIRouter, Request
from sqlalchemy.orm import Session
from starlette.responses import HTMLResponse, Response

from careline.desk.door import DECIDERS
from careline.desk.pages import views
from careline.desk.pages.parts import Desk
from careline.journey.joined import all_of, kept_for, links_of
from careline.journey.models import IdentityLink
from careline.kit.errors import NotFound
from careline.service import linking

_PROVED = {
    "code": "a code sent to their e-mail address",
    "identity": "their sign-in at the shop",
    "channel": "an address that both have",
}
# What a member of the team counts by; the rest goes along unsaid.
_COUNTED = {
    "conversation": ("conversation", "conversations"),
    "case": ("case", "cases"),
    "touchpoint": ("touchpoint", "touchpoints"),
}


def router(desk: Desk) -> APIRouter:
    routes = APIRouter(prefix="/desk/joined", include_in_schema=False)

    @routes.get("/{link_id}", response_class=HTMLResponse)
    def ask(link_id: str, request: Request) -> Response:
        member = desk.door.member(request, *DECIDERS)
        with desk.database.read() as session:
            link = session.get(IdentityLink, link_id)
            if link is None:
                raise NotFound("There is no such link.")
            person = kept_for(session, link.customer_id)
        views.note(desk, member, "customer.read", person)
        return desk.show("dialogs/split.html.j2", member, link=_told(link))

    @routes.post("/{link_id}/split")
    def split(link_id: str, request: Request) -> dict[str, str]:
        member = desk.door.member(request, *DECIDERS)
        with desk.database.begin() as session:
            linking.undo(session, desk.now(), link_id, by=member.who)
        return {"said": "Split. What belongs to the other record is with it again."}

    return routes


def of_customer(session: Session, customer_id: str) -> list[dict[str, Any]]:
    """The joins that hold, oldest first, in words."""
    return [_told(link) for link in links_of(session, all_of(session, customer_id))]


def _told(link: IdentityLink) -> dict[str, Any]:
    counts = [
        f"{len(rows)} {names[len(rows) != 1]}"
        for table, names in _COUNTED.items()
        if (rows := link.moved.get(table))
    ]
    return {
        "id": link.id,
        "at": link.created_at,
        "proved": _PROVED.get(link.how, link.how.replace("_", " ")),
        "brought": ", ".join(counts) or "nothing yet",
        "undone": link.undone_at is not None,
    }
