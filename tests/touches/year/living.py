"""What can happen to a customer of the year, each by the door through which it really comes."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from careline.channels.shop_hooks import sign
from careline.channels.tokens import identity_token
from careline.conversation.start import start_conversation
from careline.journey import touchpoints
from careline.journey.models import (
    Conversation,
    Customer,
    Goodwill,
    Identity,
    Promise,
    Suggestion,
)
from careline.journey.words import Actor, CaseKind, CaseState, FeedbackKind, Mode, Resolution
from careline.kit.ids import new_id
from careline.service import cases, consents, feedback, manual, outcomes, suggestion
from careline.service.facts import Request
from careline.shops.models import CustomerRow, OrderRow
from tests.house import House


@dataclass(frozen=True)
class Happens:
    """One line of people.yml."""

    at: datetime  # when it is told; that is when we can act on it
    really_at: datetime
    who: str
    what: str


@dataclass
class Life:
    """The customers, and their verbs."""

    house: House
    numbers: int = 0
    cases: dict[tuple[str, str], str] = field(default_factory=dict)  # (who, letter) → number
    ideas: dict[str, str] = field(default_factory=dict)  # letter → the first suggestion's id

    def born(self, name: str, zone: str, *, email: bool) -> None:
        """Known to us and to the shop, with an id that the hold-out can be reckoned from."""
        now, address = self.house.clock.now(), f"{name}@example.org" if email else ""
        container = self.house.container
        with container.database.begin() as session:
            session.add(
                Customer(id=id_of(name), name=name.capitalize(), time_zone=zone, created_at=now,
                         updated_at=now)
            )  # fmt: skip
            session.flush()
            for channel, known_as in (("shop", name), ("email", address)):
                if known_as:
                    session.add(
                        Identity(id=new_id("idn"), customer_id=id_of(name), channel=channel,
                                 address=known_as, created_at=now, updated_at=now)
                    )  # fmt: skip
        with container.shop_database.begin() as session:
            session.add(
                CustomerRow(ref=name, name=name.capitalize(), email=address, phone="",
                            country="GB", locale="en-GB", time_zone=zone, street="1 Quay",
                            postcode="BS1", city="Bristol", created_at=now, searched=name)
            )  # fmt: skip

    def happens(self, event: Happens) -> None:
        verb, rest = next(
            (verb, event.what.removeprefix(words).split())
            for words, verb in self._verbs
            if event.what.startswith(words)
        )
        verb(self, event, *rest)

    def number(self) -> int:
        self.numbers += 1
        return self.numbers

    # The shop

    def order(self, event: Happens, kind: str, number: str, currency: str = "", amount: str = ""
              ) -> None:  # fmt: skip
        data: dict[str, Any] = {"order": number}
        if amount:
            data["amount"] = {"amount": amount, "currency": currency}
        self._tells(event, f"order.{kind}", data)

    def _tells(self, event: Happens, kind: str, data: dict[str, Any]) -> None:
        body = json.dumps(
            {"id": f"evt-{self.number()}", "type": kind, "at": event.really_at.isoformat(),
             "data": {"customer": event.who} | data}
        ).encode()  # fmt: skip
        secret = self.house.container.settings.hook_secret.get_secret_value()
        answer = self.house.client.post(
            "/hooks/shop", content=body, headers=sign(secret, body, self.house.clock.now())
        )
        assert answer.json() == {"accepted": 1, "repeated": 0, "refused": []}, answer.text

    def recalled(self, event: Happens, product: str, order: str) -> None:
        self._touchpoint(
            event.who, "product.recalled", "careline", {"product": product, "order": order}
        )

    # Cases

    def case(self, event: Happens, letter: str, verb: str, kind: str = "", order: str = "") -> None:
        if verb == "opens":
            if order:
                self._bought(event.who, order)
            settled = manual.open_case(
                self.house.container.services,
                Request(key=f"case-{self.number()}", kind=CaseKind(kind),
                        customer_id=id_of(event.who), conversation_id=None,
                        order_number=order or None),
                state=CaseState.OPEN,
            )  # fmt: skip
            self.cases[event.who, letter] = settled.case_number
            return
        ended = Resolution.REPLACEMENT if verb == "resolved" else Resolution.NONE
        with self.house.container.database.begin() as session:
            case = cases.case_by_number(session, self.cases[event.who, letter])
            cases.resolve(case, self.house.clock.now(), ended)
            outcomes.note_end(session, self.house.clock.now(), case, Actor.STAFF)

    def _bought(self, who: str, number: str) -> None:
        """The shop knows the order: a case about one that it does not know is about none."""
        now = self.house.clock.now()
        with self.house.container.shop_database.begin() as session:
            if session.get(OrderRow, number) is None:
                session.add(
                    OrderRow(number=number, customer_ref=who, state="delivered", placed_at=now,
                             currency="GBP", total=Decimal(30), shipping_price=Decimal(0),
                             recipient=who, street="1 Quay", postcode="BS1", city="Bristol",
                             country="GB", is_gift=False)
                )  # fmt: skip

    # What they say

    def rates(self, event: Happens, kind: str, score: str) -> None:
        feedback.record(
            self.house.container.services,
            Request(key=f"rated-{self.number()}", kind=CaseKind.COMPLAINT,
                    customer_id=id_of(event.who), conversation_id=None),
            score=int(score),
            kind=FeedbackKind(kind),
        )  # fmt: skip

    def consent(self, event: Happens, purpose: str, said: str) -> None:
        """At the shop, which tells it by its event."""
        word = {
            "purpose": purpose, "state": "given" if said == "yes" else "refused",
            "at": event.really_at.isoformat(), "how": "the box at the checkout",
        }  # fmt: skip
        self._tells(event, "customer.updated", {"consents": [word]})

    def unsubscribes(self, event: Happens) -> None:
        with self.house.container.database.begin() as session:
            consents.refuse(
                session, self.house.clock.now(), id_of(event.who), channel="email",
                how="pressed unsubscribe in an e-mail", source_id=f"unsubscribed-{self.number()}",
            )  # fmt: skip

    def writes(self, event: Happens, *words: str) -> None:
        self._chat(event.who).say(" ".join(words))

    def opens_the_chat(self, event: Happens) -> None:
        chat = self._chat(event.who)
        if said := chat.history():
            answer = self.house.client.post(
                "/api/chat/seen", json={"message": said[-1]["id"]}, headers=chat.headers
            )
            assert answer.status_code == 204, answer.text

    def calls_in_anger(self, event: Happens) -> None:
        self._touchpoint(event.who, "phone.called", "customer", {}, emotion="angry")

    # Ideas

    def has_an_idea(self, event: Happens, letter: str) -> None:
        self.ideas[letter] = self._idea(event, f"idea-{letter}")

    def has_the_idea_too(self, event: Happens, letter: str, _too: str) -> None:
        mine = self._idea(event, f"idea-{letter}-too")
        with self.house.container.database.begin() as session:
            suggestion.is_the_same_as(session, self.house.clock.now(), mine, self.ideas[letter])

    def _idea(self, event: Happens, key: str) -> str:
        request = Request(key=key, kind=CaseKind.SUGGESTION, customer_id=id_of(event.who),
                          conversation_id=None, details="It looks like a giraffe")  # fmt: skip
        suggestion.record(self.house.container.services, request)
        with self.house.container.database.read() as session:
            return session.scalars(select(Suggestion.id).where(Suggestion.key == key)).one()

    def idea(self, event: Happens, letter: str, _done: str) -> None:
        with self.house.container.database.begin() as session:
            now = self.house.clock.now()
            suggestion.mark_done(session, now, self.ideas[letter], "it is giraffe bread now")

    # What we owe them, and who is with them

    def promise(self, event: Happens, letter: str, kept: str = "") -> None:
        now, key = self.house.clock.now(), f"{event.who}-{letter}"
        with self.house.container.database.begin() as session:
            if kept:
                known = session.scalars(select(Promise).where(Promise.key == key)).one()
                known.state, known.updated_at = "kept", now
                return
            session.add(
                Promise(id=new_id("prm"), key=key, customer_id=id_of(event.who),
                        what="refund_paid", due_on=date(2026, 12, 31), created_at=now,
                        updated_at=now)
            )  # fmt: skip

    def was_given(self, event: Happens, currency: str, worth: str) -> None:
        now = self.house.clock.now()
        with self.house.container.database.begin() as session:
            session.add(
                Goodwill(id=new_id("gdw"), customer_id=id_of(event.who), what="store_credit",
                         worth=Decimal(worth), currency=currency, why="a late parcel",
                         approved_by="policy", given_at=now, created_at=now, updated_at=now)
            )  # fmt: skip

    def person(self, event: Happens, does: str) -> None:
        now = self.house.clock.now()
        with self.house.container.database.begin() as session:
            theirs = session.scalars(
                select(Conversation).where(
                    Conversation.customer_id == id_of(event.who), Conversation.holder.is_not(None)
                )
            ).one_or_none()
            if does == "takes":
                theirs = start_conversation(
                    session, now, customer_id=id_of(event.who), verified_by="identity"
                )
                theirs.mode, theirs.holder = Mode.PERSON, "stf_lena"
            else:
                assert theirs is not None
                theirs.mode, theirs.holder = Mode.BOT, None

    def _chat(self, who: str) -> Any:
        secret = self.house.container.settings.identity_secret.get_secret_value()
        return self.house.chat(identity_token(secret, who, self.house.clock.now()))

    def _touchpoint(
        self, who: str, kind: str, actor: str, about: dict[str, Any], emotion: str | None = None
    ) -> None:
        with self.house.container.database.begin() as session:
            touchpoints.record(
                session,
                self.house.clock.now(),
                customer_id=id_of(who),
                kind=kind,
                stage="service",
                actor=actor,
                channel="phone",
                summary=kind,
                emotion=emotion,
                about=about,
                source_id=f"{kind}:{self.number()}",
            )

    _verbs: tuple[tuple[str, Callable[..., None]], ...] = (
        ("order.", order),
        ("recalled", recalled),
        ("case", case),
        ("rates", rates),
        ("consent", consent),
        ("unsubscribes", unsubscribes),
        ("writes", writes),
        ("opens the chat", opens_the_chat),
        ("calls in anger", calls_in_anger),
        ("has an idea", has_an_idea),
        ("has the idea", has_the_idea_too),
        ("idea", idea),
        ("promise", promise),
        ("was given", was_given),
        ("person", person),
    )


def id_of(name: str) -> str:
    return f"cus_{name}"


def read(text: str, who: str, zone: ZoneInfo) -> Happens:
    """ "2026-03-02 12:00 order.placed 1001 GBP 60 told 2026-03-05 12:00" """
    told = text.split(" told ")
    day, hour, what = told[0].split(maxsplit=2)
    really_at = local(day, hour, zone)
    at = local(*told[1].split(), zone) if len(told) > 1 else really_at
    return Happens(at, really_at, who, what)


def local(day: str, hour: str, zone: ZoneInfo) -> datetime:
    return datetime.fromisoformat(f"{day}T{hour}").replace(tzinfo=zone)
