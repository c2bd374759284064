"""The points of the emotion curve, for an SVG drawn on the server; pure arithmetic."""

from collections.abc import Sequence
from dataclasses import dataclass

from careline.journey.queries import Feeling

WIDTH, HEIGHT = 800, 96
MARGIN = 10  # so that a dot at the edge is not cut
BEST = 3  # and the worst is -3
DRAWN = 120  # points; more cannot be told apart


@dataclass(frozen=True)
class Dot:
    x: float
    y: float
    words: str
    mood: str  # pleased | unhappy | neutral


@dataclass(frozen=True)
class Curve:
    dots: tuple[Dot, ...]
    line: str  # the points attribute of a polyline
    middle: float  # the height at which neutral lies
    n: int


def draw(feelings: Sequence[Feeling]) -> Curve | None:
    """None when nothing is known; one message after the other, not to the scale of time."""
    if not feelings:
        return None
    latest = feelings[-DRAWN:]
    step = (WIDTH - 2 * MARGIN) / max(1, len(latest) - 1)
    dots = tuple(
        Dot(
            round(MARGIN + index * step, 1),
            _height(one.value),
            f"{one.emotion}, {one.at:%d %b %Y %H:%M} UTC",
            _mood(one.value),
        )
        for index, one in enumerate(latest)
    )
    line = " ".join(f"{dot.x},{dot.y}" for dot in dots)
    return Curve(dots, line, _height(0), len(latest))


def _height(value: int) -> float:
    return round(MARGIN + (BEST - value) / (2 * BEST) * (HEIGHT - 2 * MARGIN), 1)


def _mood(value: int) -> str:
    if value == 0:
        return "neutral"
    return "pleased" if value > 0 else "unhappy"
