"""What a touch is worth: how many more reach its goal than of those who were held out. Pure.

The interval is Newcombe's hybrid score interval, method 10 of R. G. Newcombe, "Interval estimation
for the difference between independent proportions", Statistics in Medicine 17 (1998), 873-890: two
Wilson intervals put together. It stays honest with small groups and shares near 0 and 1, where
the textbook's interval does not.
"""

from dataclasses import dataclass
from math import sqrt

Z_95 = 1.959963984540054  # of the normal distribution, for 95% two-sided
TOO_FEW = 30  # customers in either group: below it a figure would be read as more than it is


@dataclass(frozen=True)
class Arm:
    """Customers of one group, and how many of them reached the goal."""

    n: int
    reached: int

    @property
    def share(self) -> float:
        return self.reached / self.n if self.n else 0.0


@dataclass(frozen=True)
class Uplift:
    """`difference`, `low` and `high` are shares: 0.05 is five points of a hundred."""

    treated: Arm
    held_out: Arm

    @property
    def is_enough(self) -> bool:
        return min(self.treated.n, self.held_out.n) >= TOO_FEW

    @property
    def difference(self) -> float:
        return self.treated.share - self.held_out.share

    @property
    def interval(self) -> tuple[float, float]:
        return newcombe(self.treated, self.held_out)

    @property
    def is_clear(self) -> bool:
        """Whether no difference at all is outside of what the figures allow."""
        low, high = self.interval
        return self.is_enough and (low > 0 or high < 0)


def newcombe(first: Arm, second: Arm) -> tuple[float, float]:
    """95% interval of the first share minus the second. Both groups have somebody in them."""
    (low_1, high_1), (low_2, high_2) = wilson(first), wilson(second)
    difference = first.share - second.share
    below = sqrt((first.share - low_1) ** 2 + (high_2 - second.share) ** 2)
    above = sqrt((high_1 - first.share) ** 2 + (second.share - low_2) ** 2)
    return difference - below, difference + above


def wilson(arm: Arm) -> tuple[float, float]:
    """95% score interval of one share, without a correction for continuity."""
    n, p, z = arm.n, arm.share, Z_95
    middle = 2 * n * p + z**2
    half = z * sqrt(z**2 + 4 * n * p * (1 - p))
    return (middle - half) / (2 * (n + z**2)), (middle + half) / (2 * (n + z**2))
