"""Draw where the application's processor time of a turn goes, from profiles of two states of it.

    py-spy record --gil -r 200 -f raw -o after.raw --pid … (while bench.turns runs), then
    python -m bench.where before.raw 54 after.raw 15 > docs/pictures/turn.svg

The numbers are the processor milliseconds a turn that were measured without the profiler.
"""

import argparse
from collections import Counter
from collections.abc import Iterator
from html import escape
from pathlib import Path

# What a stack belongs to, by the first name that is found in it.
PARTS = (
    ("actions that Rasa calls", ("SupportAction.run", "ActionExecutor.run")),
    ("opening conversations", ("open_session", "PageIdentity")),
    ("the turn: receive, ask, finish", (
        "Lanes.", "Gateway.", "_outcome", "_look", "sessions.py)",
    )),
    ("background", ("Background.",)),
    ("HTTP, event loop, threads", ("",)),
)  # fmt: skip
DATABASE = "sqlalchemy"
WIDTH, LEFT, ROW = 760, 250, 46
COLOURS = {"database": "#2f6f8f", "other": "#d9a441"}


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    for state in ("before", "after"):
        options.add_argument(state, type=Path)
        options.add_argument(f"{state}_ms", type=float)
    given = options.parse_args()
    before = milliseconds(given.before, given.before_ms)
    after = milliseconds(given.after, given.after_ms)
    print(drawn([("before", given.before_ms, before), ("after", given.after_ms, after)]))


def milliseconds(profile: Path, of_a_turn: float) -> Counter[tuple[str, str]]:
    """(part, database or other) -> processor milliseconds of a turn."""
    samples: Counter[tuple[str, str]] = Counter()
    for line in profile.read_text().splitlines():
        stack, _, count = line.rpartition(" ")
        part = next(name for name, signs in PARTS if any(sign in stack for sign in signs))
        samples[part, "database" if DATABASE in stack else "other"] += int(count)
    total = samples.total()
    return Counter({key: round(count * of_a_turn / total, 2) for key, count in samples.items()})


def drawn(states: list[tuple[str, float, Counter[tuple[str, str]]]]) -> str:
    scale = (WIDTH - LEFT - 90) / max(
        sum(spent[name, kind] for kind in COLOURS) for _, _, spent in states for name, _ in PARTS
    )
    body = [*_key(states)]
    for place, (name, _) in enumerate(PARTS):
        top = 50 + place * ROW
        body.append(_text(LEFT - 12, top + 22, name, "end"))
        for row, (state, _, spent) in enumerate(states):
            body += _bar(top + 4 + row * 16, [spent[name, kind] for kind in COLOURS], scale, state)
    height = 50 + len(PARTS) * ROW + 8
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
            'font-family="system-ui, sans-serif" font-size="13">',
            f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
            *body,
            "</svg>",
        ]
    )


def _key(states: list[tuple[str, float, Counter[tuple[str, str]]]]) -> Iterator[str]:
    sums = ", ".join(f"{state} {total:g}" for state, total, _ in states)
    yield _text(12, 24, f"The application's processor time of a turn, milliseconds: {sums}")
    for place, (kind, colour) in enumerate(COLOURS.items()):
        left = WIDTH - 170 + place * 90
        yield f'<rect x="{left}" y="13" width="12" height="12" fill="{colour}"/>'
        yield _text(left + 17, 24, kind)


def _bar(top: int, parts: list[float], scale: float, state: str) -> Iterator[str]:
    left = float(LEFT)
    for length, colour in zip(parts, COLOURS.values(), strict=True):
        yield (
            f'<rect x="{left:.1f}" y="{top}" width="{length * scale:.1f}" height="13" '
            f'fill="{colour}"/>'
        )
        left += length * scale
    yield _text(left + 6, top + 11, f"{sum(parts):.1f} {state}", size=11)


def _text(x: float, y: float, words: str, anchor: str = "start", size: int = 13) -> str:
    return (
        f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}" font-size="{size}" '
        f'fill="#222222">{escape(words)}</text>'
    )


if __name__ == "__main__":
    main()
