"""Plant an uplift in simulated customers and see whether the balance sheet finds it.

    python -m bench.uplift [--customers 20000] [--planted 0.05] [--seed 1]

The customers go through the real doors, on a SQLite file: signed events of the shop, planner, gate,
hold-out, dispatch, outcomes, balance sheet, with the policies and playbooks that are shipped. Once
with the uplift planted and once with none. Ends with 1 if an interval does not hold the truth, or
a figure differs from a count of the raw rows.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.house import open_house
from tests.touches.crowd import Counted, Crowd, counted_in


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--customers", type=int, default=20_000)
    options.add_argument("--planted", type=float, default=0.05)
    options.add_argument("--seed", type=int, default=1)
    given = options.parse_args()
    missed = [
        wrong
        for planted in (given.planted, 0.0)
        for wrong in measure(given.customers, planted, given.seed)
    ]
    print("\n".join(["", *(f"MISSED {what}" for what in missed)]) if missed else "\nAll goals met.")
    return 1 if missed else 0


def measure(customers: int, planted: float, seed: int) -> Iterator[str]:
    """What is not as it should be."""
    started, used = time.monotonic(), time.process_time()
    with tempfile.TemporaryDirectory() as folder, open_house(Path(folder), on="sqlite") as house:
        sheet = Crowd(house, customers, seed).live(planted)
        counted = counted_in(Path(folder))
    found = Counted.of(sheet)
    assert sheet.uplift is not None
    low, high = sheet.uplift.interval
    print(f"== {customers:,} customers, {planted * 100:g} points planted, seed {seed}")
    print(f"  {_share(found.treated.n, found.treated.reached)} of those who heard it ordered again")
    print(f"  {_share(found.held_out.n, found.held_out.reached)} of those held out")
    print(f"  held by reason: {sheet.held}; dropped: {sheet.dropped}")
    print(f"  uplift {sheet.uplift.difference:.2%}, interval {low:.2%} to {high:.2%}")
    print(f"  {'the same' if found == counted else 'NOT the same'} in a count of the raw rows")
    spent = time.process_time() - used
    print(f"  {time.monotonic() - started:.0f} s, {spent:.0f} s of the processor")
    if found != counted:
        yield f"{planted:g} planted: {found} in the sheet, {counted} in the rows"
    if not low <= planted <= high:
        yield f"{planted:g} planted: the interval is {low:.4f} to {high:.4f}"


def _share(n: int, reached: int) -> str:
    return f"{reached:,} of {n:,} ({reached / n:.2%})"


if __name__ == "__main__":
    sys.exit(main())
