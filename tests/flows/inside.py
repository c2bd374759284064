"""The app within the test's process, so that a part of it can be exchanged for a failing one."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import Any

from careline.app import create_app
from careline.assistant.action_server import serving_actions
from careline.assistant.actions_route import actions_route
from careline.bootstrap import Container, build
from careline.kit.clock import Clock
from careline.kit.settings import Settings
from careline.service.policies import Policies
from tests.browser.serving import serving
from tests.flows.chat import Shop, open_shop
from tests.shops.doubles import UnreliableShop

Change = Callable[[Sequence[Any]], Sequence[Any]]


@dataclass
class Inside:
    """The public side, what it is made of, and the shop that fails when it is told to."""

    shop: Shop
    container: Container
    order_system: UnreliableShop


@contextmanager
def app_inside(
    settings: Settings,
    change_actions: Change = lambda same: same,
    clock: Clock | None = None,
    policies: Policies | None = None,
) -> Iterator[Inside]:
    made = build(settings, clock=clock, policies=policies)
    order_system = UnreliableShop(made.shop)
    services: Any = replace(made.services, shop=order_system)
    made = replace(made, services=services)
    route = actions_route(change_actions(made.actions()), made.failures)
    with ExitStack() as stack:
        stack.callback(made.close)
        stack.enter_context(serving_actions("127.0.0.1", settings.actions_port, route))
        stack.enter_context(serving(create_app(made), settings.port))
        yield Inside(stack.enter_context(open_shop(settings)), made, order_system)
