"""/desk/touches: plain pages and forms, made on the server; cx and admin may change something."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Depends, Form, Query
from starlette.responses import Response

from careline.desk.accounts.door import SessionDoor
from careline.desk.accounts.pages.parts import done
from careline.desk.door import Member
from careline.desk.pages import views
from careline.desk.pages.parts import Desk
from careline.desk.touches import reading, telling
from careline.journey.words import Role
from careline.kit.errors import CarelineError, NotFound
from careline.touches import pauses
from careline.touches.balance import Balance, Period, balance
from careline.touches.gate import ALL_PLAYBOOKS
from careline.touches.playbook import Playbook
from careline.touches.ports import Words
from careline.touches.preview import MOST_TOUCHES, preview
from careline.touches.reasons import in_words
from careline.touches.trial import send_test

HOME = "/desk/touches"
READERS = (Role.CX, Role.LEAD, Role.ADMIN)
OWNERS = (Role.CX, Role.ADMIN)  # who may stop a playbook, or try it out
PERIODS = {7: "7 days", 30: "30 days", 90: "90 days", 365: "a year"}  # days → in words
AHEAD_DAYS = 7
_SAID = {
    "paused": "Paused. What it would have sent is held, and judged again when it goes on.",
    "resumed": "It goes on. What was held is judged again.",
    "tested": "A test is on its way to your e-mail address; it is counted nowhere.",
}
Why = Annotated[str, Form(max_length=500)]
Word = Annotated[str, Query(max_length=80)]


@dataclass(frozen=True)
class TouchDesk:
    """Made by the app."""

    desk: Desk
    door: SessionDoor
    playbooks: Mapping[str, Playbook]
    words: Words

    def show(
        self, template: str, member: Member, problem: CarelineError | None = None, **facts: Any
    ) -> Response:
        with self.desk.database.read() as session:
            paused = reading.pauses(session)
        return self.desk.show(
            f"touches/{template}.html.j2",
            member,
            problem.status if problem else 200,
            problem=problem,
            paused=paused,
            everything=ALL_PLAYBOOKS,
            may_change=member.role in OWNERS,
            in_words=in_words,
            **facts,
        )

    def book(self, name: str) -> Playbook:
        if name not in self.playbooks:
            raise NotFound(f"There is no playbook {name}.", field="playbook")
        return self.playbooks[name]


def router(touches: TouchDesk) -> APIRouter:
    routes = APIRouter(prefix=HOME, include_in_schema=False)
    desk = touches.desk
    reader = Depends(touches.door.require(*READERS))
    by_form = Depends(touches.door.require_form(*OWNERS))

    @routes.get("")
    def worth(member: Member = reader, days: int = 30, done: str = "") -> Response:
        return sheet(member, days, said=_SAID.get(done, ""))

    @routes.get("/next")
    def coming(
        member: Member = reader,
        playbook: Word = "",
        why: Word = "",
        begin: Annotated[int, Query(ge=0, le=MOST_TOUCHES)] = 0,
    ) -> Response:
        views.note(desk, member, "touches.foreseen", playbook)
        with desk.database.read() as session:
            foreseen = preview(
                session, desk.now(), touches.playbooks, desk.policies.contact, days=AHEAD_DAYS
            )
            found = reading.coming(session, foreseen, playbook, why, begin)
        wanted = {"playbook": playbook, "why": why}
        return touches.show(
            "next",
            member,
            coming=found,
            held_before=reading.held_before,
            wanted=wanted,
            query=urlencode({name: value for name, value in wanted.items() if value}),
            is_cut=len(foreseen) >= MOST_TOUCHES,
            titles=reading.titles(touches.playbooks, ()),
            days=AHEAD_DAYS,
        )

    @routes.get("/playbooks/{name}")
    def one(name: str, member: Member = reader, days: int = 30, done: str = "") -> Response:
        return playbook_page(member, name, days=days, said=_SAID.get(done, ""))

    @routes.post("/pause")
    def pause_all(why: Why = "", member: Member = by_form) -> Response:
        return changed(member, ALL_PLAYBOOKS, why, "paused")

    @routes.post("/resume")
    def resume_all(why: Why = "", member: Member = by_form) -> Response:
        return changed(member, ALL_PLAYBOOKS, why, "resumed")

    @routes.post("/playbooks/{name}/pause")
    def pause_one(name: str, why: Why = "", member: Member = by_form) -> Response:
        return changed(member, name, why, "paused")

    @routes.post("/playbooks/{name}/resume")
    def resume_one(name: str, why: Why = "", member: Member = by_form) -> Response:
        return changed(member, name, why, "resumed")

    @routes.post("/playbooks/{name}/test")
    def test(name: str, member: Member = by_form) -> Response:
        def send() -> None:
            book = touches.book(name)
            with desk.database.begin() as session:
                send_test(
                    session, desk.now(), book, touches.words,
                    to=member.email, who=member.who, role=member.role,
                )  # fmt: skip

        return done(
            f"{_page_of(name)}?done=tested", send, lambda error: shown_again(member, name, error)
        )

    def changed(member: Member, name: str, why: str, what: str) -> Response:
        act = pauses.pause if what == "paused" else pauses.resume

        def change() -> None:
            with desk.database.begin() as session:
                act(
                    session, desk.now(), touches.playbooks, name,
                    who=member.who, role=member.role, why=why,
                )  # fmt: skip

        return done(
            f"{_page_of(name)}?done={what}", change, lambda error: shown_again(member, name, error)
        )

    def shown_again(member: Member, name: str, error: CarelineError) -> Response:
        if name in touches.playbooks:
            return playbook_page(member, name, problem=error)
        return sheet(member, 30, problem=error)

    def sheet(
        member: Member, days: int, *, problem: CarelineError | None = None, said: str = ""
    ) -> Response:
        period = _period(desk, days)
        with desk.database.read() as session:
            sheets = balance(session, period, touches.playbooks)
        return touches.show(
            "balance",
            member,
            problem,
            sheets=reading.by_use(sheets),
            answer=reading.answer(sheets),
            nothing_yet=not any(one.sent or one.held or one.dropped for one in sheets),
            titles=reading.titles(touches.playbooks, sheets),
            known=touches.playbooks,
            periods=PERIODS,
            days=_known(days),
            said=said,
        )

    def playbook_page(
        member: Member,
        name: str,
        *,
        days: int = 30,
        problem: CarelineError | None = None,
        said: str = "",
    ) -> Response:
        if name not in touches.playbooks:
            return desk.show("missing.html.j2", member, 404, error=NotFound("No such playbook."))
        book = touches.book(name)
        views.note(desk, member, "touches.read", name)
        with desk.database.read() as session:
            [of_it] = [
                s for s in balance(session, _period(desk, days), [name]) if s.playbook == name
            ]
            rows = reading.latest(session, name)
        return touches.show(
            "playbook",
            member,
            problem,
            book=book,
            told=telling.told(book),
            sheet=of_it,
            funnel=_funnel(of_it, book),
            latest=rows,
            periods=PERIODS,
            days=_known(days),
            said=said,
        )

    return routes


def _known(days: int) -> int:
    return days if days in PERIODS else 30


def _period(desk: Desk, days: int) -> Period:
    now = desk.now()
    return Period(now - timedelta(days=_known(days)), now)


def _page_of(name: str) -> str:
    return HOME if name == ALL_PLAYBOOKS else f"{HOME}/playbooks/{quote(name, safe='')}"


def _funnel(sheet: Balance, book: Playbook) -> list[tuple[str, int]]:
    steps = [
        ("Sent", sheet.sent),
        ("Delivered", sheet.delivered),
        ("Read", sheet.read),
        ("Answered", sheet.answered),
    ]
    return [*steps, ("Goal reached", sheet.reached)] if book.goal is not None else steps
