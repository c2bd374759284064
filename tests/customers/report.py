"""What the runs come to: a line for each goal, and the figures that count."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median

from tests.customers.talk import STUCK, WRONG_ACTION, Outcome

RIGHT_AT_LEAST = 0.9
MEDIAN_TURNS_AT_MOST = 6


@dataclass(frozen=True)
class Figures:
    runs: int
    right: int
    wrong_actions: int
    stuck: int
    median_turns: float
    asked_again: int

    @classmethod
    def of(cls, outcomes: Sequence[Outcome]) -> "Figures":
        return cls(
            runs=len(outcomes),
            right=sum(outcome.is_right for outcome in outcomes),
            wrong_actions=sum(outcome.verdict == WRONG_ACTION for outcome in outcomes),
            stuck=sum(outcome.verdict == STUCK for outcome in outcomes),
            median_turns=median(outcome.turns for outcome in outcomes),
            asked_again=sum(len(outcome.asked_again) for outcome in outcomes),
        )

    def missed(self) -> list[str]:
        """Which of the floors were not reached."""
        checks = (
            (self.right >= RIGHT_AT_LEAST * self.runs, f"only {self.right} of {self.runs} right"),
            (self.wrong_actions == 0, f"{self.wrong_actions} wrong actions"),
            (self.stuck == 0, f"{self.stuck} stuck"),
            (self.median_turns <= MEDIAN_TURNS_AT_MOST, f"median of {self.median_turns} turns"),
            (self.asked_again == 0, f"{self.asked_again} questions about what was said"),
        )
        return [words for reached, words in checks if not reached]


def table(outcomes: Sequence[Outcome]) -> Iterator[str]:
    by_goal: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        by_goal.setdefault(outcome.visit.goal.name, []).append(outcome)
    yield f"{'goal':52} {'right':>7} {'turns':>5}  {'asked again':>11}  otherwise"
    for name, mine in by_goal.items():
        figures = Figures.of(mine)
        otherwise = Counter(o.verdict for o in mine if not o.is_right)
        words = ", ".join(f"{count} {verdict}" for verdict, count in otherwise.items())
        again = figures.asked_again or ""
        right = f"{figures.right}/{figures.runs}"
        yield f"{name:52} {right:>7} {figures.median_turns:>5g}  {again:>11}  {words}".rstrip()
    all_of_it = Figures.of(outcomes)
    yield ""
    for verdict, count in Counter(outcome.verdict for outcome in outcomes).most_common():
        yield f"{verdict:24} {count:5} of {all_of_it.runs}  {count / all_of_it.runs:6.1%}"
    yield f"{'right':24} {all_of_it.right / all_of_it.runs:.1%}"
    yield f"{'median customer turns':24} {all_of_it.median_turns:g}"
    yield f"{'asked what was said':24} {all_of_it.asked_again}"


def failures(outcomes: Sequence[Outcome]) -> Iterator[str]:
    """The conversations to read: what went wrong, and what was said."""
    for outcome in outcomes:
        if outcome.is_right and not outcome.asked_again:
            continue
        visit = outcome.visit
        yield f"## {visit.goal.name} · {outcome.voice} · run {visit.run} · {visit.ref}"
        again = f"; asked again: {', '.join(outcome.asked_again)}" if outcome.asked_again else ""
        yield f"{outcome.verdict}: {outcome.why}{again}"
        yield from outcome.transcript
        yield ""
