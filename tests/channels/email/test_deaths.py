"""Processes die with an e-mail in hand: none is sent twice, and of none is it said that it left
when it did not. Where nobody can know, the record says so.
"""

from pathlib import Path

import pytest

from careline.kit.database import Database
from tests.channels.email.doomed import account, send_with_deaths, write_mails
from tests.channels.email.smtp import smtp_server
from tests.services import postgres_schema
from tests.touches.sending import floor_on

EMAILS = 60
CHANCE = 0.06  # at each of the two moments of an e-mail


def test_each_leaves_once_and_what_nobody_can_know_is_said_to_be_unknown(tmp_path: Path) -> None:
    _leave_once(f"sqlite:///{tmp_path / 'record.db'}", tmp_path)


@pytest.mark.postgres
def test_on_postgresql_as_well(tmp_path: Path) -> None:
    with postgres_schema() as url:
        _leave_once(url, tmp_path)


def _leave_once(url: str, state: Path) -> None:
    database = Database(url)
    database.create_all()
    write_mails(floor_on(database, state), EMAILS)
    with smtp_server() as (smtp_url, kept):
        died = send_with_deaths(database, smtp_url, workers=2, chance=CHANCE, seed=1)
        found = account(database, kept)
    database.close()
    assert (found.doubled, found.lost, found.untold) == (0, 0, 0)
    assert found.unknown == died > 0
    assert found.sent == EMAILS - died
