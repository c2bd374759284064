import pytest

from tests.conversation.staff.desk import Desk, hire
from tests.house import House


@pytest.fixture
def desk(house: House) -> Desk:
    return Desk(house, hire(house, "Lena Marsh"), hire(house, "Tom Hale"))
