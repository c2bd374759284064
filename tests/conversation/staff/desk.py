"""Two colleagues at the desk, and customers they can get to know."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar
from uuid import uuid4

from careline.channels.tokens import identity_token
from careline.conversation import staff
from careline.conversation.handover import hand_over
from careline.conversation.staff.merging import shown_together
from careline.conversation.staff.saying import newest_of_customer
from careline.desk.accounts import sessions
from careline.journey.models import Conversation, Message, Staff
from careline.journey.repository import KnownToShop, ensure_customer
from careline.journey.words import HandoverReason, Role
from careline.kit.ids import new_id
from careline.service.policies import Policies
from tests.house import Chat, House

Given = TypeVar("Given")


@dataclass
class Desk:
    """The verbs as a staff member uses them: each is one committed unit of work."""

    house: House
    lena: str
    tom: str

    @property
    def policies(self) -> Policies:
        return self.house.container.policies

    def do(self, verb: Callable[..., Given], *of: Any, **more: Any) -> Given:
        with self.house.container.database.begin() as session:
            return verb(session, self.house.clock.now(), *of, **more)

    def claim(self, chat: Chat, who: str | None = None) -> Conversation:
        return self.do(staff.claim, chat.id, who or self.lena, policies=self.policies)

    def take_over(self, chat: Chat, who: str | None = None) -> Conversation:
        return self.do(staff.take_over, chat.id, who or self.lena, policies=self.policies)

    def reply(self, chat: Chat, text: str, who: str | None = None, **more: Any) -> Message:
        more.setdefault("seen_up_to", self.all_seen(chat))
        more.setdefault("client_id", str(uuid4()))
        if promise := more.pop("promise", None):
            more["ribbon"] = staff.Ribbon([promise])
        more["policies"] = self.policies
        return self.do(staff.reply, chat.id, who or self.lena, text, **more)

    def all_seen(self, chat: Chat) -> int:
        """What the page gives whoever has read all of it."""
        with self.house.container.database.read() as session:
            conversation = session.get_one(Conversation, chat.id)
            return newest_of_customer(session, shown_together(session, conversation))

    def hand_back(self, chat: Chat, outcome: str = "solved", **more: Any) -> None:
        """And what the edge does after it."""
        self.do(staff.hand_back, chat.id, self.lena, outcome, policies=self.policies, **more)
        self.house.sweep()

    def escalate(self, chat: Chat, reason: HandoverReason = HandoverReason.ASKED_FOR) -> None:
        with self.house.container.database.begin() as session:
            hand_over(
                session,
                self.house.clock.now(),
                chat.id,
                reason=reason,
                summary="Return of the Harbour boots; photo given",
                policies=self.policies,
            )

    def chat_of(self, ref: str) -> Chat:
        """A new chat of a customer whom the shop's page vouches for."""
        now = self.house.clock.now()
        with self.house.container.database.begin() as session:
            known = KnownToShop(ref=ref, name=f"Anna {ref}", email=f"{ref}@example.com")
            ensure_customer(session, now, known)
        secret = self.house.container.settings.identity_secret.get_secret_value()
        return self.house.chat(identity_token(secret, ref, now))


def hire(house: House, name: str, role: Role = Role.STAFF, **more: Any) -> str:
    now = house.clock.now()
    with house.container.database.begin() as session:
        who = Staff(
            id=new_id("stf"),
            email=f"{name.split()[0].lower()}@shop.example",
            name=name,
            role=role.value,
            teams=["support"],
            active=True,
            created_at=now,
            updated_at=now,
            **more,
        )
        session.add(who)
        session.flush()
        return who.id


def signed_in(house: House, staff_id: str) -> tuple[str, str]:
    """Name and value of the cookie of somebody who has signed in."""
    now = house.clock.now()
    with house.container.database.begin() as session:
        browser = sessions.Browser("127.0.0.1", "Tests")
        token = sessions.begin(session, now, staff_id, browser, timedelta(hours=12), "password")
    return "careline_desk", token
