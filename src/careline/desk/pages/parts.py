"""What every module of the desk's pages is given, and what they share."""

from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

from fastapi import Request
from starlette.responses import HTMLResponse

from careline.conversation.notify import Hub
from careline.desk.attention import Attention, look
from careline.desk.doing import Doing
from careline.desk.door import WORKERS, Door, Member
from careline.desk.pages.render import Pages, environment
from careline.desk.remedies import Remedies
from careline.journey.models import Conversation
from careline.kit.clock import Clock
from careline.kit.database import Database
from careline.service.policies import Policies
from careline.service.services import Services


@dataclass(frozen=True)
class Desk:
    """The desk's parts; made by the app."""

    database: Database
    clock: Clock
    policies: Policies
    services: Services
    hub: Hub
    doing: Doing
    remedies: Remedies
    door: Door
    pages: Pages
    zone: tzinfo

    def worker(self, request: Request) -> Member:
        """A dependency: who talks with customers. Raises Unauthorised, Forbidden."""
        return self.door.member(request, *WORKERS)

    def mark(self, page: str) -> str:
        """What changes with what this page shows; taken before the page is read."""
        with self.database.read() as session:
            return look(session, self.now()).marks[page]

    def now(self) -> datetime:
        return self.clock.now()

    def typing(self, staff_id: str, conversation_id: str, on: bool) -> None:
        """Told to the customer's page, if this person is the one who talks with them."""
        with self.database.read() as session:
            conversation = session.get(Conversation, conversation_id)
        if conversation is not None and conversation.holder == staff_id:
            self.hub.typing(conversation_id, on)

    def show(self, template: str, member: Member, status: int = 200, **facts: Any) -> HTMLResponse:
        return self.pages.page(template, member, status, now=self.now(), **facts)


def make(services: Services, hub: Hub, doing: Doing, remedies: Remedies, door: Door) -> Desk:
    zone = services.policies.service_levels.teams["support"].zone

    def attention() -> Attention:
        with services.database.read() as session:
            return look(session, services.clock.now())

    return Desk(
        database=services.database,
        clock=services.clock,
        policies=services.policies,
        services=services,
        hub=hub,
        doing=doing,
        remedies=remedies,
        door=door,
        pages=Pages(environment(zone, attention)),
        zone=zone,
    )
