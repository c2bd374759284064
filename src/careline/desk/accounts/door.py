"""The desk's door: who is asking, by the session in the cookie; what they may not, is refused.

`require(Role.LEAD, Role.ADMIN)` is a dependency that gives the Member. A request that changes
something must bring the session's own token, in the header X-CSRF-Token or the form field
`csrf`: the cookie alone, which browsers send whoever asks, changes nothing. People are sent to
the sign-in page; programs get the error in the API's shape. What an open page fetches by itself
(its stream of news, and the parts that are fetched again) is no use of the session.
"""

import hmac
from collections.abc import Callable
from typing import Annotated
from urllib.parse import quote

from fastapi import FastAPI, Form, Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from careline.desk.accounts import sessions
from careline.desk.accounts.sessions import Browser
from careline.desk.door import Member
from careline.journey.words import Role
from careline.kit.clock import Clock
from careline.kit.database import Database
from careline.kit.errors import Forbidden, Unauthorised

CSRF = "X-CSRF-Token"
BY_ITSELF = "X-By-Itself"  # the page asks, not the person
SIGN_IN = "/desk/sign-in"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class SignInNeeded(Unauthorised):
    """Nobody is signed in here, or not any more; sign in at /desk/sign-in."""

    code = "sign_in_needed"


class RoleTooSmall(Forbidden):
    """Signed in, with a role that does not reach this."""


class NotFromOurPage(Forbidden):
    """Without the page's own token; open the page again."""

    code = "not_from_our_page"


class SessionDoor:
    def __init__(self, database: Database, clock: Clock, *, is_https: bool) -> None:
        self._database = database
        self._clock = clock
        self._is_https = is_https

    @property
    def cookie(self) -> str:
        """Its name; with __Host- browsers take it over https only, for this host alone."""
        return "__Host-careline_desk" if self._is_https else "careline_desk"

    def member(self, request: Request, *roles: Role, csrf: str = "") -> Member:
        """Raises SignInNeeded, RoleTooSmall, NotFromOurPage."""
        member = self.whoever(request)
        if member is None:
            raise SignInNeeded("Sign in first.")
        if roles and member.role not in roles:
            raise RoleTooSmall(f"The role {member.role.value} does not reach this page.")
        if request.method not in _SAFE:
            given = request.headers.get(CSRF) or csrf
            if not hmac.compare_digest(member.csrf.encode(), given.encode(errors="replace")):
                raise NotFromOurPage("This did not come from the desk's own page; open it again.")
        return member

    def require(self, *roles: Role) -> Callable[[Request], Member]:
        """No role named means anybody who is signed in."""

        def allowed(request: Request) -> Member:
            return self.member(request, *roles)

        return allowed

    def require_form(self, *roles: Role) -> Callable[..., Member]:
        """The same for a plain form, which brings its token in the field `csrf`."""

        def allowed(request: Request, csrf: Annotated[str, Form()] = "") -> Member:
            return self.member(request, *roles, csrf=csrf)

        return allowed

    def whoever(self, request: Request) -> Member | None:
        """Who is signed in, whatever they may do; changes nothing but when they were seen."""
        token = request.cookies.get(self.cookie)
        if not token:
            return None
        now = self._clock.now()
        with self._database.read() as session:
            found = sessions.read(session, now, token)
        if found is None:
            return None
        signed_in, who = found
        is_due = now - signed_in.last_seen_at >= sessions.SEEN_EVERY
        if is_due and not _is_by_itself(request):
            with self._database.begin() as session:
                sessions.seen(session, now, signed_in.id)
        return Member(
            id=who.id,
            name=who.name,
            role=Role(who.role),
            csrf=signed_in.csrf,
            teams=tuple(who.teams),
            signature=who.signature,
            email=who.email,
            session_id=signed_in.id,
        )

    def is_signed_in(self, member: Member) -> bool:
        """Whether the session that let them in goes on; asking is no use of it."""
        with self._database.read() as session:
            return sessions.is_alive(session, self._clock.now(), member.session_id)

    def token_in(self, request: Request) -> str:
        return request.cookies.get(self.cookie, "")

    def let_in(self, response: Response, token: str) -> None:
        """Until the browser closes; the session itself ends sooner or later than that."""
        response.set_cookie(
            self.cookie, token, httponly=True, samesite="lax", secure=self._is_https, path="/"
        )

    def show_out(self, response: Response) -> None:
        response.delete_cookie(
            self.cookie, httponly=True, samesite="lax", secure=self._is_https, path="/"
        )


def _is_by_itself(request: Request) -> bool:
    return BY_ITSELF in request.headers or request.headers.get("accept") == "text/event-stream"


def browser_of(request: Request) -> Browser:
    address = request.client.host if request.client else ""
    return Browser(address, request.headers.get("user-agent", ""))


def safe_next(path: str) -> str:
    """Only a page of the desk or the journey: "//elsewhere" would leave this site."""
    ours = path == "/desk" or path.startswith(("/desk/", "/desk?", "/journey"))
    return quote(path, safe="/?=&%@+:") if ours and path.isprintable() else ""


def is_person(request: Request) -> bool:
    """Whether a page is wanted, and not an answer for a script."""
    mode = request.headers.get("sec-fetch-mode", "navigate")
    return mode == "navigate" and "text/html" in request.headers.get("accept", "")


def install(app: FastAPI, forbidden: Callable[[Request, Forbidden], Response]) -> None:
    """People who are not signed in are sent to the door; `forbidden` is the page of a refusal."""

    async def needed(request: Request, error: Exception) -> Response:
        assert isinstance(error, SignInNeeded)
        if not is_person(request):
            return JSONResponse(error.as_json(), error.status)
        wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        target = wanted if request.method == "GET" else ""
        there = f"{SIGN_IN}?next={quote(target, safe='')}" if target else SIGN_IN
        return RedirectResponse(there, 303)

    async def refused(request: Request, error: Exception) -> Response:
        assert isinstance(error, Forbidden)
        if is_person(request):
            return forbidden(request, error)
        return JSONResponse(error.as_json(), error.status)

    app.add_exception_handler(SignInNeeded, needed)
    app.add_exception_handler(RoleTooSmall, refused)
    app.add_exception_handler(NotFromOurPage, refused)
