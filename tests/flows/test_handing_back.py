"""A person steps in and goes again, with the real bot: silent meanwhile, and knowing afterwards."""

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

import pytest

from careline.conversation import staff
from careline.journey.models import Staff
from careline.journey.words import Role
from careline.kit.database import Database
from careline.kit.ids import new_id
from careline.service.policies import Policies, load_policies
from tests.flows.chat import Chat, Shop
from tests.flows.processes import ROOT, wait_until

POLICIES: Policies = load_policies(ROOT / "policies")


class Colleague:
    """A staff member at work in another process than the app, on the same record."""

    def __init__(self, database: Database) -> None:
        self._database = database
        now = datetime.now(UTC)
        with database.begin() as session:
            who = Staff(
                id=new_id("stf"), email=f"{new_id('lena')}@shop.example", name="Lena Marsh",
                role=Role.STAFF.value, teams=["support"], active=True,
                created_at=now, updated_at=now,
            )  # fmt: skip
            session.add(who)
            session.flush()
            self.id = who.id

    def does(self, verb: Callable[..., Any], chat: Chat, *of: Any, **more: Any) -> Any:
        with self._database.begin() as session:
            return verb(session, datetime.now(UTC), chat.id, self.id, *of, **more)

    def position(self, chat: Chat) -> int:
        return len(chat.history())


@pytest.fixture
def lena(shop: Shop) -> Iterator[Colleague]:
    with closing(Database(shop.settings.record_url)) as database:
        yield Colleague(database)


def test_taken_over_in_the_middle_of_a_return_form_and_handed_back(
    shop: Shop, lena: Colleague
) -> None:
    chat = shop.customer("C1005").opens_chat()
    chat.says("I want to return my trainers")
    lena.does(staff.take_over, chat, policies=POLICIES)
    before = len(chat.history())
    assert chat.says("the grey ones") == ""
    assert chat.says("are you there?") == ""
    assert [m["author"] for m in chat.history()[before:]] == ["customer", "customer"]
    lena.does(
        staff.reply, chat, "I send you the blue ones instead",
        seen_up_to=lena.position(chat), client_id="one", policies=POLICIES,
    )  # fmt: skip
    lena.does(
        staff.hand_back, chat, "replacement_ordered",
        words="The blue ones leave today.", policies=POLICIES,
    )  # fmt: skip

    def line() -> str:
        last = chat.history()[-1]
        return str(last["text"]) if last["author"] == "bot" else ""

    said = wait_until(line, within=60, what="the bot's line after the hand-back")
    assert "Lena Marsh" in said
    assert "replacement" in said
    assert "The blue ones leave today." in said
    chat.says("do you sell gift cards?")  # the form is over: this answers no question of it
    assert "size" not in chat.said
    assert chat.mode == "bot"


def test_a_person_was_asked_for_and_has_solved_it(shop: Shop, lena: Colleague) -> None:
    chat = shop.visitor()
    chat.says("I want to talk to a human")
    lena.does(staff.claim, chat, policies=POLICIES)
    lena.does(staff.hand_back, chat, "solved", policies=POLICIES)
    said = wait_until(
        lambda: next((m["text"] for m in chat.history() if "Lena Marsh" in m["text"]), ""),
        within=60,
        what="the bot's line after the hand-back",
    )
    assert "sorted this out" in said
