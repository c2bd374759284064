"""Two colleagues at the desk; with services.on_both once on SQLite and once on PostgreSQL."""

import pytest

from tests.conversation.conftest import house
from tests.conversation.staff.desk import Desk, hire
from tests.house import House

__all__ = ["house"]


@pytest.fixture
def desk(house: House) -> Desk:
    return Desk(house, hire(house, "Lena Marsh"), hire(house, "Tom Hale"))
