"""A house for each test; with services.on_both one on SQLite and one on PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house import RECORD, House, open_house


@pytest.fixture
def house(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[House]:
    with open_house(tmp_path, on=getattr(request, "param", RECORD)) as opened:
        yield opened
