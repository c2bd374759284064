"""/desk/team: who works here, for admins."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Form
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from starlette.responses import RedirectResponse, Response

from careline.conversation import staff as at_the_desk
from careline.desk.accounts import invitations, sessions, team
from careline.desk.accounts.pages.parts import Accounts, done
from careline.desk.door import Member
from careline.journey.models import Staff, StaffSession
from careline.journey.words import Role
from careline.kit.errors import CarelineError, Invalid

TEAM = "/desk/team"
_SAID = {
    "saved": "Saved.",
    "reset": "Password and second step are forgotten and every browser is signed out. "
    "Give them the link below.",
    "deactivated": "They are out; what they had in hand is back in the queue.",
    "reactivated": "They work here again. Give them the link below.",
    "ended": "Signed out there.",
}
Field = Annotated[str, Form(max_length=1000)]
Names = Annotated[list[str] | None, Form()]


def router(accounts: Accounts) -> APIRouter:
    routes = APIRouter(prefix="/team")
    admin = Depends(accounts.door.require(Role.ADMIN))
    by_form = Depends(accounts.door.require_form(Role.ADMIN))
    database, clock = accounts.database, accounts.clock

    @routes.get("")
    def everybody(member: Member = admin) -> Response:
        return listed(member)

    @routes.post("")
    def hire(
        email: Field = "",
        name: Field = "",
        role: Field = "",
        teams: Names = None,
        capacity: Field = "",
        member: Member = by_form,
    ) -> Response:
        try:
            with database.begin() as session:
                who = team.hire(
                    session,
                    clock.now(),
                    email=email,
                    name=name,
                    role=_role(role),
                    teams=known(teams),
                    capacity=_capacity(capacity),
                    by=member.who,
                )
        except CarelineError as error:
            return listed(member, error, {"email": email, "name": name})
        return RedirectResponse(f"{TEAM}/{who.id}", 303)

    @routes.get("/{staff_id}")
    def one(staff_id: str, member: Member = admin, done: str = "") -> Response:
        return person(member, staff_id, said=_SAID.get(done, ""))

    @routes.post("/{staff_id}")
    def change(
        staff_id: str,
        name: Field = "",
        role: Field = "",
        teams: Names = None,
        capacity: Field = "",
        member: Member = by_form,
    ) -> Response:
        def save(session: Session, now: datetime) -> None:
            team.change(
                session,
                now,
                staff_id,
                by=member.who,
                name=name,
                role=_role(role),
                teams=known(teams),
                capacity=_capacity(capacity),
                policies=accounts.policies,
            )

        return acted(member, staff_id, "saved", save)

    @routes.post("/{staff_id}/reset")
    def reset(staff_id: str, member: Member = by_form) -> Response:
        def forget(session: Session, now: datetime) -> None:
            team.reset(session, now, staff_id, by=member.who)

        return acted(member, staff_id, "reset", forget)

    @routes.post("/{staff_id}/deactivate")
    def deactivate(staff_id: str, member: Member = by_form) -> Response:
        def let_go(session: Session, now: datetime) -> None:
            team.let_go(session, now, staff_id, by=member.who, policies=accounts.policies)

        return acted(member, staff_id, "deactivated", let_go)

    @routes.post("/{staff_id}/reactivate")
    def reactivate(staff_id: str, member: Member = by_form) -> Response:
        def take_back(session: Session, now: datetime) -> None:
            team.take_back(session, now, staff_id, by=member.who)

        return acted(member, staff_id, "reactivated", take_back)

    @routes.post("/{staff_id}/sessions/{session_id}/end")
    def end(staff_id: str, session_id: str, member: Member = by_form) -> Response:
        def sign_out(session: Session, now: datetime) -> None:
            sessions.end(session, now, session_id, staff_id)
            who = team.find(session, staff_id)
            team.note(session, now, member.who, "staff.session_ended", who)

        return acted(member, staff_id, "ended", sign_out)

    def acted(
        member: Member, staff_id: str, word: str, do: Callable[[Session, datetime], None]
    ) -> Response:
        def in_one_unit() -> None:
            with database.begin() as session:
                do(session, clock.now())

        return done(
            f"{TEAM}/{staff_id}?done={word}",
            in_one_unit,
            lambda error: person(member, staff_id, error),
        )

    def known(teams: list[str] | None) -> list[str]:
        there_are = at_the_desk.teams(accounts.policies)
        for name in teams or []:
            if name not in there_are:
                raise Invalid("There is no such team.", field="teams")
        return list(teams or [])

    def listed(
        member: Member, error: CarelineError | None = None, typed: dict[str, str] | None = None
    ) -> Response:
        with database.read() as session:
            people = team.everybody(session)
            seen = dict(
                session.execute(
                    select(StaffSession.staff_id, func.max(StaffSession.last_seen_at)).group_by(
                        StaffSession.staff_id
                    )
                ).all()
            )
        return accounts.show(
            "team",
            member,
            error.status if error else 200,
            problem=error,
            people=people,
            seen=seen,
            typed=typed or {},
            roles=team.ROLES,
            teams=at_the_desk.teams(accounts.policies),
        )

    def person(
        member: Member, staff_id: str, error: CarelineError | None = None, *, said: str = ""
    ) -> Response:
        now = clock.now()
        with database.read() as session:
            who = team.find(session, staff_id)
            browsers = sessions.of(session, now, staff_id)
        return accounts.show(
            "person",
            member,
            error.status if error else 200,
            problem=error,
            said=said,
            who=who,
            browsers=browsers,
            link=link_for(who) if who.active and who.password_hash is None else "",
            roles=team.ROLES,
            teams=at_the_desk.teams(accounts.policies),
        )

    def link_for(who: Staff) -> str:
        token = invitations.token_for(accounts.secret, who, clock.now())
        return f"{accounts.base_url}/desk/welcome?token={token}"

    return routes


def _role(word: str) -> Role:
    try:
        return Role(word)
    except ValueError:
        raise Invalid("Choose a role.", field="role") from None


def _capacity(said: str) -> int | None:
    if not said.strip():
        return None
    if not (said.strip().isascii() and said.strip().isdigit()):
        raise Invalid("Give the capacity as a number, or leave it empty.", field="capacity")
    return int(said)
