"""A record with customers, playbooks and due touches, and a dispatcher on real parts.

The words are plain ones of the test; the e-mail outlet writes the row that the outbox sends.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from careline.channels.email.outbox import send_due
from careline.journey import touchpoints
from careline.journey.models import (
    Case,
    Consent,
    Conversation,
    Customer,
    Email,
    Goodwill,
    Identity,
    Message,
    Promise,
    Staff,
    Touch,
    TouchDecision,
)
from careline.journey.words import Channel, Mode
from careline.kit.clock import FixedClock
from careline.kit.database import Database
from careline.kit.ids import new_id
from careline.service.help import HelpIndex
from careline.service.policies import Policies, load_policies
from careline.service.services import Services
from careline.shops.embedded import EmbeddedShop
from careline.touches.dispatch import Dispatcher
from careline.touches.facts import CustomerFacts
from careline.touches.leaving import Leaving
from careline.touches.playbook import Playbook
from careline.touches.ports import NotPut, Outlet, Parcel, Put, key_of
from careline.touches.trial import send_test
from careline.touches.web_outlet import WebOutlet

ROOT = Path(__file__).parent.parent.parent
MONDAY = datetime(2026, 11, 23, 11, 0, tzinfo=UTC)  # a working hour in London
A_WEEK = timedelta(days=7)


def playbook(name: str, **more: Any) -> Playbook:
    given: dict[str, Any] = {
        "name": name,
        "title": name,
        "about": "a test",
        "owner": "support",
        "purpose": "service",
        "when": {"event": "order.delivered"},
        "say": f"utter_touch_{name}",
        "subject": "A word",
        "at_most": {"times": 100},
        "too_late_after": {"days": 7},
    }
    return Playbook.model_validate(given | more)


CHECK_IN = playbook("check_in", at_most={"per": "order"}, priority=50)
FOLLOW_UP = playbook("follow_up", when={"event": "case.resolved"}, priority=60)
SURVEY = playbook("survey", purpose="research", survey="csat", priority=30)
OFFER = playbook("offer", purpose="marketing", priority=10)
RECALL = playbook("recall", when={"event": "product.recalled"}, safety=True, priority=100)
NEWS = playbook("urgent_news", at_most={"times": 2, "per": "order"}, urgent=True, priority=80)
PLAYBOOKS = {book.name: book for book in (CHECK_IN, FOLLOW_UP, SURVEY, OFFER, RECALL, NEWS)}


@cache
def policies() -> Policies:
    """The real ones, with nobody held out: who hears what must not hang on an id's hash."""
    read = load_policies(ROOT / "policies")
    nobody = read.contact.hold_out.model_copy(update={"percent": 0})
    contact = read.contact.model_copy(update={"hold_out": nobody})
    return read.model_copy(update={"contact": contact})


@dataclass(frozen=True)
class PlainWords:
    text: str
    subject: str = "A word"
    buttons: tuple[dict[str, str], ...] = ()
    how_to_stop: tuple[dict[str, str], ...] = ()


class Wordsmith:
    """Says which playbook speaks; of `unspeakable` it has no words, like a broken template."""

    unspeakable: str = ""

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
    ) -> PlainWords:
        if playbook.name == self.unspeakable:
            raise KeyError("item")
        return PlainWords(f"{playbook.name} about {touch.subject}")


class MailOutlet:
    channel = Channel.EMAIL

    def put(self, session: Session, now: datetime, parcels: Sequence[Parcel]) -> list[Put | NotPut]:
        return [self._put(session, now, parcel) for parcel in parcels]

    def _put(self, session: Session, now: datetime, parcel: Parcel) -> Put:
        email = Email(
            id=new_id("eml"),
            key=key_of(parcel.touch.id),
            to=parcel.facts.channels[Channel.EMAIL].address,
            subject=parcel.worded.subject,
            text=parcel.worded.text,
            touch_id=parcel.touch.id,
            created_at=now,
            updated_at=now,
        )
        session.add(email)
        session.flush()
        return Put(email_id=email.id)


@dataclass
class PostOffice:
    """Takes e-mails, unless it refuses one by its address, or all of them."""

    refuses: dict[str, Exception] = field(default_factory=dict)
    fault: Exception | None = None
    keeps_text: bool = True
    taken: list[str] = field(default_factory=list)  # addresses
    opened_times: int = 0

    @contextmanager
    def opened(self) -> Iterator["PostOffice"]:
        self.opened_times += 1
        yield self

    def send(self, *, to: str, **_: Any) -> None:
        if fault := self.refuses.get(to, self.fault):
            raise fault
        self.taken.append(to)


@dataclass
class Floor:
    """Everything a test moves."""

    database: Database
    services: Services
    clock: FixedClock
    playbooks: dict[str, Playbook] = field(default_factory=lambda: dict(PLAYBOOKS))
    words: Wordsmith = field(default_factory=Wordsmith)
    outlets: tuple[Outlet, ...] | None = None  # the chat, and e-mails of the test's
    numbers: int = 0

    def dispatcher(self, at_step: Callable[[str], None] = lambda step: None) -> Dispatcher:
        outlets = self.outlets or (WebOutlet(), MailOutlet())
        return Dispatcher(self.services, self.playbooks, self.words, outlets, at_step=at_step)

    def post(self, office: PostOffice, at_step: Callable[[str], None] = lambda step: None) -> int:
        """What is due by e-mail leaves, as far as the office takes it."""
        look = self.leaving().look
        return send_due(self.database, office, self.clock, look, at_step=at_step)

    def leaving(self) -> Leaving:
        return Leaving(self.playbooks, self.services.policies.contact)

    def number(self) -> int:
        self.numbers += 1
        return self.numbers

    def customer(
        self, *, zone: str = "Europe/London", in_chat: bool = True, email: bool = True
    ) -> str:
        now = self.clock.now()
        made = Customer(
            id=new_id("cus"), name="Ana", time_zone=zone, created_at=now, updated_at=now
        )
        with self.database.begin() as session:
            session.add(made)
            session.flush()
            if email:
                session.add(
                    Identity(
                        id=new_id("idn"),
                        customer_id=made.id,
                        channel="email",
                        address=f"{made.id}@example.org",
                        created_at=now,
                        updated_at=now,
                    )
                )
            if in_chat:
                self._conversation(session, made.id)
        return made.id

    def _conversation(self, session: Session, customer_id: str) -> None:
        now = self.clock.now()
        session.add(
            Conversation(
                id=new_id("cnv"),
                customer_id=customer_id,
                channel="web",
                verified_by="identity",
                seen_at=now,
                created_at=now,
                updated_at=now,
            )
        )

    def is_in_the_chat(self, customer_id: str) -> None:
        """They have the page open again."""
        with self.database.begin() as session:
            for conversation in session.scalars(
                select(Conversation).where(Conversation.customer_id == customer_id)
            ):
                conversation.seen_at = self.clock.now()

    def touch(
        self,
        customer_id: str,
        book: Playbook = CHECK_IN,
        *,
        due: timedelta = timedelta(0),
        **more: Any,
    ) -> str:
        now = self.clock.now()
        order = str(self.number())
        values: dict[str, Any] = {
            "id": new_id("tch"),
            "key": f"{book.name}:say:{customer_id}:{order}",
            "customer_id": customer_id,
            "playbook": book.name,
            "trigger": f"tpt_{order}",
            "trigger_at": now,
            "about": {"order": order},
            "subject": f"order:{order}",
            "due_at": now + due,
            "planned_for": now + due,
            "too_late_at": now + due + book.too_late_after.length,
            "created_at": now,
            "updated_at": now,
        }
        with self.database.begin() as session:
            made = Touch(**(values | more))
            session.add(made)
            return made.id

    def happens(self, customer_id: str, kind: str, **about: Any) -> None:
        now = self.clock.now()
        with self.database.begin() as session:
            touchpoints.record(
                session,
                now,
                customer_id=customer_id,
                kind=kind,
                stage="use",
                actor="customer",
                channel="shop",
                summary=kind,
                about=about,
                source_id=f"{kind}:{self.number()}",
            )

    def case(self, customer_id: str, state: str = "open") -> str:
        now, number = self.clock.now(), f"CL-{self.number()}"
        with self.database.begin() as session:
            session.add(
                Case(
                    id=new_id("cas"),
                    number=number,
                    key=number,
                    customer_id=customer_id,
                    kind="faulty",
                    state=state,
                    opened_at=now,
                    created_at=now,
                    updated_at=now,
                )
            )
        return number

    def case_is(self, number: str, state: str) -> None:
        with self.database.begin() as session:
            session.scalars(select(Case).where(Case.number == number)).one().state = state

    def promise(self, customer_id: str) -> str:
        now, key = self.clock.now(), f"p{self.number()}"
        with self.database.begin() as session:
            session.add(
                Promise(
                    id=new_id("prm"),
                    key=key,
                    customer_id=customer_id,
                    what="refund_paid",
                    due_on=now.date(),
                    created_at=now,
                    updated_at=now,
                )
            )
        return key

    def says(self, customer_id: str, *, yes: bool, purpose: str, channel: str = "*") -> None:
        now = self.clock.now()
        with self.database.begin() as session:
            known = session.scalar(
                select(Consent).where(
                    Consent.customer_id == customer_id,
                    Consent.purpose == purpose,
                    Consent.channel == channel,
                )
            )
            made = known or Consent(
                id=new_id("cns"),
                customer_id=customer_id,
                purpose=purpose,
                channel=channel,
                created_at=now,
            )
            made.state = "given" if yes else "refused"
            made.given_at = made.updated_at = now
            session.add(made)

    def writes(self, customer_id: str, text: str) -> None:
        """They say something in their chat."""
        now = self.clock.now()
        with self.database.begin() as session:
            conversation = session.scalars(
                select(Conversation).where(Conversation.customer_id == customer_id)
            ).one()
            conversation.updated_at = now
            session.add(
                Message(
                    id=new_id("msg"),
                    conversation_id=conversation.id,
                    position=self.number(),
                    direction="in",
                    author="customer",
                    text=text,
                    provider_id=str(self.number()),
                    created_at=now,
                    updated_at=now,
                )
            )

    def person(self, customer_id: str, *, takes: bool) -> None:
        """A person takes the customer's conversation, or gives it back to the bot."""
        with self.database.begin() as session:
            for conversation in session.scalars(
                select(Conversation).where(Conversation.customer_id == customer_id)
            ):
                conversation.mode = Mode.PERSON if takes else Mode.BOT
                conversation.holder = "stf_1" if takes else None

    def is_at_the_shop(self, customer_id: str, *, currency: str) -> None:
        now = self.clock.now()
        with self.database.begin() as session:
            session.get_one(Customer, customer_id).currency = currency
            session.add(
                Identity(
                    id=new_id("idn"), customer_id=customer_id, channel="shop",
                    address=f"C-{self.number()}", created_at=now, updated_at=now,
                )
            )  # fmt: skip

    def gifts(self, customer_id: str) -> list[str | None]:
        """What the shop said to each that is given or reserved."""
        with self.database.read() as session:
            theirs = Goodwill.customer_id == customer_id
            return list(session.scalars(select(Goodwill.shop_reference).where(theirs)))

    def colleague(self, email: str) -> None:
        now = self.clock.now()
        with self.database.begin() as session:
            session.add(
                Staff(
                    id=new_id("stf"), email=email, name="Cleo", role="cx",
                    created_at=now, updated_at=now,
                )
            )  # fmt: skip

    def try_out(self, book: Playbook, *, to: str) -> str:
        with self.database.begin() as session:
            return send_test(
                session, self.clock.now(), book, self.words, to=to, who="cx:1", role="cx"
            )

    def change(self, touch_id: str, **values: Any) -> None:
        with self.database.begin() as session:
            touch = session.get_one(Touch, touch_id)
            for name, value in values.items():
                setattr(touch, name, value)

    def row(self, touch_id: str) -> Touch:
        with self.database.read() as session:
            return session.get_one(Touch, touch_id)

    def decisions(self, touch_id: str) -> list[tuple[str, str]]:
        with self.database.read() as session:
            rows = session.scalars(
                select(TouchDecision)
                .where(TouchDecision.touch_id == touch_id)
                .order_by(TouchDecision.id)
            )
            return [(row.decision, row.why) for row in rows]

    def written(self, customer_id: str) -> list[str]:
        """What stands in their chat."""
        with self.database.read() as session:
            return list(
                session.scalars(
                    select(Message.text)
                    .join(Conversation, Conversation.id == Message.conversation_id)
                    .where(Conversation.customer_id == customer_id)
                    .order_by(Message.id)
                )
            )

    def mails(self) -> list[Email]:
        with self.database.read() as session:
            return list(session.scalars(select(Email).order_by(Email.id)))


def floor_on(database: Database, state: Path, at: datetime = MONDAY) -> Floor:
    clock = FixedClock(at)
    shop = EmbeddedShop(Database(f"sqlite:///{state / 'shop.db'}"), clock)
    shop.create()
    services = Services(
        database=database,
        shop=shop,
        policies=policies(),
        clock=clock,
        help=_help(),
        secret="test",
    )
    return Floor(database, services, clock)


@cache
def _help() -> HelpIndex:
    return HelpIndex(ROOT / "help")


def whys(decisions: Iterable[tuple[str, str]]) -> list[str]:
    return [why for _, why in decisions]
