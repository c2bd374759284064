"""The interval against the paper's own examples and another way to compute it; and its promise:
95 of 100 times it holds the truth."""

import random
from math import sqrt

import pytest

from careline.touches.uplift import TOO_FEW, Z_95, Arm, Uplift, newcombe, wilson

# Newcombe 1998, table II: the eight contrasts, method 10.
PUBLISHED = [
    ((56, 70), (48, 80), (0.0524, 0.3339)),
    ((9, 10), (3, 10), (0.1705, 0.8090)),
    ((6, 7), (2, 7), (0.0582, 0.8062)),
    ((5, 56), (0, 29), (-0.0381, 0.1926)),
    ((0, 10), (0, 20), (-0.1611, 0.2775)),
    ((0, 10), (0, 10), (-0.2775, 0.2775)),
    ((10, 10), (0, 20), (0.6791, 1.0000)),
    ((10, 10), (0, 10), (0.6075, 1.0000)),
]


@pytest.mark.parametrize(("one", "other", "interval"), PUBLISHED)
def test_the_papers_examples_come_out_as_printed(
    one: tuple[int, int], other: tuple[int, int], interval: tuple[float, float]
) -> None:
    low, high = newcombe(Arm(one[1], one[0]), Arm(other[1], other[0]))
    assert (low, high) == pytest.approx(interval, abs=0.00006)


def searched(n: int, reached: int, *, upwards: bool) -> float:
    """Wilson's limit as he defined it, found by halving: the share whose own error just reaches
    what was seen."""
    p = reached / n
    low, high = (p, 1.0) if upwards else (0.0, p)
    for _ in range(200):
        middle = (low + high) / 2
        is_within = abs(p - middle) <= Z_95 * sqrt(middle * (1 - middle) / n)
        if is_within is upwards:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def test_wilsons_limits_are_those_that_a_search_finds() -> None:
    chance = random.Random(5)
    for _ in range(300):
        n = chance.randint(1, 5000)
        reached = chance.choice([0, n, chance.randint(0, n)])
        expected = tuple(searched(n, reached, upwards=up) for up in (False, True))
        assert wilson(Arm(n, reached)) == pytest.approx(expected, abs=1e-7)


def drawn(chance: random.Random, n: int, share: float) -> Arm:
    return Arm(n, sum(chance.random() < share for _ in range(n)))


@pytest.mark.parametrize(("share", "uplift"), [(0.10, 0.05), (0.10, 0.0), (0.02, 0.0), (0.5, 0.05)])
def test_of_a_hundred_intervals_about_95_hold_the_truth(share: float, uplift: float) -> None:
    chance, rounds, held = random.Random(1998), 400, 0
    for _ in range(rounds):
        low, high = newcombe(drawn(chance, 900, share + uplift), drawn(chance, 100, share))
        held += low <= uplift <= high
    # 95% of 400 is 380; four standard errors either side.
    assert 362 <= held <= 398


def test_with_few_in_either_group_it_does_not_say() -> None:
    assert not Uplift(Arm(1000, 900), Arm(TOO_FEW - 1, 1)).is_enough
    assert not Uplift(Arm(TOO_FEW - 1, 1), Arm(1000, 900)).is_clear
    clear = Uplift(Arm(1000, 200), Arm(200, 10))
    assert (clear.is_enough, clear.is_clear) == (True, True)
    assert not Uplift(Arm(1000, 100), Arm(200, 20)).is_clear
