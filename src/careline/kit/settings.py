"""Every setting, typed, read once from the environment (CARELINE_…) and passed on.

docs/operate.md lists them all; a test fails when one is missing there.
"""

import os
from datetime import timedelta
from functools import cached_property
from pathlib import Path

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from careline.kit.errors import CarelineError

RASA_PORT = 5005
RASA_WORKERS = 2  # by default; more would need processors that the application leaves free


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="CARELINE_", extra="ignore", frozen=True)

    home: Path = Field(Path("."), description="Folder with policies/, help/ and the training data")
    state: Path = Field(Path("var"), description="Folder that holds all state; may be removed")
    database_url: str = Field("", description="Record; empty: SQLite in the state folder")
    shop_database_url: str = Field(
        "", description="The embedded shop's own database; empty: SQLite in the state folder"
    )
    queue_url: SecretStr = Field(
        SecretStr(""),
        description="amqp://user:password@host:5672// of RabbitMQ; empty: jobs run in the app",
    )
    demo: bool = Field(False, description="Demo shop, customer tokens and outbox; local only")

    host: str = Field("127.0.0.1", description="Address the public pages and API listen on")
    port: int = Field(8000, description="Port of the public pages and API")
    public_url: str = Field("", description="Address customers use; empty: http://host:port")
    actions_host: str = Field("127.0.0.1", description="Address that only Rasa may reach")
    actions_port: int = Field(5055, description="Port of the action route, for Rasa only")
    allowed_origins: str = Field("*", description="Origins whose pages may show the widget")

    rasa_python: Path = Field(
        Path(".venv-rasa/bin/python"), description="Python 3.10 that has Rasa; below home"
    )
    rasa_url: str = Field(
        "",
        description="Rasa's workers, with commas between; empty: one a processor, at most two, "
        "from port 5005 on",
    )
    rasa_token: SecretStr = Field(SecretStr(""), description="Secret shared with our connector")
    rasa_database_url: str = Field(
        "", description="Rasa's trackers; empty: SQLite in the state folder"
    )
    # Below Rasa's 60 s conversation lock, above an action's budget.
    reply_within: timedelta = Field(timedelta(seconds=10), description="Deadline for Rasa's answer")
    retry_after: timedelta = Field(
        timedelta(seconds=20), description="Wait before a failed turn is tried again"
    )
    give_up_after: int = Field(3, description="Tries of one turn before a person gets it")

    secret: SecretStr = Field(SecretStr(""), description="Signs tokens; empty: made in state")
    identity_secret: SecretStr = Field(
        SecretStr(""), description="Verifies the shop's signed identities; empty: made in state"
    )
    hook_secret: SecretStr = Field(
        SecretStr(""),
        description="Verifies what /hooks/… is sent; empty: made in state",
    )
    session_lifetime: timedelta = Field(timedelta(days=30), description="Of a web chat token")

    chat_rate: int = Field(20, description="Chat requests a second that one token may make")
    address_rate: int = Field(400, description="Chat requests a second from one address")

    desk_session_lifetime: timedelta = Field(
        timedelta(hours=12), description="Of a sign-in at the desk; unused it ends after 4 hours"
    )
    oidc_issuer: str = Field(
        "", description="OpenID Connect provider that staff may sign in with; empty: passwords only"
    )
    oidc_client_id: str = Field("", description="Our name at the provider")
    oidc_client_secret: SecretStr = Field(SecretStr(""), description="Our secret at the provider")
    oidc_new_role: str = Field(
        "",
        description="Role (staff, lead, cx) of people whom the provider vouches for and the team "
        "does not know yet; empty: they are refused",
        pattern="^(staff|lead|cx)?$",
    )

    smtp_url: str = Field("", description="smtp://user:password@host:port; empty: demo outbox")
    mail_from: str = Field("care@shop.example", description="Sender of our e-mails")

    alert_email: str = Field("", description="Is told when a customer waits too long; empty: none")
    alert_webhook: str = Field("", description="The same as a signed POST to this address")
    alert_secret: SecretStr = Field(
        SecretStr(""), description="Signs the POSTs to alert_webhook; empty: made in state"
    )

    log_level: str = Field("INFO", description="DEBUG, INFO, WARNING or ERROR")
    log_json: bool = Field(False, description="Logs as JSON lines")

    @cached_property
    def record_url(self) -> str:
        return self.database_url or f"sqlite:///{self.state / 'careline.db'}"

    @cached_property
    def shop_url(self) -> str:
        return self.shop_database_url or f"sqlite:///{self.state / 'shop.db'}"

    @cached_property
    def tracker_url(self) -> str:
        return self.rasa_database_url or f"sqlite:///{(self.state / 'rasa.db').resolve()}"

    @cached_property
    def rasa_urls(self) -> list[str]:
        given = [url.strip().rstrip("/") for url in self.rasa_url.split(",") if url.strip()]
        workers = min(os.cpu_count() or 1, RASA_WORKERS)
        return given or [f"http://127.0.0.1:{RASA_PORT + place}" for place in range(workers)]

    @cached_property
    def base_url(self) -> str:
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")


class SettingUnreadable(CarelineError):
    """A setting in the environment has a value that cannot be used; the message names it."""

    code = "setting_unreadable"


def read_settings() -> Settings:
    """From the environment; raises SettingUnreadable."""
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = "CARELINE_" + "_".join(str(part) for part in first["loc"]).upper()
        raise SettingUnreadable(f"{name}: {first['msg']}") from error
