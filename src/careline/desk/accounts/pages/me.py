"""/desk/me: your signature, password, second step and signed-in browsers."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import Response

from careline.desk.accounts import second_step, sessions
from careline.desk.accounts.door import SIGN_IN, browser_of
from careline.desk.accounts.pages.parts import Accounts, done
from careline.desk.door import Member
from careline.journey.models import Staff
from careline.kit.errors import CarelineError

ME = "/desk/me"
_SAID = {
    "password": "Your password is changed; every other browser is signed out.",
    "signature": "Your signature is saved.",
    "on": "The second step is on. From now on the app's code is asked for.",
    "off": "The second step is off.",
    "ended": "Signed out there.",
}
Field = Annotated[str, Form(max_length=1000)]


def router(accounts: Accounts) -> APIRouter:
    routes = APIRouter(prefix="/me")
    own = accounts.own
    anybody, by_form = Depends(accounts.door.require()), Depends(accounts.door.require_form())

    @routes.get("")
    def me(member: Member = anybody, done: str = "") -> Response:
        return shown(member, said=_SAID.get(done, ""))

    @routes.post("/signature")
    def signature(signature: Field = "", member: Member = by_form) -> Response:
        return done(
            f"{ME}?done=signature",
            lambda: own.sign_as(member, signature),
            lambda error: shown(member, error),
        )

    @routes.post("/password")
    def password(
        request: Request, old: Field = "", new: Field = "", member: Member = by_form
    ) -> Response:
        return done(
            f"{ME}?done=password",
            lambda: own.change_password(member, old, new, browser_of(request)),
            lambda error: shown(member, error),
        )

    @routes.get("/second-step")
    def set_up(member: Member = anybody) -> Response:
        return setting_up(member, second_step.new_secret())

    @routes.post("/second-step")
    def on(
        request: Request,
        secret: Field = "",
        code: Field = "",
        old: Field = "",
        member: Member = by_form,
    ) -> Response:
        return done(
            f"{ME}?done=on",
            lambda: own.second_step_on(member, old, secret, code, browser_of(request)),
            lambda error: setting_up(member, second_step.new_secret(), error),
        )

    @routes.post("/second-step/off")
    def off(request: Request, old: Field = "", member: Member = by_form) -> Response:
        return done(
            f"{ME}?done=off",
            lambda: own.second_step_off(member, old, browser_of(request)),
            lambda error: shown(member, error),
        )

    @routes.post("/sessions/end-others")
    def end_others(member: Member = by_form) -> Response:
        return done(
            f"{ME}?done=ended", lambda: own.end_others(member), lambda error: shown(member, error)
        )

    @routes.post("/sessions/{session_id}/end")
    def end(session_id: str, member: Member = by_form) -> Response:
        is_this_one = session_id == member.session_id
        return done(
            SIGN_IN if is_this_one else f"{ME}?done=ended",
            lambda: own.end_session(member, session_id),
            lambda error: shown(member, error),
        )

    def shown(member: Member, error: CarelineError | None = None, *, said: str = "") -> Response:
        with accounts.database.read() as session:
            who = session.get_one(Staff, member.id)
            browsers = sessions.of(session, accounts.clock.now(), member.id)
        status = error.status if error else 200
        return accounts.show(
            "me", member, status, problem=error, who=who, browsers=browsers, said=said
        )

    def setting_up(member: Member, secret: str, error: CarelineError | None = None) -> Response:
        return accounts.show(
            "second-step",
            member,
            error.status if error else 200,
            problem=error,
            secret=secret,
            picture=second_step.picture(secret, member.email),
        )

    return routes
