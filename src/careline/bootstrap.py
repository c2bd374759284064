"""Put the parts together: the only file that names concrete classes."""

import importlib
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from careline.assistant.client import RasaAssistant
from careline.assistant.failures import ActionFailures
from careline.channels.email.mailers import DemoMailer, Mailer, SmtpMailer
from careline.channels.email.touch_mail import EmailOutlet
from careline.channels.limits import RateLimit
from careline.channels.web.identity import PageIdentity
from careline.channels.web.opening import Opening
from careline.channels.web.routes import WebChat
from careline.channels.web.sessions import Sessions
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
from careline.service.policies import Policies, PolicyError, load_policies
from careline.service.services import Services
from careline.shops.embedded import EmbeddedShop
from careline.touches.dispatch import Dispatcher
from careline.touches.loading import Known, Playbooks, load_playbooks
from careline.touches.planning import plan_new
from careline.touches.ports import Outlet
from careline.touches.running import Touches
from careline.touches.web_outlet import WebOutlet
from careline.touches.wording import Wording


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
    playbooks: Playbooks
    touches: Touches

    def actions(self) -> list[Any]:
        """Rasa's custom actions, from the package beside the training data."""
        home = str(self.settings.home.resolve())
        if home not in sys.path:
            sys.path.insert(0, home)
        all_actions: Callable[[Services], list[Any]] = importlib.import_module(
            "actions"
        ).all_actions
        return all_actions(self.services)

    def before_fork(self) -> None:
        """Give back the connections of this process; each fork opens its own."""
        self.database.close()
        self.shop_database.close()

    def close(self) -> None:
        self.hub.close()
        self.lanes.close()
        self.gateway.close()
        self.rasa.close()
        self.database.close()
        self.shop_database.close()


def build(
    settings: Settings,
    clock: Clock | None = None,
    *,
    policies: Policies | None = None,
    playbooks: Playbooks | None = None,
    assistant: Assistant | None = None,
    at_step: AtStep = lambda step: None,
) -> Container:
    """All parts, not yet started. Raises PolicyError when the rules cannot be read."""
    policies = policies or load_policies(settings.home / "policies")
    playbooks = read_playbooks(settings, policies) if playbooks is None else playbooks
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
        settings.rasa_urls,
        settings.rasa_token.get_secret_value(),
        settings.reply_within,
        failures,
    )
    limits = Limits(settings.reply_within, settings.retry_after, settings.give_up_after)
    answers = {
        name: {"survey": book.survey, "replies": book.replies} for name, book in playbooks.items()
    }
    turns = Turns(database, assistant or rasa, policies, clock, hub, limits, at_step, answers)
    lanes = Lanes(turns)
    gateway = Gateway(database, turns, lanes, hub, policies, clock, secret)
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
        playbooks=playbooks,
        touches=_touches(settings, services, playbooks, hub),
    )


def read_playbooks(settings: Settings, policies: Policies) -> Playbooks:
    """Raises PolicyError, also for what they name and the bot or the policies do not have, and for
    sentences that could lack a word some day.
    """
    domain = settings.home / "domain.yml"
    playbooks = load_playbooks(
        settings.home / "playbooks", Known.of(domain, policies.owners.departments)
    )
    if unspeakable := Wording.load(domain).problems(playbooks):
        raise PolicyError(unspeakable, what="playbooks")
    return playbooks


def _web_chat(settings: Settings, gateway: Gateway, services: Services, clock: Clock) -> WebChat:
    return WebChat(
        gateway=gateway,
        sessions=Sessions(gateway.database, clock),
        opening=Opening(
            gateway.database,
            clock,
            PageIdentity(services, settings.identity_secret.get_secret_value()),
            settings.secret.get_secret_value(),
            settings.session_lifetime,
        ),
        per_token=RateLimit(settings.chat_rate, clock),
        per_address=RateLimit(settings.address_rate, clock),
    )


def _touches(settings: Settings, services: Services, playbooks: Playbooks, hub: Hub) -> Touches:
    words = Wording.load(settings.home / "domain.yml")
    outlets: list[Outlet] = [
        WebOutlet(),
        EmailOutlet(
            settings.base_url,
            settings.secret.get_secret_value(),
            services.shop_name,
        ),
    ]
    dispatcher = Dispatcher(services, playbooks, words, outlets, nudge=hub.nudge)
    return Touches(
        database=services.database,
        clock=services.clock,
        playbooks=playbooks,
        words=words,
        dispatcher=dispatcher,
        plan=partial(plan_new, services.database, playbooks, services.clock),
        policy=services.policies.contact,
    )


def _mailer(settings: Settings) -> Mailer:
    if settings.smtp_url:
        return SmtpMailer(settings.smtp_url, settings.mail_from)
    return DemoMailer()
