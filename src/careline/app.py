"""The app process: the public pages and API, and beside them the route for Rasa's actions."""

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import uvicorn
import uvloop
from fastapi import FastAPI
from fastapi.responses import JSONResponse
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool
from starlette.responses import FileResponse, Response
from starlette.staticfiles import StaticFiles

from careline import __version__
from careline.assistant.actions_route import actions_app
from careline.bootstrap import Container
from careline.channels import errors, pages, shop_hooks, touchpoint_intake
from careline.channels.middleware import BodyLimit, ChatCors, SecurityHeaders
from careline.channels.reading import page as journey_page
from careline.channels.reading import routes as reading
from careline.channels.tokens import Guard
from careline.channels.web import demo
from careline.channels.web import routes as web_chat
from careline.conversation.ports import AssistantUnavailable
from careline.journey.models import Conversation
from careline.kit.database import Database
from careline.kit.logging import get_logger
from careline.kit.settings import Settings
from careline.worker import Background

log = get_logger("app")

STATIC = Path(__file__).parent / "channels" / "web" / "static"
GRACE_SECONDS = 5  # for running requests, when the app stops


def create_app(container: Container) -> FastAPI:
    """Everything that customers, staff, the shop and machines reach."""

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        background = Background(container)
        background.start()  # its first pass picks up what a crash left
        yield
        container.hub.close()
        await run_in_threadpool(background.stop)

    app = FastAPI(
        title="Careline",
        version=__version__,
        description="Customer service and the journey record of a shop.",
        docs_url=None,  # the stock page loads scripts from elsewhere; ours is in channels.pages
        redoc_url=None,
        lifespan=lifespan,
    )
    errors.install(app)
    app.include_router(web_chat.router(container.web))
    _include_doors(app, container)
    app.include_router(pages.router(app, container.settings.home / "help", container.shop.label))
    if container.settings.demo:
        app.include_router(
            demo.router(container.settings, container.database, container.shop, container.clock)
        )
    _serve_static(app)
    _health(app, container)
    app.add_middleware(errors.FaultsAsErrors)
    app.add_middleware(BodyLimit)
    app.add_middleware(ChatCors, origins=_origins(container.settings))
    app.add_middleware(SecurityHeaders)
    return app


def _include_doors(app: FastAPI, container: Container) -> None:
    settings, database, clock, shop = (
        container.settings,
        container.database,
        container.clock,
        container.shop,
    )
    guard = Guard(settings.secret.get_secret_value(), clock)
    app.include_router(reading.router(database, clock, shop, guard))
    app.include_router(journey_page.router(database, clock, shop, guard, settings))
    app.include_router(touchpoint_intake.router(database, clock, shop, guard))
    app.include_router(
        shop_hooks.router(database, clock, shop, settings.hook_secret.get_secret_value())
    )


def _origins(settings: Settings) -> list[str]:
    return [origin.strip() for origin in settings.allowed_origins.split(",") if origin.strip()]


def _serve_static(app: FastAPI) -> None:
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
        """Whether the record, Rasa and the action route work; 503 when one does not."""
        parts = {
            "record": _record_works(container.database),
            "rasa": _rasa_works(container),
            "actions": True,  # the same process
        }
        status = 200 if all(parts.values()) else 503
        return JSONResponse({"status": "ok" if status == 200 else "poor", **parts}, status)

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


def _rasa_works(container: Container) -> bool:
    try:
        container.rasa.health()
    except AssistantUnavailable:
        return False
    return True


class _Server(uvicorn.Server):
    """Leaves the signals to serve(), which stops both servers."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _server(app: Any, host: str, port: int) -> _Server:
    return _Server(
        uvicorn.Config(
            app,
            host=host,
            port=port,
            log_level="warning",
            access_log=False,
            timeout_graceful_shutdown=GRACE_SECONDS,
            timeout_keep_alive=30,
            server_header=False,
        )
    )


async def _serve(container: Container) -> None:
    settings = container.settings
    actions = actions_app(container.actions(), container.failures)
    servers = [
        _server(actions, settings.actions_host, settings.actions_port),
        _server(create_app(container), settings.host, settings.port),
    ]

    def stop() -> None:
        container.hub.close()
        for server in servers:
            server.should_exit = True

    loop = asyncio.get_running_loop()
    for signum in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(signum, stop)
    log.info("app.started", public=settings.base_url, actions_port=settings.actions_port)
    await asyncio.gather(*(server.serve() for server in servers))


def run(container: Container) -> None:
    """Serve until told to stop; turns that are running end first."""
    try:
        uvloop.run(_serve(container))  # its loop costs less a turn than asyncio's
    finally:
        container.close()
    log.info("app.stopped")
