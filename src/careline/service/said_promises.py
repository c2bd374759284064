"""What a colleague's own words promise to a customer: what, and by which day.

"You'll have your refund within 5 working days" promises; "your refund was paid on Friday", "can
you send it by Friday?" and "if it isn't there by Friday, tell us" do not. Words are read clause by
clause. A clause promises if it speaks of a day to come and says that we, or what we send, will do
something by then; it does not if it asks, wishes, guesses, tells what has been, tells a rule for
everybody, says what the customer is to do, or hangs on a condition.

Pure: words, the customer's today and the days on which nobody works come in. In doubt it reads a
promise: the writer sees it before it is sent and can say that it is none.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from careline.service import promise_cues as cues
from careline.service import promises
from careline.service.coming_days import Calendar, days_in

MOST = 5  # of one text; who says more has written a list, and the ribbon would be one


@dataclass(frozen=True)
class SaidPromise:
    what: str  # one of service.promises' words
    due_on: date
    words: str  # the clause that says it


def promises_in(words: str, today: date, holidays: Collection[date] = ()) -> list[SaidPromise]:
    """In the order of the words; the same promise said twice is one."""
    calendar = Calendar(today, holidays)
    found: list[SaidPromise] = []
    for clause, before in _clauses(words):
        days = days_in(clause, calendar)
        if not days or not _promises(clause):
            continue
        said = SaidPromise(_what(clause, before), max(each.day for each in days), clause)
        if (said.what, said.due_on) not in [(each.what, each.due_on) for each in found]:
            found.append(said)
    return found[:MOST]


def _what(clause: str, before: str) -> str:
    """ "We'll swap them, and they're with you by Friday": what "they" are, was said before."""
    what = _named(clause)
    if what not in cues.SAYS_LITTLE or not cues.POINTS_BACK.search(clause.lower()):
        return what
    named = _named(before)
    return named if named in cues.THINGS else what


def _named(clause: str) -> str:
    text = _plain(clause)
    return next((what for what, said in cues.WHAT if said.search(text)), promises.DONE)


def _clauses(words: str) -> Sequence[tuple[str, str]]:
    """Parts with a subject of their own, each with what the sentence says before it; without
    questions and what hangs on a condition; what is said before goes on over one full stop."""
    before = ""
    clauses: list[tuple[str, str]] = []
    for sentence in cues.SENTENCE.findall(" \n ".join(words.splitlines()).replace("’", "'")):
        sentence = " ".join(sentence.split())
        if sentence.endswith("?"):
            continue
        sentence = cues.ASKED_TO_TELL.sub("", sentence)
        if cues.HANGS_ON.search(cues.IDIOMS.sub(" ", sentence)):
            continue
        said = ""
        for part in cues.NEXT_SUBJECT.split(sentence):
            clause = part.strip(" ,;:.!–—-")
            if clause:
                clauses.append((clause, f"{before} {said}".strip()))
                said = f"{said} {clause}"
        before = said
    return clauses


def _promises(clause: str) -> bool:
    text = _plain(clause)
    if cues.NO_PROMISE.search(text):
        return False
    if cues.WILL.search(text):
        return True
    if cues.HAS_BEEN.search(text):
        return False
    return cues.CUE.search(text) is not None or cues.WITHOUT_VERB.search(text) is not None


def _plain(clause: str) -> str:
    """Lower case, and without the turns that say "by" or "surely" in the form of a no."""
    return cues.NO_IN_FORM_ONLY.sub(" ", cues.IDIOMS.sub(" ", clause.lower()))
