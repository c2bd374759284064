"""What the app makes of days and products in messages does not get worse; the bot's half of the
set is held in tests/bot/test_entities_measured.py. Figures: `python -m bench.entities`.
"""

import pytest

from bench.entities import tallies
from bench.entity_set import IN_APP, IN_BOT, Tally, read_set

# Precision and recall; three products of the 27 held out could be missed before somebody looks.
FLOORS = {
    ("open", "day"): (0.95, 0.95),
    ("open", "product"): (0.95, 0.95),
    ("held_out", "day"): (0.95, 0.95),
    ("held_out", "product"): (0.95, 0.9),
}


@pytest.fixture(scope="module")
def measured() -> dict[str, dict[str, Tally]]:
    return {part: tallies(read_set(part)) for part in ("open", "held_out")}


@pytest.mark.parametrize(("part", "entity"), FLOORS)
def test_days_and_products_are_understood_as_well_as_before(
    measured: dict[str, dict[str, Tally]], part: str, entity: str
) -> None:
    precision, recall = FLOORS[part, entity]
    assert measured[part][entity].precision >= precision
    assert measured[part][entity].recall >= recall


def test_the_set_is_as_broad_as_it_says() -> None:
    rows = read_set()
    assert len({row.text for row in rows}) == len(rows) >= 330
    names = {name for row in rows for name, _ in row.expected}
    assert names == {*IN_BOT, *IN_APP} - {"day"}
    assert sum(not row.expected for row in rows) >= 100
    assert 0.3 < len(read_set("held_out")) / len(rows) < 0.36
