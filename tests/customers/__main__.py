"""Simulated customers talk to the real bot: `python -m tests.customers --runs 10 --seed 1`."""

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from tests.customers import report
from tests.customers.goals import Goal, all_goals
from tests.customers.market import Visit, open_shop_for, visits
from tests.customers.talk import Outcome, make_visit
from tests.flows import processes
from tests.flows.chat import open_shop
from tests.flows.processes import Bot


def measure(
    bot: Bot, state: Path, planned: Sequence[Visit], seed: int, at_once: int
) -> list[Outcome]:
    """Make all visits against a fresh shop in `state`."""
    open_shop_for(state, processes.ROOT, list(planned), seed)
    settings = processes.app_settings(state, bot)
    with (
        processes.app_process(settings),
        open_shop(settings) as shop,
        ThreadPoolExecutor(at_once) as customers,
    ):
        return list(customers.map(lambda visit: make_visit(shop, visit, seed), planned))


def chosen(names: Sequence[str]) -> list[Goal]:
    goals = [g for g in all_goals() if not names or any(n in g.name or n == g.topic for n in names)]
    if not goals:
        sys.exit(f"There is no goal or topic called {', '.join(names)}.")
    return goals


@contextmanager
def running_bot(folder: Path, ports: str) -> Iterator[Bot]:
    """A Rasa of our own; or one that runs already, on PORT:ACTIONS_PORT."""
    bot = Bot(folder)
    if ports:
        bot.port, bot.actions_port = (int(port) for port in ports.split(":"))
        yield bot
        return
    try:
        bot.start()
        yield bot
    finally:
        bot.stop()


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.customers", description=__doc__)
    parser.add_argument("--runs", type=int, default=10, help="of each goal; five voices in turn")
    parser.add_argument("--seed", type=int, default=1, help="the same seed says the same")
    parser.add_argument("--goal", action="append", default=[], help="a goal or topic; part of it")
    parser.add_argument("--at-once", type=int, default=4, help="customers at the same time")
    parser.add_argument("--failures", type=Path, help="write what went wrong to this file")
    parser.add_argument("--rasa", default="", help="PORT:ACTIONS_PORT of a Rasa that runs already")
    given = parser.parse_args()
    planned = visits(chosen(given.goal), given.runs)
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder, running_bot(Path(folder), given.rasa) as bot:
        outcomes = measure(bot, Path(folder) / "var", planned, given.seed, given.at_once)
    print(*report.table(outcomes), sep="\n")
    print(f"{len(outcomes)} conversations in {time.monotonic() - began:.0f} s, seed {given.seed}")
    if given.failures:
        given.failures.write_text("\n".join(report.failures(outcomes)), encoding="utf-8")
    missed = report.Figures.of(outcomes).missed()
    if missed:
        print("Not reached:", "; ".join(missed))
    return bool(missed)


if __name__ == "__main__":
    sys.exit(main())
