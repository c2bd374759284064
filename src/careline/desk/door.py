"""Who is at the desk: what the pages need to know of them, and of the door that let them in.

The door is made where the app is put together; it reads the session, refuses a request that
changes something without the page's own token, and sends whoever is not signed in to the door.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from fastapi import Request

from careline.conversation.staff.colleagues import TALK_WITH_CUSTOMERS
from careline.journey import audit
from careline.journey.words import Role

WORKERS = TALK_WITH_CUSTOMERS
DECIDERS = (Role.LEAD, Role.ADMIN)  # those who agree to what is above a limit


@dataclass(frozen=True)
class Member:
    """A staff member, as signed in."""

    id: str
    name: str
    role: Role
    csrf: str  # goes with every request that changes something
    teams: Sequence[str] = ()
    signature: str = ""
    email: str = ""
    session_id: str = ""  # of the browser they are signed in with

    @property
    def is_worker(self) -> bool:
        return self.role in WORKERS

    @property
    def is_decider(self) -> bool:
        return self.role in DECIDERS

    @property
    def who(self) -> str:
        """As the audit names them."""
        return audit.named(self.role.value, self.id)


class Door(Protocol):
    def member(self, request: Request, *roles: Role) -> Member:
        """Raises Unauthorised, Forbidden."""
        ...

    def is_signed_in(self, member: Member) -> bool:
        """Whether the session that let them in goes on; asking is no use of it."""
        ...
