"""The app: the public pages and API, and in a process beside them the route for Rasa's actions."""

import asyncio
import contextlib
import gc
import http.client
import signal
from collections.abc import AsyncIterator, Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Any

import uvicorn
import uvloop
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool
from starlette.responses import FileResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from careline import __version__
from careline.assistant.action_server import serving_actions
from careline.assistant.actions_route import actions_route
from careline.bootstrap import Container
from careline.channels import (
    consent_intake,
    errors,
    mail_hooks,
    mail_pages,
    pages,
    shop_hooks,
    touchpoint_intake,
)
from careline.channels.joined import JoinedProtocol
from careline.channels.middleware import BodyLimit, ChatCors, ChatHeaders, SecurityHeaders
from careline.channels.reading import page as journey_page
from careline.channels.reading import routes as reading
from careline.channels.tokens import Guard, Principal
from careline.channels.web import demo
from careline.channels.web import routes as web_chat
from careline.channels.web.quick import QuickChat
from careline.conversation.ports import AssistantUnavailable
from careline.desk import pages as desk_pages
from careline.desk.accounts import door as staff_door
from careline.desk.accounts import pages as account_pages
from careline.desk.accounts.door import SessionDoor
from careline.desk.accounts.own import OwnAccount
from careline.desk.accounts.provider import Provider
from careline.desk.accounts.signing_in import SigningIn
from careline.desk.doing import Doing
from careline.desk.remedies import Remedies
from careline.desk.touches import TouchDesk
from careline.desk.touches import router as touch_pages
from careline.journey.models import Conversation
from careline.journey.words import Role
from careline.kit.database import Database
from careline.kit.forks import Forks, Part
from careline.kit.logging import get_logger
from careline.kit.settings import Settings
from careline.worker import Background

log = get_logger("app")

STATIC = Path(__file__).parent / "channels" / "web" / "static"
DESK_STATIC = Path(__file__).parent / "desk" / "static"
COLLECT_EVERY = 20_000  # objects more than were freed; some turns' worth
GRACE_SECONDS = 5  # for running requests, when the app stops
HEALTHY_WITHIN = 3.0  # seconds for the actions to say so
_STOPS = (signal.SIGINT, signal.SIGTERM)


def create_app(container: Container) -> FastAPI:
    """Everything that customers, staff, the shop and machines reach."""

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        background = Background(container)
        background.start()  # its first pass picks up what a crash left
        yield
        container.hub.close()
        await run_in_threadpool(background.stop)

    app = _App(
        title="Careline",
        version=__version__,
        description="Customer service and the journey record of a shop.",
        docs_url=None,  # the stock page loads scripts from elsewhere; ours is in channels.pages
        redoc_url=None,
        lifespan=lifespan,
    )
    errors.install(app)
    app.include_router(web_chat.router(container.web))
    door = SessionDoor(
        container.database,
        container.clock,
        is_https=container.settings.base_url.startswith("https://"),
    )
    _include_doors(app, container, door)
    desk = _desk(container, door)
    accounts = _accounts(container, desk, door)
    staff_door.install(app, accounts.forbidden)
    app.include_router(account_pages.router(accounts))
    app.include_router(desk_pages.router(desk))
    app.include_router(
        touch_pages(TouchDesk(desk, door, container.playbooks, container.touches.words))
    )
    app.include_router(pages.router(app, container.settings.home / "help", container.shop.label))
    app.include_router(mail_pages.router(_mail_pages(container)))
    if container.settings.demo:
        app.include_router(
            demo.router(container.settings, container.database, container.shop, container.clock)
        )
    _serve_static(app)
    _health(app, container)
    app.add_middleware(errors.FaultsAsErrors)
    app.add_middleware(BodyLimit)
    origins = _origins(container.settings)
    app.add_middleware(ChatCors, origins=origins)
    app.add_middleware(SecurityHeaders)
    app.front = QuickChat(app.through_layers, container.web, ChatHeaders(origins))
    return app


class _App(FastAPI):
    """With a way past its layers of middleware for what comes most often."""

    front: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.front(scope, receive, send)

    async def through_layers(self, scope: Scope, receive: Receive, send: Send) -> None:
        await super().__call__(scope, receive, send)


def _include_doors(app: FastAPI, container: Container, door: SessionDoor) -> None:
    settings, database, clock, shop = (
        container.settings,
        container.database,
        container.clock,
        container.shop,
    )

    def signed_in(request: Request) -> Principal | None:
        if door.whoever(request) is None:
            return None
        member = door.member(request)  # refuses a change without the page's own token
        return Principal(member.role, member.id)

    guard = Guard(settings.secret.get_secret_value(), clock, signed_in)
    app.include_router(reading.router(database, clock, shop, guard))
    app.include_router(journey_page.router(database, clock, shop, guard, settings))
    app.include_router(touchpoint_intake.router(database, clock, shop, guard))
    app.include_router(consent_intake.router(database, clock, shop, guard))
    app.include_router(
        shop_hooks.router(database, clock, shop, settings.hook_secret.get_secret_value())
    )
    app.include_router(mail_hooks.router(database, clock, settings.hook_secret.get_secret_value()))


def _mail_pages(container: Container) -> mail_pages.MailPages:
    settings = container.settings
    return mail_pages.MailPages(
        gateway=container.gateway,
        secret=settings.secret.get_secret_value(),
        shop_name=container.services.shop_name,
        is_https=settings.base_url.startswith("https://"),
    )


def _desk(container: Container, door: SessionDoor) -> desk_pages.Desk:
    database, clock, hub = container.database, container.clock, container.hub
    doing = Doing(database, clock, container.policies, hub, container.lanes)
    return desk_pages.make(
        container.services,
        hub,
        doing,
        Remedies(container.services, hub),
        door,
    )


def _accounts(
    container: Container, desk: desk_pages.Desk, door: SessionDoor
) -> account_pages.Accounts:
    settings, database, clock = container.settings, container.database, container.clock
    secret = settings.secret.get_secret_value()
    return account_pages.Accounts(
        database=database,
        clock=clock,
        policies=container.policies,
        door=door,
        signing_in=SigningIn(database, clock, secret, settings.desk_session_lifetime),
        own=OwnAccount(database, clock),
        provider=_provider(settings, container) if settings.oidc_issuer else None,
        new_role=Role(settings.oidc_new_role) if settings.oidc_new_role else None,
        pages=desk.pages,
        zone=desk.zone,
        secret=secret,
        base_url=settings.base_url,
    )


def _provider(settings: Settings, container: Container) -> Provider:
    return Provider(
        issuer=settings.oidc_issuer,
        client_id=settings.oidc_client_id,
        client_secret=settings.oidc_client_secret.get_secret_value(),
        redirect_uri=f"{settings.base_url}/desk/sign-in/provider/back",
        secret=settings.secret.get_secret_value(),
        clock=container.clock,
    )


def _origins(settings: Settings) -> list[str]:
    return [origin.strip() for origin in settings.allowed_origins.split(",") if origin.strip()]


def _serve_static(app: FastAPI) -> None:
    app.mount("/static/desk", _AskedAgain(directory=DESK_STATIC), name="desk-static")
    app.mount("/static", StaticFiles(directory=STATIC), name="static")

    @app.get("/widget.js", include_in_schema=False)
    def widget() -> Response:
        headers = {
            "Cache-Control": "public, max-age=300",
            "Cross-Origin-Resource-Policy": "cross-origin",
            "Access-Control-Allow-Origin": "*",
        }
        return FileResponse(
            STATIC / "widget.js", media_type="text/javascript; charset=utf-8", headers=headers
        )

    @app.get("/favicon.ico", include_in_schema=False)
    def favicon() -> Response:
        return Response(status_code=204)


def _health(app: FastAPI, container: Container) -> None:
    @app.get("/healthz", tags=["operation"])
    def healthz() -> JSONResponse:
        """Whether the record, Rasa and the action route work; 503 when one does not.

        "degraded" while all answer and Rasa is without its sentence encoder: it understands less.
        """
        understands_fully = _rasa_understands(container)
        parts = {
            "record": _record_works(container.database),
            "rasa": understands_fully is not None,
            "actions": _actions_work(container.settings),
        }
        told = {**parts, "understands": "less" if understands_fully is False else "fully"}
        if not all(parts.values()):
            return JSONResponse({"status": "poor", **told}, 503)
        return JSONResponse({"status": "degraded" if understands_fully is False else "ok", **told})

    @app.get("/livez", tags=["operation"])
    def livez() -> dict[str, str]:
        """Whether this process answers at all."""
        return {"status": "ok"}


def _record_works(database: Database) -> bool:
    try:
        with database.read() as session:
            session.execute(select(Conversation.id).limit(1))
    except SQLAlchemyError as error:
        log.warning("health.record", why=type(error).__name__)
        return False
    return True


def _rasa_understands(container: Container) -> bool | None:
    """As well as it can, or less; None while it does not answer."""
    try:
        return container.rasa.health()
    except AssistantUnavailable:
        return None


def _actions_work(settings: Settings) -> bool:
    line = http.client.HTTPConnection(
        settings.actions_host, settings.actions_port, timeout=HEALTHY_WITHIN
    )
    try:
        line.request("GET", "/health")
        return line.getresponse().status == HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        line.close()


class _AskedAgain(StaticFiles):
    """Browsers ask whether their copy is current: scripts import each other without a version."""

    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        response = super().file_response(*args, **kwargs)
        response.headers["Cache-Control"] = "no-cache"
        return response


class _Server(uvicorn.Server):
    """Leaves the signals to _serve(), which wakes those who wait first."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _server(app: Any, host: str, port: int) -> _Server:
    return _Server(
        uvicorn.Config(
            app,
            host=host,
            port=port,
            http=JoinedProtocol,
            log_level="warning",
            access_log=False,
            timeout_graceful_shutdown=GRACE_SECONDS,
            timeout_keep_alive=30,
            server_header=False,
        )
    )


def _actions(container: Container) -> None:
    settings = container.settings
    signal.pthread_sigmask(signal.SIG_BLOCK, _STOPS)  # before there are threads: they inherit it
    route = actions_route(container.actions(), container.failures)
    try:
        with serving_actions(settings.actions_host, settings.actions_port, route):
            signal.sigwait(_STOPS)
    finally:
        container.close()


def _doors(container: Container) -> None:
    settings = container.settings
    _serve(container, _server(create_app(container), settings.host, settings.port))


def _serve(container: Container, server: _Server) -> None:
    async def until_told() -> None:
        def stop() -> None:
            container.hub.close()
            server.should_exit = True

        loop = asyncio.get_running_loop()
        for signum in _STOPS:
            loop.add_signal_handler(signum, stop)
        async with container.gateway.turns_here():
            await server.serve()

    try:
        uvloop.run(until_told())  # its loop costs less a turn than asyncio's
    finally:
        container.close()


def _spare_the_collector() -> None:
    """What is there at the start stays: the collector need not look at it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_EVERY, 20, 50)


def run(container: Container) -> None:
    """Serve until told to stop; turns that are running end first.

    One Python process uses one processor, and the actions are a third of a turn: they have a
    process of their own, forked from this one, which only keeps both.
    """
    settings = container.settings
    container.failures.share()
    container.before_fork()
    _spare_the_collector()
    parts = [
        Part("actions", lambda: _actions(container)),
        Part("doors", lambda: _doors(container)),
    ]
    log.info("app.started", public=settings.base_url, actions_port=settings.actions_port)
    Forks(parts, settings.state / "run").keep()
    log.info("app.stopped")
