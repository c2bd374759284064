"""Every goal of the simulated customers once, in one of the voices; with the floors that count.

`python -m tests.customers --runs 10` measures all voices; this is the share that each check takes.
"""

from pathlib import Path

from tests.customers import report
from tests.customers.__main__ import measure
from tests.customers.goals import VOICES, all_goals
from tests.customers.market import Visit
from tests.flows.processes import Bot

SEED = 1
AT_ONCE = 4


def test_simulated_customers_get_what_they_came_for(bot: Bot, tmp_path: Path) -> None:
    planned = [
        Visit(goal, place % len(VOICES), f"C{1001 + place}")
        for place, goal in enumerate(all_goals())
    ]
    outcomes = measure(bot, tmp_path / "var", planned, SEED, AT_ONCE)
    missed = report.Figures.of(outcomes).missed()
    assert not missed, "\n".join([*missed, *report.failures(outcomes)])
