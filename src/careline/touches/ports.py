"""What the dispatcher needs of others: somebody who words a touch, and outlets that take it.

An outlet writes rows and nothing else: what goes over the network is the outbox's, afterwards.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from careline.journey.models import Customer, Touch
from careline.journey.words import Channel, TouchReason
from careline.touches.facts import CustomerFacts
from careline.touches.playbook import Playbook


class Worded(Protocol):
    """A touch in the customer's words; `wording.Worded` is it."""

    @property
    def text(self) -> str: ...
    @property
    def buttons(self) -> Sequence[dict[str, str]]: ...
    @property
    def subject(self) -> str: ...  # of the e-mail
    @property
    def how_to_stop(self) -> Sequence[dict[str, str]]: ...  # buttons, in chats


class Words(Protocol):
    """Words a touch; raises wording's errors when a field is missing."""

    def word(
        self,
        playbook: Playbook,
        touch: Touch,
        *,
        name: str,
        locale: str,
        zone: ZoneInfo,
        now: datetime,
        facts: CustomerFacts,
    ) -> Worded: ...


@dataclass(frozen=True)
class Parcel:
    """A touch in its words, on its way into an outlet.

    `template` is the one to use instead of free words, outside the channel's window.
    """

    touch: Touch
    worded: Worded
    facts: CustomerFacts
    customer: Customer
    template: str | None = None


@dataclass(frozen=True)
class Put:
    """Where the touch now stands, in rows of the record."""

    conversation_id: str | None = None
    message_id: str | None = None
    email_id: str | None = None
    is_delivered: bool = False  # written is delivered: the page reads it from here


class NotPut(Exception):
    """The outlet surely did not take it, and wrote nothing.

    `again` tells whether trying later may help; otherwise it is over for this channel.
    """

    def __init__(self, why: TouchReason, note: str = "", *, again: bool) -> None:
        super().__init__(note or why.value)
        self.why = why
        self.note = note
        self.again = again


class Outlet(Protocol):
    """One channel's way out. The same touch put again is the same row: keys are "touch:<id>"."""

    @property
    def channel(self) -> Channel: ...

    def put(self, session: Session, now: datetime, parcels: Sequence[Parcel]) -> list[Put | NotPut]:
        """Write them into the record, in the caller's unit of work; what became of each, in their
        order. Of one that is not put nothing was written. Anything raised is said of all of them.
        """
        ...


def key_of(touch_id: str) -> str:
    """The unique key of the message or e-mail that carries it."""
    return f"touch:{touch_id}"
