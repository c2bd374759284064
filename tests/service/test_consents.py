"""No more, and again: a refusal covers every channel, and taken back leaves what stood before."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from careline.journey.models import Consent, Customer, Touchpoint
from careline.journey.words import Purpose
from careline.kit.database import Database
from careline.kit.ids import new_id
from careline.service import consents
from careline.service.policies import load_policies
from careline.touches.gather import facts_for
from tests.house import ROOT

HOUR = timedelta(hours=1)
NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    database = Database(f"sqlite:///{tmp_path / 'record.db'}")
    database.create_all()
    with database.begin() as session:
        yield session
    database.close()


def customer(session: Session, **agreed: str) -> str:
    """With a yes or no for all channels by purpose."""
    made = new_id("cus")
    session.add(Customer(id=made, created_at=NOW, updated_at=NOW))
    session.flush()
    for purpose, state in agreed.items():
        session.add(
            Consent(
                id=new_id("cns"), customer_id=made, channel="*", purpose=purpose, state=state,
                how="ticked a box", given_at=NOW, created_at=NOW, updated_at=NOW,
            )
        )  # fmt: skip
    session.flush()
    return made


def standing(session: Session, customer_id: str) -> dict[str, str]:
    session.flush()
    found = session.execute(
        select(Consent.purpose, Consent.state).where(Consent.customer_id == customer_id)
    )
    return {purpose: state for purpose, state in found}


def refuse(session: Session, who: str, source: str = "msg_1") -> None:
    consents.refuse(session, NOW, who, channel="web", how="wrote STOP", source_id=source)


def take_back(session: Session, who: str) -> bool:
    return consents.take_back(
        session, NOW, who, channel="web", how="wrote START", source_id="msg_9"
    )


def test_a_stop_refuses_everything_and_a_start_leaves_what_stood_before(session: Session) -> None:
    who = customer(session, marketing="given")
    refuse(session, who)
    assert standing(session, who) == dict.fromkeys(("service", "marketing", "research"), "refused")
    assert consents.has_refused(session, who)
    assert take_back(session, who)
    assert standing(session, who) == {"marketing": "given"}


def test_a_start_agrees_to_no_marketing_that_was_never_agreed_to(session: Session) -> None:
    who = customer(session)
    refuse(session, who)
    take_back(session, who)
    assert standing(session, who) == {}


def test_stopping_twice_does_not_forget_what_stood_before(session: Session) -> None:
    who = customer(session, marketing="given")
    refuse(session, who)
    refuse(session, who, "msg_2")
    take_back(session, who)
    assert standing(session, who) == {"marketing": "given"}


def test_a_start_without_a_stop_changes_nothing(session: Session) -> None:
    who = customer(session, marketing="given")
    assert not take_back(session, who)
    assert standing(session, who) == {"marketing": "given"}


def test_both_stand_in_the_journey(session: Session) -> None:
    who = customer(session)
    refuse(session, who)
    take_back(session, who)
    kinds = session.scalars(
        select(Touchpoint.kind).where(Touchpoint.customer_id == who).order_by(Touchpoint.kind)
    )
    assert list(kinds) == ["consent.given", "consent.refused"]


def word(at: datetime, *, yes: bool = True, channel: str = "email") -> consents.Word:
    return consents.Word(Purpose.MARKETING, channel, yes, at, how="ticked a box")


def agreed_since(session: Session, who: str) -> set[tuple[str, str]]:
    """As the gate hears it: to which channels they said yes after a no to all."""
    session.flush()
    policy = load_policies(ROOT / "policies").contact
    return set(facts_for(session, NOW, {who: NOW}, {}, policy)[who].agreed_since)


def test_a_yes_to_one_channel_counts_only_if_it_is_newer_than_the_stop(session: Session) -> None:
    who = customer(session)
    consents.note_word(session, NOW, who, word(NOW - HOUR), channel="shop")
    refuse(session, who)
    assert agreed_since(session, who) == set()
    consents.note_word(session, NOW + HOUR, who, word(NOW + HOUR), channel="shop")
    assert agreed_since(session, who) == {("email", "marketing")}
    consents.refuse(session, NOW + 2 * HOUR, who, channel="web", how="STOP", source_id="msg_2")
    assert agreed_since(session, who) == set()


def test_of_two_words_of_one_moment_the_no_holds(session: Session) -> None:
    for first in (True, False):
        who = customer(session)
        for yes in (first, not first):
            consents.note_word(session, NOW, who, word(NOW, yes=yes), channel="shop")
        assert standing(session, who) == {"marketing": "refused"}


def test_a_start_takes_back_a_no_to_one_channel_too(session: Session) -> None:
    who = customer(session)
    consents.refuse(
        session, NOW, who, channel="email", how="the link", source_id="tch_1", on="email"
    )
    assert take_back(session, who)
    assert standing(session, who) == {}


def test_a_yes_that_nothing_proves_is_none(session: Session) -> None:
    bare = consents.Word(Purpose.MARKETING, "*", True, NOW)
    with pytest.raises(consents.NoProof):
        consents.note_word(session, NOW, customer(session), bare, channel="shop")
