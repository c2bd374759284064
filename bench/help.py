"""Measure the answers from the help articles: right passage, false answers, CPU time a question.

    python -m bench.help [--part open|held_out|all] [--errors]

The questions are tests/service/help_questions.yml. While improving, look at the errors of the
open part only; the figure to quote is that of held_out.
"""

import argparse
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from ruamel.yaml import YAML

from careline.service.help import HelpIndex

ROOT = Path(__file__).parents[1]
QUESTIONS = ROOT / "tests" / "service" / "help_questions.yml"
NONE = "none"


@dataclass
class Figures:
    asked: int = 0  # that an article answers
    right_passage: int = 0
    right_article: int = 0
    unanswerable: int = 0
    falsely_answered: int = 0
    milliseconds: list[float] = field(default_factory=list)  # of processor time, each question
    errors: list[str] = field(default_factory=list)

    @property
    def passage_share(self) -> float:
        return self.right_passage / self.asked

    @property
    def article_share(self) -> float:
        return self.right_article / self.asked

    @property
    def false_share(self) -> float:
        return self.falsely_answered / self.unanswerable

    def note(self, question: str, wanted: str, given: str) -> None:
        if wanted == NONE:
            self.unanswerable += 1
            self.falsely_answered += given != NONE
        else:
            self.asked += 1
            self.right_passage += given == wanted
            self.right_article += given.split("#")[0] == wanted.split("#")[0]
        if given != wanted:
            self.errors.append(f"{question!r}: {given}, not {wanted}")


def questions(part: str) -> list[tuple[str, str]]:
    """Question and the section that answers it; of both parts for "all"."""
    parts = YAML(typ="safe").load(QUESTIONS.read_text(encoding="utf-8"))
    chosen = parts.values() if part == "all" else [parts[part]]
    return [(q, section) for one in chosen for section, asked in one.items() for q in asked]


def measure(part: str, index: HelpIndex) -> Figures:
    """Each question alone, without what the message was understood as."""
    figures = Figures()
    index.best("how long does delivery take")  # the articles are read at the first question
    for question, wanted in questions(part):
        began = time.process_time_ns()
        found = index.best(question)
        figures.milliseconds.append((time.process_time_ns() - began) / 1e6)
        given = found.link.removeprefix("/help/") if found else NONE
        figures.note(question, wanted, given)
    return figures


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.help", description=__doc__)
    parser.add_argument("--part", choices=("open", "held_out", "all"), default="all")
    parser.add_argument("--errors", action="store_true", help="show what was answered wrongly")
    given = parser.parse_args()
    for part in ("open", "held_out") if given.part == "all" else (given.part,):
        found = measure(part, HelpIndex(ROOT / "help"))
        times = sorted(found.milliseconds)
        print(f"{part}: {found.asked} answerable, {found.unanswerable} not")
        print(f"  right passage   {found.passage_share:6.1%}")
        print(f"  right article   {found.article_share:6.1%}")
        print(f"  false answers   {found.false_share:6.1%} of those that no article answers")
        print(f"  processor time  {times[len(times) // 2]:.2f} ms median, {times[-1]:.2f} ms most")
        if given.errors:
            print(*found.errors, sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
