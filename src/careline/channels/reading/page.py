"""GET /journey/{customer}: one customer's journey as a plain page, and signing in to see it."""

from datetime import timedelta
from itertools import batched
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Request
from jinja2 import Environment, PackageLoader, StrictUndefined
from sqlalchemy import select
from starlette.responses import HTMLResponse, RedirectResponse, Response

from careline.channels import tokens
from careline.channels.reading.people import People
from careline.channels.tokens import COOKIE, READERS, Guard, Principal
from careline.journey import audit, curve, queries
from careline.journey.days import by_day
from careline.journey.models import Touchpoint
from careline.journey.repository import get_customer
from careline.journey.standing import keep_up, standing
from careline.journey.words import Role
from careline.kit.clock import Clock
from careline.kit.database import Database
from careline.kit.errors import CarelineError, Forbidden, Unauthorised
from careline.kit.settings import Settings
from careline.shops.protocol import Shop

DEMO_SIGN_IN = timedelta(hours=8)
_LOCAL = {"127.0.0.1", "::1", "localhost"}
_templates = Environment(
    loader=PackageLoader("careline.channels.reading"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def router(
    database: Database, clock: Clock, shop: Shop, guard: Guard, settings: Settings
) -> APIRouter:
    """`settings.secret` is the one that `guard` reads tokens with."""
    pages = JourneyPages(database, clock, shop)
    routes = APIRouter(include_in_schema=False)

    @routes.get("/journey")
    def search(request: Request, query: str = "") -> Response:
        return shown(request, lambda principal: pages.search(principal, query))

    @routes.get("/journey/{ref}")
    def journey(request: Request, ref: str, before: str | None = None) -> Response:
        return shown(request, lambda principal: pages.journey(principal, ref, before))

    @routes.get("/signin")
    def sign_in(request: Request, token: str = "", next: str = "/journey") -> Response:
        try:
            principal = tokens.read(settings.secret.get_secret_value(), token, clock.now())
        except Unauthorised as error:
            return refused(request, error)
        return signed_in(token, next, _minutes_for(principal))

    @routes.get("/signin/demo")
    def sign_in_demo(request: Request, next: str = "/journey") -> Response:
        if not demo_allowed(request):
            return refused(request, Forbidden("This is for the demo on this machine only."))
        secret = settings.secret.get_secret_value()
        token = tokens.issue(secret, Role.CX, "demo", clock.now(), DEMO_SIGN_IN)
        return signed_in(token, next, DEMO_SIGN_IN)

    def shown(request: Request, show: Any) -> Response:
        if token := request.query_params.get("token"):
            where = quote(request.url.path, safe="/")
            return RedirectResponse(f"/signin?token={quote(token)}&next={where}", 303)
        try:
            principal = guard.require(*READERS)(request)
            return _page(*show(principal))
        except CarelineError as error:
            return refused(request, error)

    def refused(request: Request, error: CarelineError) -> Response:
        demo = f"/signin/demo?next={quote(_local_path(request), safe='/')}"
        facts = {
            "error": error,
            "next": _local_path(request),
            "demo_link": demo if error.status in (401, 403) and demo_allowed(request) else "",
        }
        return _page("refused.html.j2", facts, error.status)

    def signed_in(token: str, next: str, lifetime: timedelta) -> Response:
        response = RedirectResponse(_safe_next(next), 303)
        response.set_cookie(
            COOKIE,
            token,
            max_age=int(lifetime.total_seconds()),
            httponly=True,
            samesite="strict",
            secure=settings.base_url.startswith("https://"),
        )
        return response

    def demo_allowed(request: Request) -> bool:
        return settings.demo and from_this_machine(request)

    return routes


class JourneyPages:
    """Each method gives a template's name and the facts that it shows."""

    def __init__(self, database: Database, clock: Clock, shop: Shop) -> None:
        self._database = database
        self._clock = clock
        self._people = People(database, clock, shop)

    def search(self, principal: Principal, query: str) -> tuple[str, dict[str, Any]]:
        in_shop = self._people.search(query, 50)
        with self._database.begin() as session:
            self._note(session, principal, "customers.searched")
            found = list(queries.search_customers(session, query, 50, in_shop))
        return "search.html.j2", {"query": query, "customers": found}

    def journey(
        self, principal: Principal, ref: str, before: str | None
    ) -> tuple[str, dict[str, Any]]:
        found = self._people.find(ref)
        if before is None:
            self._people.learn_orders(found)
        with self._database.begin() as session:
            self._note(session, principal, "journey.read", found.customer_id)
            customer = get_customer(session, found.customer_id)
            page = queries.timeline(session, customer.id, before=before)
            keep_up(session, self._clock.now(), customer.id)
            history = standing(session, self._clock.now(), customer.id, page)
            told = [*history.spans, *([history.latest] if history.latest else [])]
            because = [event for span in told for event in span.events]
            facts = {
                "customer": customer,
                "history": history,
                "days": by_day(page.touchpoints, history.spans, customer.time_zone),
                "before": page.before,
                "is_first_page": before is None,
                "curve": curve.draw(queries.feelings(session, customer.id)),
                "size": (curve.WIDTH, curve.HEIGHT),
                "said": _summaries(session, because),
            }
        return "journey.html.j2", facts

    def _note(self, session: Any, principal: Principal, did: str, subject: str = "") -> None:
        audit.note(
            session,
            self._clock.now(),
            who=principal.who,
            role=principal.role,
            did=did,
            subject=subject,
            details={"page": True},
        )


def from_this_machine(request: Request) -> bool:
    """Straight from a browser here: not through a proxy, nor by a name that points here."""
    client = request.client.host if request.client else ""
    forwarded = {"forwarded", "x-forwarded-for", "x-real-ip"} & set(request.headers)
    return client in _LOCAL and request.url.hostname in _LOCAL and not forwarded


def _summaries(session: Any, ids: list[str]) -> dict[str, str]:
    told: dict[str, str] = {}
    for some in batched(sorted(set(ids)), 500):
        rows = session.execute(
            select(Touchpoint.id, Touchpoint.summary).where(Touchpoint.id.in_(some))
        )
        told |= {touchpoint_id: summary for touchpoint_id, summary in rows}
    return told


def _page(template: str, facts: dict[str, Any], status: int = 200) -> Response:
    html = _templates.get_template(template).render(**facts)
    return HTMLResponse(html, status, headers={"Cache-Control": "no-store"})


def _minutes_for(principal: Principal) -> timedelta:
    # The cookie may outlive the token; what counts is the token inside.
    return DEMO_SIGN_IN if principal.role in READERS else timedelta(minutes=5)


def _local_path(request: Request) -> str:
    path = request.url.path
    return request.query_params.get("next", "/journey") if path.startswith("/signin") else path


def _safe_next(path: str) -> str:
    """Only a path of ours: "//elsewhere" and "/\\elsewhere" would leave this site."""
    local = path.startswith("/") and not path.startswith(("//", "/\\"))
    return quote(path, safe="/?=&%@+") if local and path.isprintable() else "/journey"
