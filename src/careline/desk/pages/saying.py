"""Ready replies for the composer."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.responses import HTMLResponse, Response

from careline.conversation.staff.canned import canned
from careline.desk.door import Member
from careline.desk.pages import views
from careline.desk.pages.parts import Desk
from careline.journey.models import Conversation


def router(desk: Desk) -> APIRouter:
    routes = APIRouter(prefix="/desk", include_in_schema=False, default_response_class=HTMLResponse)
    worker = Depends(desk.worker)

    @routes.get("/conversations/{conversation_id}/canned")
    def ready(
        conversation_id: str,
        name: Annotated[str, Query(max_length=80)] = "",
        member: Member = worker,
    ) -> Response:
        with desk.database.read() as session:
            replies = canned(
                session,
                conversation_id,
                member.id,
                policies=desk.policies,
                shop_name=desk.services.shop_name,
                now=desk.now(),
                search=name,
            )
            customer_id = session.get_one(Conversation, conversation_id).customer_id
        views.note(desk, member, "canned.read", customer_id, conversation=conversation_id)
        return desk.show("canned.html.j2", member, replies=replies)

    return routes
