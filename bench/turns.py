"""Turns a second, waiting, memory, start and training: Careline beside stock Rasa, in one run.

    make bench        or   python -m bench.turns [--turns 200] [--only careline|stock]

Whole turns through the public interface with the record written, against Rasa's REST channel.
Processor time of a turn is told apart: in Rasa, and in the application (gateway, actions, shop).
Prints a table and writes var/bench.json.
"""

import argparse
import json
import os
import platform
import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench import house, processes, stock
from bench.load import Figures, measure
from bench.stock import ROOT, Running

AT_ONCE = (1, 8, 32)
WARM_UP_TURNS = 20


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--turns", type=int, default=200, help="at each level")
    options.add_argument("--only", choices=["careline", "stock"])
    options.add_argument("--out", type=Path, default=ROOT / "var" / "bench.json")
    given = options.parse_args()
    print(f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}, {platform.machine()}")
    sides = {"stock": stock.running, "careline": house.running}
    results = []
    for name, side in sides.items():
        if given.only in (None, name):
            with tempfile.TemporaryDirectory(prefix=f"bench-{name}-") as folder:
                results.append(measured(side, Path(folder) / "state", given.turns))
    report = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "processors": os.cpu_count(),
        "sides": results,
    }
    given.out.parent.mkdir(parents=True, exist_ok=True)
    given.out.write_text(json.dumps(report, indent=2))
    print(table(results))
    print(f"Written to {given.out}.")


def measured(
    side: Callable[[Path], AbstractContextManager[Running]], folder: Path, turns: int
) -> dict[str, Any]:
    with side(folder) as bot:
        print(f"{bot.name}: trained in {bot.trained_in:.0f} s, started in {bot.started_in:.1f} s")
        idle = processes.memory_mb(processes.tree(bot.process))
        measure(bot.conversation, at_once=2, turns=WARM_UP_TURNS, first=0)
        levels, first = [], 100
        for at_once in AT_ONCE:
            figures = one_level(bot, at_once, turns, first)
            first += figures.turns
            levels.append({**asdict(figures), "turns_per_second": figures.turns_per_second})
            print(f"  {at_once:>2} at once: {figures.turns_per_second:.1f} turns/s")
        return {
            "name": bot.name,
            "trained_in_s": bot.trained_in,
            "started_in_s": bot.started_in,
            "memory_idle_mb": idle,
            "memory_after_mb": processes.memory_mb(processes.tree(bot.process)),
            "levels": levels,
        }


def one_level(bot: Running, at_once: int, turns: int, first: int) -> Figures:
    everyone = processes.tree(bot.process)
    rasa = [one for one in everyone if processes.is_rasa(one)]
    others = [one for one in everyone if one not in rasa]
    before = processes.processor_seconds(rasa), processes.processor_seconds(others)
    figures = measure(bot.conversation, at_once=at_once, turns=turns, first=first)
    return replace(
        figures,
        rasa_ms=(processes.processor_seconds(rasa) - before[0]) * 1000 / figures.turns,
        app_ms=(processes.processor_seconds(others) - before[1]) * 1000 / figures.turns,
    )


def table(results: list[dict[str, Any]]) -> str:
    rows: list[tuple[str, Callable[[dict[str, Any]], str]]] = []
    for place, at_once in enumerate(AT_ONCE):
        rows += [
            (f"turns/s, {at_once} at once", _level(place, "turns_per_second", "{:.1f}")),
            ("  p50 ms", _level(place, "p50_ms", "{:.0f}")),
            ("  p95 ms", _level(place, "p95_ms", "{:.0f}")),
            ("  processor ms a turn, Rasa", _level(place, "rasa_ms", "{:.1f}")),
            ("  processor ms a turn, app", _level(place, "app_ms", "{:.1f}")),
            ("  turns (not answered)", _counts(place)),
        ]
    for title, name in (
        ("memory at rest, MB", "memory_idle_mb"),
        ("memory after, MB", "memory_after_mb"),
        ("start to first answer, s", "started_in_s"),
        ("training, s", "trained_in_s"),
    ):
        rows.append((title, lambda side, name=name: f"{side[name]:.0f}"))  # type: ignore[misc]
    lines = [f"{'':<30}" + "".join(f"{side['name']:>14}" for side in results)]
    lines += [f"{title:<30}" + "".join(f"{tell(s):>14}" for s in results) for title, tell in rows]
    return "\n".join(lines)


def _level(place: int, name: str, form: str) -> Callable[[dict[str, Any]], str]:
    return lambda side: form.format(side["levels"][place][name])


def _counts(place: int) -> Callable[[dict[str, Any]], str]:
    def tell(side: dict[str, Any]) -> str:
        level = side["levels"][place]
        return f"{level['turns']} ({level['failed']})"

    return tell


if __name__ == "__main__":
    main()
