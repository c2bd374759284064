"""The reading API, hooks and journey page on a real record and the real embedded shop."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from pydantic import SecretStr
from starlette.staticfiles import StaticFiles

from careline.channels import consent_intake, errors, shop_hooks, tokens, touchpoint_intake
from careline.channels.reading import page, routes
from careline.channels.tokens import Guard
from careline.kit.clock import FixedClock
from careline.kit.database import Database
from careline.kit.settings import Settings
from careline.shops.embedded import EmbeddedShop
from tests.shops.small_shop import fill

START = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
SECRET = "an api secret of the tests, long enough"
HOOK_SECRET = "a hook secret of the tests, long enough"
STATIC = Path(routes.__file__).parents[1] / "web" / "static"

Headers = dict[str, str]
SignedPost = Callable[..., Any]


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(START)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path / 'record.db'}")
    database.create_all()
    yield database
    database.close()


@pytest.fixture
def shop(tmp_path: Path, clock: FixedClock) -> Iterator[EmbeddedShop]:
    database = Database(f"sqlite:///{tmp_path / 'shop.db'}")
    shop = EmbeddedShop(database, clock)
    shop.create()
    fill(database, START)
    yield shop
    database.close()


@pytest.fixture
def app(database: Database, shop: EmbeddedShop, clock: FixedClock) -> FastAPI:
    return make_app(database, shop, clock, demo=False)


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app) as client:
        yield client


@pytest.fixture
def staff(clock: FixedClock) -> Headers:
    return bearer("staff", clock)


@pytest.fixture
def machine(clock: FixedClock) -> Headers:
    return bearer("machine", clock)


@pytest.fixture
def signed_post(client: TestClient, clock: FixedClock) -> SignedPost:
    """Post a body to the shop's hook, signed as the shop would."""

    def post(body: Any, **changes: str | bytes) -> Any:
        import json

        raw = json.dumps(body).encode()
        headers = {**shop_hooks.sign(HOOK_SECRET, raw, clock.now()), **changes}
        return client.post("/hooks/shop", content=raw, headers=headers)

    return post


def bearer(role: str, clock: FixedClock) -> Headers:
    token = tokens.issue(SECRET, role, "tests", clock.now(), timedelta(hours=1))
    return {"Authorization": f"Bearer {token}"}


def make_app(database: Database, shop: EmbeddedShop, clock: FixedClock, *, demo: bool) -> FastAPI:
    app = FastAPI()
    errors.install(app)
    guard = Guard(SECRET, clock)
    settings = Settings(demo=demo, secret=SecretStr(SECRET))
    app.include_router(routes.router(database, clock, shop, guard))
    app.include_router(page.router(database, clock, shop, guard, settings))
    app.include_router(touchpoint_intake.router(database, clock, shop, guard))
    app.include_router(consent_intake.router(database, clock, shop, guard))
    app.include_router(shop_hooks.router(database, clock, shop, HOOK_SECRET))
    app.mount("/static", StaticFiles(directory=STATIC))
    return app
