"""Promises in the desk: what a draft promises, what its ribbon says, and what is due."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form
from starlette.responses import HTMLResponse, JSONResponse, Response

from careline.conversation import staff
from careline.conversation.lines import promise_words
from careline.conversation.messages import NoSuchConversation
from careline.conversation.notify import EVERYTHING
from careline.conversation.receive import LONGEST_TEXT
from careline.conversation.staff import promised
from careline.desk import promises
from careline.desk.door import Member
from careline.desk.pages import views
from careline.desk.pages.parts import Desk
from careline.journey.models import Conversation, Promise
from careline.kit.errors import Invalid

Texts = Annotated[list[str] | None, Form()]


def ribbon_by_form(
    promise: Texts = None,
    promise_by: Texts = None,
    promise_words: Texts = None,
    not_promised: Texts = None,
) -> staff.Ribbon:
    """One promise a place of the first three; the words may be left out. Raises Invalid."""
    whats, days, words = promise or [], promise_by or [], promise_words or []
    rows = [
        _row(what, by, words[place] if place < len(words) else "")
        for place, (what, by) in enumerate(zip(whats, _filled(days, len(whats)), strict=True))
        if what.strip() or by
    ]
    return staff.Ribbon(rows, not_promised or [])


def as_json(found: list[Promise]) -> list[dict[str, str]]:
    return [{"what": promise_words(one.what), "by": one.due_on.isoformat()} for one in found]


def router(desk: Desk) -> APIRouter:
    routes = APIRouter(prefix="/desk", include_in_schema=False, default_response_class=HTMLResponse)
    worker = Depends(desk.worker)

    @routes.post("/conversations/{conversation_id}/promised")
    def read(
        conversation_id: str,
        text: Annotated[str, Form(max_length=LONGEST_TEXT)] = "",
        member: Member = worker,
    ) -> JSONResponse:
        """What a draft promises, for the ribbon to suggest."""
        with desk.database.read() as session:
            conversation = session.get(Conversation, conversation_id)
            if conversation is None:
                raise NoSuchConversation("There is no such conversation.")
            found = promised.read(session, desk.now(), conversation, text, desk.policies)
        said: list[dict[str, Any]] = [
            {"what": promise_words(one.what), "by": one.due_on.isoformat(), "words": one.words}
            for one in found
        ]
        return JSONResponse({"promises": said})

    @routes.get("/promises")
    def due(after: str | None = None, member: Member = worker) -> Response:
        mark = desk.mark("promises")
        with desk.database.read() as session:
            page = promises.due_soon(session, desk.now(), after=after)
        for each in page.promised:
            views.note(desk, member, "promise.read", each.customer_id, promise=each.id)
        return desk.show(
            "promises.html.j2",
            member,
            promised=page.promised,
            after=page.after,
            here_after=after or "",
            mark=mark,
        )

    @routes.post("/promises/{promise_id}/kept")
    def kept(promise_id: str, member: Member = worker) -> Response:
        with desk.database.begin() as session:
            promises.mark_kept(session, desk.now(), promise_id, member.id)
        desk.hub.nudge(EVERYTHING)
        return JSONResponse({"said": "Kept."})

    @routes.post("/promises/{promise_id}/was-none")
    def was_none(promise_id: str, member: Member = worker) -> Response:
        with desk.database.begin() as session:
            promises.was_none(session, desk.now(), promise_id, member.id)
        desk.hub.nudge(EVERYTHING)
        return JSONResponse({"said": "No promise any more; nobody is told of it."})

    return routes


def _filled(days: list[str], places: int) -> list[str]:
    return [*days, *[""] * places][:places]


def _row(what: str, by: str, words: str) -> staff.PromiseSaid:
    try:
        return staff.PromiseSaid(what.strip(), date.fromisoformat(by), words.strip())
    except ValueError:
        raise Invalid("Say the day by which it is promised.", field="promise_by") from None
