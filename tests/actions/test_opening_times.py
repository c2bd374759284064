"""Who asks for a person hears when one answers, and outside the hours when we are there."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from careline.shops.seed import seed
from tests.actions.talk import Counter, Reader
from tests.house import House, open_house


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with open_house(tmp_path) as house:
        seed(house.container.shop_database, house.clock.now())
        yield house


def test_it_is_said_at_night_and_not_by_day(house: House, reader: Reader) -> None:
    counter = Counter(house.container, reader)
    said = counter.visitor().says("I want to talk to a human")
    assert "hear from them here by 11:00." in said
    house.clock.set(datetime(2026, 11, 21, 22, tzinfo=UTC))  # a Saturday
    said = counter.visitor().says("I want to talk to a human")
    assert (
        "by Monday 23 November at 09:00 (we're here Monday to Friday 08:00 to 20:00 "
        "and Saturday 09:00 to 17:00)." in said
    )
