"""Two thousand simulated customers: the balance sheet finds what was planted in them, and nothing
where nothing was; and it equals a count of the raw rows.
"""

from pathlib import Path

import pytest

from tests.house import open_house
from tests.touches.crowd import Counted, Crowd, counted_in

CUSTOMERS = 2_000


@pytest.mark.parametrize("planted", [0.20, 0.0])
def test_what_was_planted_is_found_and_the_figures_are_those_of_the_rows(
    planted: float, tmp_path: Path
) -> None:
    with open_house(tmp_path, on="sqlite") as house:
        sheet = Crowd(house, CUSTOMERS, seed=1).live(planted)
        counted = counted_in(tmp_path)
    assert Counted.of(sheet) == counted
    assert sheet.uplift is not None
    assert sheet.uplift.held_out.n == pytest.approx(CUSTOMERS * 0.097, rel=0.2)
    assert counted.dropped == {"opted_out": pytest.approx(CUSTOMERS * 0.03, rel=0.3)}
    assert sheet.uplift.treated.n + sheet.uplift.held_out.n + counted.dropped["opted_out"] == (
        CUSTOMERS
    )
    low, high = sheet.uplift.interval
    assert low <= planted <= high
    assert sheet.uplift.is_clear is (planted > 0)
