"""Whatever happens, in whatever order: never twice, never over a cap, never in quiet hours, never
without consent, never while a person is in charge or a case is open; and every reason is kept.

On a real SQLite database and on PostgreSQL, with the real outlets. Two dispatchers run in threads,
and two senders of e-mails; others are killed between two steps.
"""

import tempfile
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from threading import Barrier, BrokenBarrierError
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select, text

from careline.channels.email.mailers import NotAccepted, RefusedForGood
from careline.channels.email.touch_mail import EmailOutlet
from careline.journey.models import Conversation, Email, Message, Promise, Touch, TouchDecision
from careline.kit.database import Base, Database
from careline.kit.ids import new_id
from careline.touches import outcomes
from careline.touches.dispatch import LEASE
from careline.touches.playbook import Playbook
from careline.touches.web_outlet import WebOutlet
from tests.services import postgres_schema
from tests.touches.sending import OFFER, PLAYBOOKS, SURVEY, Floor, PostOffice, floor_on, policies

ZONES = ["Europe/London", "America/New_York", "Australia/Lord_Howe", "Europe/London"]
OUTLETS = (WebOutlet(), EmailOutlet("https://shop.example", "s" * 32, "Shop"))
LEFT = ("sent", "unknown", "failed")  # their words stand in the chat
# The nights in which summer time ends or begins somewhere, and an ordinary week.
STARTS = [
    datetime(2026, 10, 24, 17, tzinfo=UTC),
    datetime(2026, 10, 31, 20, tzinfo=UTC),
    datetime(2027, 3, 13, 15, tzinfo=UTC),
    datetime(2027, 3, 27, 12, tzinfo=UTC),
    datetime(2027, 4, 3, 6, tzinfo=UTC),
    datetime(2026, 11, 23, 11, tzinfo=UTC),
]
STEPS = ["judged", "claimed", "worded", "put", "sent"]
SPANS = st.one_of(
    st.timedeltas(timedelta(minutes=1), timedelta(hours=14)),
    st.timedeltas(timedelta(days=1), timedelta(days=9)),
)
WHO = st.integers(0, len(ZONES) - 1)
ANSWERS = st.sampled_from(
    [None, None, None, NotAccepted("busy"), RefusedForGood("no"), ConnectionResetError()]
)
SELDOM = st.sampled_from([False, False, False, True])


class Killed(BaseException):
    """The process is gone: nothing after this line ran."""


class MailServer(PostOffice):
    """Where the answer is lost it has taken the e-mail all the same."""

    def __init__(self) -> None:
        super().__init__()
        self.keys: Counter[str] = Counter()

    def send(self, *, to: str, key: str = "", **_: Any) -> None:
        if self.fault is None or isinstance(self.fault, ConnectionResetError):
            self.keys[key] += 1
        if self.fault is not None:
            raise self.fault


class Unasked(RuleBasedStateMachine):
    """What we know of each customer is kept beside the record, and compared with it."""

    @initialize(start=st.sampled_from(STARTS))
    def begin(self, start: datetime) -> None:
        self.folder = tempfile.TemporaryDirectory()
        state = Path(self.folder.name)
        self.database = self._empty_record(state)
        self.floor: Floor = floor_on(self.database, state, start)
        self.floor.outlets = OUTLETS
        self.mail_server = MailServer()
        self.customers = [self.floor.customer(zone=zone) for zone in ZONES]
        self.by_mail = self.customers[-1]  # who never opens the page
        self._never_there(self.by_mail)
        self.no: set[tuple[str, str]] = set()  # customer and purpose, refused
        self.yes: set[tuple[str, str]] = set()
        self.with_person: set[str] = set()
        self.cases: dict[str, str] = {}  # customer and their open case
        self.promised: dict[str, str] = {}
        self.gone: dict[str, int] = {}  # touches that left, and with how many before their go
        for number, book in enumerate(PLAYBOOKS.values()):  # there is always something to say
            for customer in self.customers:
                self.floor.touch(customer, book)
                self.floor.touch(customer, book, due=timedelta(hours=20 * number))
        for customer in self.customers[:2]:
            self._say(customer, True, OFFER.purpose)

    def _empty_record(self, state: Path) -> Database:
        database = Database(f"sqlite:///{state / 'record.db'}")
        database.create_all()
        return database

    def _never_there(self, customer: str) -> None:
        with self.database.begin() as session:
            for chat in session.scalars(
                select(Conversation).where(Conversation.customer_id == customer)
            ):
                chat.seen_at, chat.verified_by = None, ""

    def teardown(self) -> None:
        if hasattr(self, "database"):
            self._every_reason_is_kept()
            self.database.close()
            self.folder.cleanup()

    # What happens

    @rule(book=st.sampled_from(list(PLAYBOOKS.values())), due=SPANS, later=SELDOM)
    def is_planned(self, book: Playbook, due: timedelta, later: bool) -> None:
        for customer in self.customers:
            self.floor.touch(customer, book, due=due if later else timedelta(0))

    @rule(by=SPANS)
    def time_passes(self, by: timedelta) -> None:
        self.floor.clock.advance(by)

    @rule(hour=st.sampled_from([0, 15, 15]), dispatched=st.booleans())
    def the_next_day_comes(self, hour: int, dispatched: bool) -> None:
        """At three it is day in Europe and America, at midnight in Australia."""
        now = self.floor.clock.now()
        self.floor.clock.set(now.replace(hour=hour, minute=5) + timedelta(days=1))
        for customer in self.customers:
            if customer != self.by_mail:
                self.floor.is_in_the_chat(customer)
        if dispatched:
            self.is_dispatched()

    @rule(back=st.timedeltas(timedelta(minutes=1), timedelta(hours=3)))
    def the_clock_is_set_back(self, back: timedelta) -> None:
        self.floor.clock.advance(-back)

    @rule(who=WHO, no=SELDOM, purpose=st.sampled_from(["service", "research", "marketing"]))
    def says(self, who: int, no: bool, purpose: str) -> None:
        self._say(self.customers[who], not no, purpose)

    @rule(who=WHO, comes=SELDOM)
    def a_person_comes_or_goes(self, who: int, comes: bool) -> None:
        customer = self.customers[who]
        if comes:
            self.with_person.add(customer)
        else:
            self.with_person.discard(customer)
        self.floor.person(customer, takes=customer in self.with_person)

    @rule(who=WHO, opens=SELDOM)
    def a_case_opens_or_ends(self, who: int, opens: bool) -> None:
        customer = self.customers[who]
        if customer in self.cases:
            self.floor.case_is(self.cases.pop(customer), "resolved")
        elif opens:
            self.cases[customer] = self.floor.case(customer)

    @rule(who=WHO, given=SELDOM)
    def a_promise_is_given_or_kept(self, who: int, given: bool) -> None:
        customer = self.customers[who]
        if customer not in self.promised:
            if given:
                self.promised[customer] = self.floor.promise(customer)
            return
        with self.database.begin() as session:
            key = self.promised.pop(customer)
            session.scalars(select(Promise).where(Promise.key == key)).one().state = "kept"

    @rule(who=WHO)
    def looks_at_the_chat(self, who: int) -> None:
        if self.customers[who] != self.by_mail:
            self.floor.is_in_the_chat(self.customers[who])

    # What is done

    @rule()
    def is_dispatched(self) -> None:
        with self._watched():
            self.floor.dispatcher().run_due()
            self.floor.dispatcher().run_due()  # what the other one held is not due yet

    @rule()
    def two_dispatch_at_once(self) -> None:
        together = Barrier(2)

        def run(_: int) -> None:
            met = False

            def meet(step: str) -> None:
                nonlocal met
                if step == "judged" and not met:
                    met = True
                    together.wait(timeout=2)

            dispatcher = self.floor.dispatcher(meet)
            due = list(dispatcher.due(100))
            if not due:
                together.abort()
                return
            dispatcher.handle(due)

        with self._watched(), ThreadPoolExecutor(2) as pool:
            for future in [pool.submit(run, n) for n in range(2)]:
                error = future.exception()
                assert error is None or "Broken" in type(error).__name__, error

    @rule(step=st.sampled_from(STEPS))
    def is_killed(self, step: str) -> None:
        def die(at: str) -> None:
            if at == step:
                raise Killed

        with self._watched():
            try:
                self.floor.dispatcher(die).run_due()
            except Killed:
                return

    @rule()
    @precondition(lambda self: self.floor.dispatcher().due(100))
    def stop_comes_at_the_last_moment(self) -> None:
        """Between the claim and the sending a customer refuses everything."""
        who = self.customers[0]

        def stop(step: str) -> None:
            if step == "claimed":
                for purpose in ("service", "research", "marketing"):
                    self._say(who, False, purpose)

        with self._watched():
            self.floor.dispatcher(stop).run_due()

    @rule()
    def the_dead_ones_claims_run_out(self) -> None:
        self.floor.clock.advance(LEASE)

    @rule()
    def delivery_is_repeated(self) -> None:
        """A queue may hand out the same job again, long after it was done."""
        with self.database.read() as session:
            ids = list(session.scalars(select(Touch.id)))
        if ids:
            with self._watched():
                self.floor.dispatcher().deliver(ids)

    @rule()
    def a_job_is_done_twice_at_once(self) -> None:
        """The queue has handed it to two workers, and both have looked before either writes."""
        together = Barrier(2)

        def meet(step: str) -> None:
            if step == "worded":
                with suppress(BrokenBarrierError):
                    together.wait(timeout=2)

        claiming = self.floor.dispatcher()
        claimed, _ = claiming.judge(list(claiming.due(100)))
        if claimed:
            with self._watched(), ThreadPoolExecutor(2) as pool:
                jobs = [self.floor.dispatcher(meet) for _ in range(2)]
                list(pool.map(lambda job: job.deliver(claimed), jobs))

    @rule(answer=ANSWERS)
    def the_mail_goes(self, answer: Exception | None) -> None:
        with self._mail(answer):
            self.floor.post(self.mail_server)

    @rule(answer=ANSWERS)
    def two_send_the_mail_at_once(self, answer: Exception | None) -> None:
        with self._mail(answer), ThreadPoolExecutor(2) as pool:
            list(pool.map(self.floor.post, [self.mail_server, self.mail_server]))

    @rule(step=st.sampled_from(["taken", "handed over"]))
    def a_sender_is_killed(self, step: str) -> None:
        def die(at: str) -> None:
            if at == step:
                raise Killed

        with self._mail(None), suppress(Killed):
            self.floor.post(self.mail_server, die)

    @rule()
    def what_was_cut_off_is_told(self) -> None:
        now = self.floor.clock.now()
        with self.database.begin() as session:
            outcomes.note_cut_off(session, now, now)

    # What must hold

    @contextmanager
    def _mail(self, answer: Exception | None) -> Iterator[None]:
        """Whatever the mail server is given meanwhile may still leave."""
        self.mail_server.fault, before = answer, set(self.mail_server.keys)
        yield
        with self.database.read() as session:
            for key in set(self.mail_server.keys) - before:
                self._is_allowed(session.get_one(Touch, key.removeprefix("touch:")))

    @contextmanager
    def _watched(self) -> Iterator[None]:
        """Whatever goes out meanwhile is allowed to."""
        yield
        with self.database.read() as session:
            sent = session.scalars(select(Touch).where(Touch.state.in_(LEFT))).all()
        before = len(self.gone)
        for touch in sent:
            if touch.id not in self.gone:
                self.gone[touch.id] = before
                assert touch.sent_at == self.floor.clock.now()
                self._is_allowed(touch)

    def _is_allowed(self, touch: Touch) -> None:
        """To be said now, by what is known beside the record."""
        book, customer, at = PLAYBOOKS[touch.playbook], touch.customer_id, self.floor.clock.now()
        assert customer not in self.with_person
        if book.safety:
            return
        assert (customer, book.purpose) not in self.no
        assert book.purpose != OFFER.purpose or (customer, book.purpose) in self.yes
        assert customer not in self.cases
        assert customer not in self.promised
        local = at.astimezone(ZoneInfo(ZONES[self.customers.index(customer)]))
        assert 9 <= local.hour < 20
        assert local.isoweekday() != 7

    @invariant()
    def never_twice(self) -> None:
        if not hasattr(self, "floor"):
            return
        with self.database.read() as session:
            touches = {touch.id: touch.state for touch in session.scalars(select(Touch))}
            said = Counter(session.scalars(select(Message.provider_id)))
            mails = Counter(session.scalars(select(Email.key)))
        assert (
            max([*said.values(), *mails.values(), *self.mail_server.keys.values()], default=0) < 2
        )
        assert self.mail_server.keys.keys() <= mails.keys() <= said.keys()
        assert {key.removeprefix("touch:") for key in said} == {
            touch_id for touch_id, state in touches.items() if state in LEFT
        }

    @invariant()
    def what_is_said_of_an_e_mail_is_so(self) -> None:
        """One that left for certain was given to the server, one that waits or was withdrawn was
        not; only of the unknown either may be."""
        if not hasattr(self, "floor"):
            return
        with self.database.read() as session:
            mails = session.execute(select(Email.key, Email.delivery)).all()
        for key, delivery in mails:
            if delivery == "sent":
                assert self.mail_server.keys[key] == 1
            elif delivery != "unknown":
                assert self.mail_server.keys[key] == 0, delivery

    @invariant()
    def never_over_a_cap(self) -> None:
        if not hasattr(self, "floor"):
            return
        caps = policies().contact.caps
        with self.database.read() as session:
            sent = session.scalars(select(Touch).where(Touch.state.in_(LEFT))).all()
        for customer in self.customers:
            theirs = [t for t in sent if t.customer_id == customer]
            counted = [t for t in theirs if not PLAYBOOKS[t.playbook].safety]
            # A courtesy yields to all, what is urgent to its own kind alone: it may follow within
            # the same instant.
            for touch in counted:
                urgent = PLAYBOOKS[touch.playbook].urgent
                for days, cap in (
                    [(1, caps.urgent_per_day)]
                    if urgent
                    else [(1, caps.per_day), (7, caps.per_week), (30, caps.per_month)]
                ):
                    before = [
                        t
                        for t in counted
                        if t.id != touch.id
                        and (
                            PLAYBOOKS[t.playbook].urgent == urgent
                            or (not urgent and self.gone[t.id] <= self.gone[touch.id])
                        )
                        and touch.sent_at - timedelta(days=days) < t.sent_at <= touch.sent_at
                    ]
                    assert len(before) < cap
            asked = sorted(t.sent_at for t in theirs if t.playbook == SURVEY.name)
            for first, last in pairwise(asked):
                assert last - first >= timedelta(days=policies().contact.survey_cooldown_days)

    def _every_reason_is_kept(self) -> None:
        with self.database.read() as session:
            touches = session.scalars(select(Touch)).all()
            told = set(session.scalars(select(TouchDecision.touch_id)))
            holders = set(session.scalars(select(Conversation.holder)))
        for touch in touches:
            was_looked_at = touch.state not in ("planned", "sending") or touch.decided_at
            assert not was_looked_at or touch.why, touch.id
            assert not was_looked_at or touch.id in told, touch.id
        assert holders <= {None, "stf_1"}

    def _say(self, customer: str, yes: bool, purpose: str) -> None:
        self.floor.says(customer, yes=yes, purpose=purpose)
        mine, other = (self.yes, self.no) if yes else (self.no, self.yes)
        mine.add((customer, purpose))
        other.discard((customer, purpose))


Unasked.TestCase.settings = settings(
    max_examples=30,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
TestUnasked = Unasked.TestCase


class UnaskedOnPostgres(Unasked):
    url: ClassVar[str]

    def _empty_record(self, state: Path) -> Database:
        database = Database(self.url)
        with database.begin() as session:
            tables = ", ".join(f'"{table.name}"' for table in Base.metadata.sorted_tables)
            session.execute(text(f"TRUNCATE {tables} CASCADE"))
        return database


@pytest.mark.postgres
def test_on_postgresql_as_well() -> None:
    with postgres_schema() as url:
        database = Database(url)
        database.create_all()
        UnaskedOnPostgres.url = url
        try:
            run_state_machine_as_test(
                UnaskedOnPostgres, settings=settings(Unasked.TestCase.settings, max_examples=10)
            )
        finally:
            database.close()


def test_two_workers_waking_together_send_one_message_each_customer(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'record.db'}")
    database.create_all()
    floor = floor_on(database, tmp_path)
    customers = [floor.customer() for _ in range(30)]
    for customer in customers:
        for book in PLAYBOOKS.values():
            floor.touch(customer, book, id=new_id("tch"))
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: floor.dispatcher().run_due(), range(4)))
    for customer in customers:
        said = [text for text in floor.written(customer) if not text.startswith("recall")]
        assert len(said) <= 1
        assert len(floor.written(customer)) >= 1
    database.close()
