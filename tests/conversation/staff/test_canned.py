"""Canned replies: filled in, or not sent."""

from datetime import date
from pathlib import Path

import pytest

from careline.conversation import staff
from careline.service.policies import PolicyError, load_policies
from tests.conversation.staff.desk import Desk
from tests.house import ROOT


def test_fields_are_filled_in_for_the_conversation(desk: Desk) -> None:
    chat = desk.chat_of("C1")
    with desk.house.container.database.read() as session:
        found = {
            each.name: each
            for each in staff.canned(
                session,
                chat.id,
                desk.lena,
                policies=desk.policies,
                shop_name="Harbour & Vine",
                now=desk.house.clock.now(),
            )
        }
    assert found["hello"].text.startswith("Hi Anna, Lena Marsh here.")
    assert found["hello"].open_fields == []
    assert found["refund_arranged"].open_fields == ["order.number", "case.number"]
    assert found["hello"].promise == ""
    today = found["look_into_it"]  # what says a day fills the ribbon
    assert (today.promise, today.promise_by) == ("our answer", date(2026, 11, 20))
    assert found["carrier_asked"].promise_by == date(2026, 11, 25)  # over a weekend


def test_a_field_without_a_value_is_named_instead_of_sent(desk: Desk) -> None:
    chat = desk.house.chat()
    with (
        desk.house.container.database.read() as session,
        pytest.raises(staff.FieldsOpen, match=r"customer\.first_name"),
    ):
        staff.fill(session, chat.id, desk.lena, "hello", policies=desk.policies, shop_name="S")
    desk.escalate(chat)
    desk.claim(chat)
    with pytest.raises(staff.FieldsOpen, match=r"\{\{order\.number\}\}"):
        desk.reply(chat, "About order {{order.number}}: done")
    assert [m.author for m in desk.house.messages(chat.id)] == []


def test_a_search_goes_by_name_and_title(desk: Desk) -> None:
    chat = desk.house.chat()
    with desk.house.container.database.read() as session:
        found = staff.canned(
            session,
            chat.id,
            desk.lena,
            policies=desk.policies,
            shop_name="S",
            search="label",
            now=desk.house.clock.now(),
        )
    assert [each.name for each in found] == ["label_sent"]


def test_a_field_that_there_is_not_stops_the_start(tmp_path: Path) -> None:
    for file in (ROOT / "policies").glob("*.yml"):
        text = file.read_text()
        (tmp_path / file.name).write_text(text.replace("{{customer.first_name}}", "{{vip.tier}}"))
    with pytest.raises(PolicyError, match=r"canned_replies\.yml, line \d+.*vip\.tier"):
        load_policies(tmp_path)
