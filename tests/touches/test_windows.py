"""A channel with a window and templates is an adapter, nothing else: here is a stand-in for one."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from careline.journey.models import Conversation, Identity, Message
from careline.journey.words import Channel, TemplateState
from careline.kit.database import Database
from careline.kit.ids import new_id
from careline.touches import templates
from careline.touches.ports import NotPut, Parcel, Put
from tests.touches.sending import Floor, floor_on, playbook

NOTICE = playbook(
    "notice",
    channels=["whatsapp"],
    templates={"whatsapp": "order_notice"},
    too_late_after={"hours": 6},
)


@dataclass
class Messenger:
    """Takes free words or a template, as its provider would."""

    channel = Channel.WHATSAPP
    taken: list[tuple[str, str | None]] = field(default_factory=list)  # to whom, by which template

    def put(self, session: Session, now: datetime, parcels: Sequence[Parcel]) -> list[Put | NotPut]:
        for parcel in parcels:
            address = parcel.facts.channels[Channel.WHATSAPP].address
            self.taken.append((address, parcel.template))
        return [Put() for _ in parcels]


@pytest.fixture
def floor(tmp_path: Path) -> Iterator[Floor]:
    database = Database(f"sqlite:///{tmp_path / 'record.db'}")
    database.create_all()
    made = floor_on(database, tmp_path)
    made.playbooks["notice"] = NOTICE
    yield made
    database.close()


@pytest.fixture
def messenger(floor: Floor) -> Messenger:
    made = Messenger()
    floor.outlets = (made,)
    return made


def with_a_phone(floor: Floor, *, wrote: timedelta | None) -> str:
    """A customer of the messenger, who wrote there so long ago."""
    ana = floor.customer(in_chat=False, email=False)
    now = floor.clock.now()
    dated = {"created_at": now, "updated_at": now}
    with floor.database.begin() as session:
        session.add(
            Identity(
                id=new_id("idn"), customer_id=ana, channel="whatsapp", address="+447700900123",
                **dated,
            )
        )  # fmt: skip
        if wrote is not None:
            talk = Conversation(id=new_id("cnv"), customer_id=ana, channel="whatsapp", **dated)
            session.add(talk)
            session.flush()
            session.add(
                Message(
                    id=new_id("msg"), conversation_id=talk.id, position=1, direction="in",
                    author="customer", text="Hello", provider_id="wamid.1",
                    created_at=now - wrote, updated_at=now,
                )
            )  # fmt: skip
    return ana


def is_said_to_be(floor: Floor, state: TemplateState) -> None:
    with floor.database.begin() as session:
        templates.note(session, floor.clock.now(), Channel.WHATSAPP, "order_notice", state)


def test_inside_the_window_free_words_go(floor: Floor, messenger: Messenger) -> None:
    touch = floor.touch(with_a_phone(floor, wrote=timedelta(hours=23)), NOTICE)
    floor.dispatcher().run_due()
    assert messenger.taken == [("+447700900123", None)]
    assert (floor.row(touch).channel, floor.row(touch).template) == ("whatsapp", None)


@pytest.mark.parametrize("wrote", [None, timedelta(hours=25)])
def test_outside_of_it_the_approved_template_goes_and_stands_in_the_row(
    floor: Floor, messenger: Messenger, wrote: timedelta | None
) -> None:
    is_said_to_be(floor, TemplateState.APPROVED)
    touch = floor.touch(with_a_phone(floor, wrote=wrote), NOTICE)
    floor.dispatcher().run_due()
    assert messenger.taken == [("+447700900123", "order_notice")]
    assert floor.row(touch).template == "order_notice"


@pytest.mark.parametrize("state", [s for s in TemplateState if s is not TemplateState.APPROVED])
def test_one_that_is_not_approved_is_held_and_in_the_end_dropped_with_the_reason(
    floor: Floor, messenger: Messenger, state: TemplateState
) -> None:
    is_said_to_be(floor, TemplateState.APPROVED)
    is_said_to_be(floor, state)
    touch = floor.touch(with_a_phone(floor, wrote=None), NOTICE)
    while floor.row(touch).state == "planned":
        floor.clock.set(floor.row(touch).due_at)
        floor.dispatcher().run_due()
    assert floor.decisions(touch) == [("hold", "channel_window"), ("drop", "too_late")]
    assert "no template is approved" in floor.row(touch).why_note
    assert messenger.taken == []


def test_approved_while_it_waits_it_goes(floor: Floor, messenger: Messenger) -> None:
    touch = floor.touch(with_a_phone(floor, wrote=None), NOTICE)
    floor.dispatcher().run_due()
    is_said_to_be(floor, TemplateState.APPROVED)
    floor.clock.set(floor.row(touch).due_at)
    assert floor.dispatcher().run_due().sent == 1
