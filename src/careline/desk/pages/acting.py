"""POST: what staff do from the pages. Each is one verb of desk.doing; errors keep their shape."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.responses import JSONResponse

from careline.conversation import staff
from careline.conversation.staff import promised
from careline.desk import queue
from careline.desk.door import Member
from careline.desk.pages.parts import Desk
from careline.desk.pages.promising import as_json, ribbon_by_form
from careline.desk.pages.wanted import Wanted, wanted_by_form
from careline.desk.pages.words import OUTCOMES
from careline.kit.errors import Invalid

CANDIDATES = 10  # of the most urgent: colleagues may be claiming the first ones just now
Id = Annotated[str, Form(max_length=80)]
Words = Annotated[str, Form()]


def router(desk: Desk) -> APIRouter:
    routes = APIRouter(include_in_schema=False)
    routes.include_router(_claiming(desk))
    routes.include_router(_in_conversation(desk))
    return routes


def _claiming(desk: Desk) -> APIRouter:
    routes = APIRouter(prefix="/desk", include_in_schema=False)
    worker = Depends(desk.worker)

    @routes.post("/claim-next")
    def claim_next(
        filters: Annotated[Wanted, Depends(wanted_by_form)], member: Member = worker
    ) -> dict[str, str]:
        """The most urgent of those who wait, among those that the filters show."""
        view = queue.View.TEAM if filters.view == queue.View.TEAM else queue.View.UNASSIGNED
        with desk.database.read() as session:
            found = queue.queue(
                session,
                desk.now(),
                staff_id=member.id,
                teams=member.teams,
                view=view,
                limit=CANDIDATES,
                **filters.filters,
            )
        claimed = desk.doing.claim_first(member.id, [row.id for row in found.rows])
        if claimed is None:
            is_filtered = any(filters.filters.values()) or view == queue.View.TEAM
            who = "Nobody of those" if is_filtered else "Nobody"
            return {"said": f"{who} waits for a person."}
        return {"open": claimed.id}

    return routes


def _in_conversation(desk: Desk) -> APIRouter:
    routes = APIRouter(prefix="/desk/conversations/{conversation_id}", include_in_schema=False)
    doing = desk.doing
    worker = Depends(desk.worker)
    said = Depends(ribbon_by_form)

    def verb(name: str, do: Callable[..., Any], said: str) -> None:
        """One that needs nothing but the conversation."""

        @routes.post(f"/{name}", name=name)
        def act(conversation_id: str, member: Member = worker) -> dict[str, str]:
            do(member.id, conversation_id)
            return {"said": said}

    verb("claim", doing.claim, "It is yours; the bot is silent for this customer.")
    verb("take-over", doing.take_over, "It is yours; the bot is silent for this customer.")
    verb("release", doing.release, "Back in the queue.")
    verb("wake", doing.wake, "Taken up again.")

    @routes.post("/reply")
    def reply(
        conversation_id: str,
        client_id: Id,
        seen_up_to: Annotated[int, Form(ge=0)],
        text: Words = "",
        attachments: Annotated[list[str] | None, Form()] = None,
        ribbon: staff.Ribbon = said,
        member: Member = worker,
    ) -> dict[str, Any]:
        message = doing.reply(
            member.id,
            conversation_id,
            text,
            seen_up_to=seen_up_to,
            client_id=client_id,
            attachments=attachments or (),
            ribbon=ribbon,
        )
        return {
            "message": message.id,
            "position": message.position,
            "promised": _promised(desk, message.id),
        }

    @routes.post("/note")
    def note(
        conversation_id: str, client_id: Id, text: Words = "", member: Member = worker
    ) -> dict[str, str]:
        written = doing.note(member.id, conversation_id, text, client_id=client_id)
        return {"note": written.id}

    @routes.post("/pass")
    def pass_on(
        conversation_id: str,
        to: Annotated[str, Form()] = "",
        note: Words = "",
        member: Member = worker,
    ) -> dict[str, str]:
        kind, _, name = to.partition(":")
        if kind not in ("staff", "team") or not name:
            raise Invalid("Choose a colleague or a team.", field="to")
        to_whom = {"to_staff": name} if kind == "staff" else {"to_team": name}
        doing.pass_on(member.id, conversation_id, note=note, **to_whom)
        warning = doing.over_capacity(name) if kind == "staff" else ""
        return {"said": f"Passed on. {warning}".strip()}

    @routes.post("/snooze")
    def snooze(
        conversation_id: str,
        until: Annotated[str, Form()] = "",
        at: Annotated[str, Form()] = "",
        member: Member = worker,
    ) -> dict[str, str]:
        if until == "answer":
            doing.snooze(member.id, conversation_id, until_customer_answers=True)
            return {"said": "Put aside until the customer answers."}
        doing.snooze(
            member.id, conversation_id, until=_moment(desk, at if until == "at" else until)
        )
        return {"said": "Put aside."}

    @routes.post("/merge")
    def merge(conversation_id: str, into: Id = "", member: Member = worker) -> dict[str, str]:
        if not into:
            raise Invalid("Choose the conversation that goes on.", field="into")
        doing.merge(member.id, conversation_id, into=into)
        return {"said": "Merged into the other one.", "open": into}

    @routes.post("/hand-back")
    def hand_back(
        conversation_id: str,
        outcome: Id = "",
        words: Words = "",
        ribbon: staff.Ribbon = said,
        member: Member = worker,
    ) -> dict[str, Any]:
        done = doing.hand_back(member.id, conversation_id, outcome, words=words, ribbon=ribbon)
        key = (done.handback or {}).get("key", "")
        return {
            "said": f"Handed back: {OUTCOMES[outcome].lower()}. The bot goes on.",
            "promised": _promised(desk, key) if key else [],
        }

    @routes.post("/resolve")
    def resolve(
        conversation_id: str,
        root_cause: Id = "",
        owner: Id = "",
        resolution: Id = "",
        member: Member = worker,
    ) -> dict[str, str]:
        doing.resolve(
            member.id,
            conversation_id,
            root_cause=root_cause,
            owner=owner or None,
            resolution=resolution or None,
        )
        return {"said": "Resolved."}

    @routes.post("/typing", status_code=204)
    def typing(conversation_id: str, on: Annotated[bool, Form()], member: Member = worker) -> None:
        desk.typing(member.id, conversation_id, on)

    @routes.post("/attachments", status_code=201)
    async def attach(
        request: Request, conversation_id: str, member: Member = worker
    ) -> JSONResponse:
        async with request.form(max_files=1, max_fields=5) as form:
            file = form.get("file")
            if not isinstance(file, UploadFile):
                raise Invalid("Send the file in the multipart field 'file'.", field="file")
            name, content = file.filename or "file", await file.read()
        kept = await run_in_threadpool(doing.attach, member.id, conversation_id, name, content)
        return JSONResponse({"id": kept.id, "name": kept.name}, 201)

    return routes


def _promised(desk: Desk, key: str) -> list[dict[str, str]]:
    """What was written down with it: some of it may have been read in the words only."""
    with desk.database.read() as session:
        return as_json(promised.of_message(session, key))


def _moment(desk: Desk, said: str) -> datetime:
    """A time on the team's clock, "2026-11-20T14:30", as the browser's field gives it."""
    try:
        at = datetime.fromisoformat(said)
    except ValueError:
        raise Invalid("Choose until when.", field="until") from None
    return at if at.tzinfo else at.replace(tzinfo=desk.zone)
