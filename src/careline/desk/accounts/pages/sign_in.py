"""/desk/sign-in: password, code, the company's provider; out again; and links that set a password.

Before anybody is signed in, a cookie of the page's own goes with its forms: no other site can
sign somebody in here under an account that is not theirs.
"""

import secrets
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import RedirectResponse, Response

from careline.desk.accounts import invitations
from careline.desk.accounts.door import SIGN_IN, browser_of, safe_next
from careline.desk.accounts.pages.parts import Accounts, with_wait
from careline.desk.accounts.signing_in import CodeNeeded, SignedIn, SignInRefused
from careline.desk.door import Member
from careline.journey.words import Role
from careline.kit.errors import CarelineError, Forbidden

BEFORE = "careline_before"
TRAVELLED = "careline_provider"
Field = Annotated[str, Form(max_length=1000)]


def router(accounts: Accounts) -> APIRouter:
    routes = APIRouter()
    door, signing_in = accounts.door, accounts.signing_in
    by_form = Depends(door.require_form())
    is_https = accounts.base_url.startswith("https://")

    @routes.get("/sign-in")
    def sign_in(request: Request, next: str = "") -> Response:
        if member := door.whoever(request):
            return RedirectResponse(_home(member.role, next), 303)
        return form(request, next=next)

    @routes.post("/sign-in")
    def with_password(
        request: Request,
        email: Field = "",
        password: Field = "",
        next: Field = "",
        page: Field = "",
    ) -> Response:
        try:
            ours(request, page)
            proved = signing_in.by_password(
                email, password, browser_of(request), door.token_in(request)
            )
        except CarelineError as error:
            return form(request, error, next=next, email=email)
        if isinstance(proved, CodeNeeded):
            return code_form(request, proved.ticket, next=next)
        return let_in(proved, next)

    @routes.post("/sign-in/code")
    def with_code(
        request: Request, ticket: Field = "", code: Field = "", next: Field = "", page: Field = ""
    ) -> Response:
        try:
            ours(request, page)
            proved = signing_in.by_code(ticket, code, browser_of(request), door.token_in(request))
        except CarelineError as error:
            return code_form(request, ticket, error, next=next)
        return let_in(proved, next)

    @routes.get("/sign-in/provider")
    def to_provider(request: Request, next: str = "") -> Response:
        if accounts.provider is None:
            return form(request, SignInRefused("No provider is set up here."))
        try:
            address, travelled = accounts.provider.begin(safe_next(next))
        except CarelineError as error:
            return form(request, error, next=next)
        response = RedirectResponse(address, 303)
        response.set_cookie(
            TRAVELLED,
            travelled,
            max_age=600,
            path="/desk/sign-in",
            httponly=True,
            samesite="lax",
            secure=is_https,
        )
        return response

    @routes.get("/sign-in/provider/back")
    def from_provider(request: Request, state: str = "", code: str = "") -> Response:
        if accounts.provider is None:
            return form(request, SignInRefused("No provider is set up here."))
        try:
            vouched = accounts.provider.finish(request.cookies.get(TRAVELLED, ""), state, code)
            proved = signing_in.by_provider(
                vouched.email,
                vouched.name,
                browser_of(request),
                door.token_in(request),
                accounts.new_role,
            )
        except CarelineError as error:
            response = form(request, error)
        else:
            response = let_in(proved, vouched.next)
        response.delete_cookie(TRAVELLED, path="/desk/sign-in")
        return response

    @routes.post("/sign-out")
    def out(request: Request, _: Member = by_form) -> Response:
        signing_in.out(door.token_in(request))
        response = RedirectResponse(SIGN_IN, 303)
        door.show_out(response)
        return response

    @routes.get("/welcome")
    def welcome(request: Request, token: str = "") -> Response:
        return welcome_form(request, token)

    @routes.post("/welcome")
    def set_password(
        request: Request, token: Field = "", password: Field = "", page: Field = ""
    ) -> Response:
        try:
            ours(request, page)
            proved = signing_in.by_invitation(token, password, browser_of(request))
        except CarelineError as error:
            return welcome_form(request, token, error)
        return let_in(proved, "")

    def form(
        request: Request, error: CarelineError | None = None, *, next: str = "", email: str = ""
    ) -> Response:
        facts = {"next": safe_next(next), "email": email, "provider": accounts.provider is not None}
        return shown(request, "sign-in", error, **facts)

    def code_form(
        request: Request, ticket: str, error: CarelineError | None = None, *, next: str = ""
    ) -> Response:
        return shown(request, "code", error, next=safe_next(next), ticket=ticket)

    def welcome_form(request: Request, token: str, error: CarelineError | None = None) -> Response:
        try:
            with accounts.database.read() as session:
                now = accounts.clock.now()
                who = invitations.whose(session, accounts.secret, token, now)
        except invitations.InvitationSpent as spent:
            return shown(request, "welcome", spent, who=None, token="")
        return shown(request, "welcome", error, who=who, token=token)

    def shown(
        request: Request, template: str, error: CarelineError | None, **facts: object
    ) -> Response:
        page = request.cookies.get(BEFORE) or secrets.token_urlsafe(24)
        status = error.status if error else 200
        response = accounts.show(template, None, status, problem=error, page=page, **facts)
        response.set_cookie(
            BEFORE, page, path="/desk", httponly=True, samesite="strict", secure=is_https
        )
        return with_wait(response, error) if error else response

    def let_in(proved: SignedIn, next: str) -> Response:
        response = RedirectResponse(_home(proved.role, next), 303)
        door.let_in(response, proved.token)
        response.delete_cookie(BEFORE, path="/desk")
        return response

    return routes


def ours(request: Request, page: str) -> None:
    """Raises Forbidden for a form that is not the page's own."""
    known = request.cookies.get(BEFORE, "")
    if not known or not secrets.compare_digest(known.encode(), page.encode(errors="replace")):
        raise Forbidden("This did not come from this page, or cookies are off. Try again.")


def _home(role: Role, next: str) -> str:
    """Where they wanted to go, or where their work is."""
    return safe_next(next) or ("/journey" if role is Role.CX else "/desk")
