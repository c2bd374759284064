"""Put the parts together: the only file that names concrete classes."""

import importlib
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from careline.assistant.client import RasaAssistant
from careline.assistant.failures import ActionFailures
from careline.channels.email.mailers import DemoMailer, Mailer, SmtpMailer
from careline.channels.limits import RateLimit
from careline.channels.web.identity import PageIdentity
from careline.channels.web.routes import WebChat
from careline.conversation.gateway import Gateway
from careline.conversation.lanes import AtStep, Lanes, Turns
from careline.conversation.notify import Hub
from careline.conversation.ports import Assistant
from careline.conversation.turn import Limits
from careline.kit.clock import Clock, SystemClock
from careline.kit.database import Database
from careline.kit.secrets import with_secrets
from careline.kit.settings import Settings
from careline.service.help import HelpIndex
from careline.service.policies import Policies, load_policies
from careline.service.services import Services
from careline.shops.embedded import EmbeddedShop


@dataclass(frozen=True)
class Container:
    """Everything that an edge needs, made once per process."""

    settings: Settings
    clock: Clock
    database: Database
    shop_database: Database
    shop: EmbeddedShop
    policies: Policies
    help: HelpIndex
    services: Services
    hub: Hub
    failures: ActionFailures
    rasa: RasaAssistant
    turns: Turns
    lanes: Lanes
    gateway: Gateway
    web: WebChat
    mailer: Mailer

    def actions(self) -> list[Any]:
        """Rasa's custom actions, from the package beside the training data."""
        home = str(self.settings.home.resolve())
        if home not in sys.path:
            sys.path.insert(0, home)
        all_actions: Callable[[Services], list[Any]] = importlib.import_module(
            "actions"
        ).all_actions
        return all_actions(self.services)

    def close(self) -> None:
        self.hub.close()
        self.lanes.close()
        self.rasa.close()
        self.database.close()
        self.shop_database.close()


def build(
    settings: Settings,
    clock: Clock | None = None,
    *,
    policies: Policies | None = None,
    assistant: Assistant | None = None,
    at_step: AtStep = lambda step: None,
) -> Container:
    """All parts, not yet started. Raises PolicyError when the rules cannot be read."""
    policies = policies or load_policies(settings.home / "policies")
    settings = with_secrets(settings)
    settings.state.mkdir(parents=True, exist_ok=True)
    clock = clock or SystemClock()
    database, shop_database = Database(settings.record_url), Database(settings.shop_url)
    shop = EmbeddedShop(shop_database, clock)
    help_index = HelpIndex(settings.home / "help")
    secret = settings.secret.get_secret_value()
    services = Services(
        database=database,
        shop=shop,
        policies=policies,
        clock=clock,
        help=help_index,
        secret=secret,
        public_url=settings.base_url,
    )
    hub, failures = Hub(), ActionFailures()
    rasa = RasaAssistant(
        settings.rasa_url,
        settings.rasa_token.get_secret_value(),
        settings.reply_within,
        failures,
    )
    limits = Limits(settings.reply_within, settings.retry_after, settings.give_up_after)
    turns = Turns(database, assistant or rasa, policies, clock, hub, limits, at_step)
    lanes = Lanes(turns)
    gateway = Gateway(database, lanes, hub, policies, clock, secret)
    return Container(
        settings=settings,
        clock=clock,
        database=database,
        shop_database=shop_database,
        shop=shop,
        policies=policies,
        help=help_index,
        services=services,
        hub=hub,
        failures=failures,
        rasa=rasa,
        turns=turns,
        lanes=lanes,
        gateway=gateway,
        web=_web_chat(settings, gateway, services, clock),
        mailer=_mailer(settings),
    )


def _web_chat(settings: Settings, gateway: Gateway, services: Services, clock: Clock) -> WebChat:
    return WebChat(
        gateway=gateway,
        identify=PageIdentity(services, settings.identity_secret.get_secret_value()),
        session_lifetime=settings.session_lifetime,
        per_token=RateLimit(settings.chat_rate, clock),
        per_address=RateLimit(settings.address_rate, clock),
    )


def _mailer(settings: Settings) -> Mailer:
    if settings.smtp_url:
        return SmtpMailer(settings.smtp_url, settings.mail_from)
    return DemoMailer()
