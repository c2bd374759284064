"""What the pages of accounts share."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any

from fastapi import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from careline.desk.accounts import throttle
from careline.desk.accounts.door import SessionDoor
from careline.desk.accounts.own import OwnAccount
from careline.desk.accounts.provider import Provider
from careline.desk.accounts.signing_in import SigningIn
from careline.desk.door import Member
from careline.desk.pages.render import Pages
from careline.journey.words import Role
from careline.kit.clock import Clock
from careline.kit.database import Database
from careline.kit.errors import CarelineError, Forbidden
from careline.service.policies import Policies


@dataclass(frozen=True)
class Accounts:
    """Made by the app."""

    database: Database
    clock: Clock
    policies: Policies
    door: SessionDoor
    signing_in: SigningIn
    own: OwnAccount
    provider: Provider | None
    new_role: Role | None  # of those whom the provider vouches for and we do not know yet
    pages: Pages
    zone: tzinfo
    secret: str
    base_url: str

    def show(
        self, template: str, member: Member | None, status: int = 200, **facts: Any
    ) -> HTMLResponse:
        facts.setdefault("problem", None)
        facts.setdefault("said", "")
        return self.pages.page(f"accounts/{template}.html.j2", member, status, **facts)

    def forbidden(self, request: Request, error: Forbidden) -> Response:
        """The page of a refusal, with a way on."""
        member = self.door.whoever(request)
        return self.show("forbidden", member, error.status, problem=error)


def done(
    where: str, do: Callable[[], object], again: Callable[[CarelineError], Response]
) -> Response:
    """Do it and go there; if it is refused, the form again, with the reason."""
    try:
        do()
    except CarelineError as error:
        return with_wait(again(error), error)
    return RedirectResponse(where, 303)


def with_wait(response: Response, error: CarelineError) -> Response:
    if isinstance(error, throttle.TooManyTries):
        response.headers["Retry-After"] = str(error.retry_after_seconds)
    return response
