"""The step that finds the order line the customer means, by button or in their own words."""

import re

from babel.lists import format_list

from actions import also_asked, wishes
from actions import task as tasks
from actions.choices import Option, by_words
from actions.form import Dialogue, Step
from actions.words import button
from careline.journey.words import CaseKind, HandoverReason
from careline.service import cases, orders
from careline.service.facts import LineChoice

_NAMED = 0.75  # how well the customer's words must fit a line for it to be taken as named
_AHEAD = 0.2  # and how far ahead of the next one it must be
_SHOWN = 4
_MOST = 12
_NAMED_TOO = 0.6  # beside another one that is named as well
_BOTH = re.compile(
    r"\b(?:both|all|each|everything|and|as\s+well\s+as|plus|together\s+with)\b|&", re.IGNORECASE
)
_ALL = re.compile(
    r"^\W*(?:(?:i'?d\s+like|i\s+want|it'?s|well|oh|yes|please)\b\W*)*(?:to\s+(?:return|send\s+back)\s+)?"
    r"(?:both|all|everything|each)(?:\s+(?:of\s+)?(?:them|those|these|it|the\s+\w+|two|three))*"
    r"(?:\s+(?:please|pls|actually|thanks))*\W*$",
    re.IGNORECASE,
)
_INSTEAD = re.compile(
    r"^\W*(?:(?:no|nope|not\s+(?:that|those|this|these)|wait|sorry|actually|i\s+meant?|rather)"
    r"\b[\s,.!–-]*)+(?:(?:it'?s|it\s+was|i\s+mean)\b\s*)?",
    re.IGNORECASE,
)


class WhichItem(Step):
    slot = "order_line"

    def is_open(self, dialogue: Dialogue) -> bool:
        return dialogue.task.line is None

    def ask(self, dialogue: Dialogue, *, again: bool) -> None:
        task, context = dialogue.task, dialogue.context
        found = self._choices(dialogue, task.words)
        if context.turn.unclear_words and not again:
            found = self._named_before(dialogue) or found
        if not found:
            self._nothing_fits(dialogue)
            return
        several = _all_named(found) if not again and _is_of_several(dialogue) else []
        if several and not task.answers.get("refused_lines"):
            self._take_all(dialogue, several)
            context.say(f"utter_{task.topic}_named", facts=_facts(dialogue, several[0]))
            return
        of_touch = None if again else _of_touch(dialogue, found)
        named = found[0] if not again and _is_named(found) else of_touch
        if named is not None and not task.answers.get("refused_lines"):
            _take(dialogue, named)
            facts = _facts(dialogue, named)
            context.say(f"utter_{task.topic}_named", facts=facts)
            return
        if len(found) == 1 and not again:
            line = found[0]
            options = [
                Option(_id(line), button("yes"), also=(line.product,), is_yes=True),
                Option("other", button("another_item"), is_no=True),
            ]
            context.say(
                f"utter_{task.topic}_is_it",
                options=dialogue.offer(options),
                facts=_facts(dialogue, line),
            )
            return
        options = [
            Option(_id(line), _title(line, found), also=_also(line)) for line in found[:_SHOWN]
        ]
        options.append(Option("other", button("none_of_these"), is_no=True))
        response = "utter_which_item_again" if again else f"utter_{task.topic}_which_item"
        context.say(response, options=dialogue.offer(options))

    def read(self, dialogue: Dialogue) -> bool:
        picked, task = dialogue.picked(), dialogue.task
        if picked and picked.id.startswith("line:"):
            return self._take_by_id(dialogue, picked.id.removeprefix("line:"))
        if self._take_several(dialogue):
            return True
        if self._take_by_words(dialogue):
            return True
        if picked and picked.id == "other":
            refused = task.answers.setdefault("refused_lines", [])
            refused.extend(o.id.removeprefix("line:") for o in task.offered())
            task.order = None
            return True
        return False

    def correct(self, dialogue: Dialogue) -> bool:
        """ "No, the blue one": the words fit another line clearly better than the one taken."""
        task = dialogue.task
        if task.line is None or len(dialogue.turn_text) < 3:
            return False
        return self._take_by_words(dialogue, other_than=task.line) or self._take_instead(dialogue)

    def _take_instead(self, dialogue: Dialogue) -> bool:
        """What sets one of their things apart is enough after "no" or "actually"."""
        lead = _INSTEAD.match(dialogue.turn_text)
        if lead is None:
            return False
        found = self._choices(dialogue, dialogue.task.words, everything=True)
        options = [Option(_id(line), _title(line, found), _also(line)) for line in found]
        meant = by_words(dialogue.turn_text[lead.end() :], options)
        if meant is None or meant.id == f"line:{dialogue.task.line}":
            return False
        return self._take_by_id(dialogue, meant.id.removeprefix("line:"))

    def _take_several(self, dialogue: Dialogue) -> bool:
        """ "Both", "all of them", "the jeans and the clock": one after the other."""
        text, offered = dialogue.turn_text, dialogue.task.offered()
        if not text or dialogue.context.turn.choice is not None or not _BOTH.search(text):
            return False
        shown = {o.id.removeprefix("line:") for o in offered if o.id.startswith("line:")}
        if _ALL.match(text):
            found = self._choices(dialogue, dialogue.task.words)
            several = [line for line in found if line.line_id in shown]
        else:
            several = _all_named(self._choices(dialogue, text))
        if len(several) < 2:
            return False
        self._take_all(dialogue, several)
        return True

    def _take_all(self, dialogue: Dialogue, lines: list[LineChoice]) -> None:
        """The first one now; the others wait, as requests of their own."""
        task, (first, *others) = dialogue.task, lines
        _take(dialogue, first)
        for line in others:
            said = f"{line.product} {line.order_number}"
            also_asked.let_wait(dialogue, task.intent, said, line=line.line_id)
        rest = format_list([line.product for line in others], locale="en_GB")
        dialogue.context.say("utter_one_by_one", item=first.product, others=rest)

    def _take_by_words(self, dialogue: Dialogue, other_than: str | None = None) -> bool:
        turn, task = dialogue.context.turn, dialogue.task
        number = turn.entity("order_number")
        if not turn.text:
            return False
        found = orders.choices(
            dialogue.context.services,
            dialogue.context.customer_id,
            kind=dialogue.form.kind_of(task),
            words=turn.text,
            order_number=number,
        )
        if number and not found:
            dialogue.context.say("utter_order_not_found", number=number)
            return True
        if number and found and len(found) > 1 and not _is_named(found):
            task.order = number
            task.line = None
            return other_than is None
        if not found or not (number or _is_named(found)) or found[0].line_id == other_than:
            return False
        _take(dialogue, found[0])
        return True

    def _take_by_id(self, dialogue: Dialogue, line_id: str) -> bool:
        for line in self._choices(dialogue, dialogue.task.words, everything=True):
            if line.line_id == line_id:
                _take(dialogue, line)
                return True
        return False

    def _named_before(self, dialogue: Dialogue) -> list[LineChoice]:
        """ "I'm disappointed with the jeans", we asked back, "the seam came apart": the jeans."""
        words = f"{dialogue.context.turn.unclear_words} {dialogue.task.words}"
        found = self._choices(dialogue, words)
        return found if found and _is_named(found) else []

    def _choices(
        self, dialogue: Dialogue, words: str, *, everything: bool = False
    ) -> list[LineChoice]:
        task = dialogue.task
        found = self._choices_of(
            dialogue, dialogue.form.kind_of(task), words, None if everything else task.order
        )
        refused = set(task.answers.get("refused_lines", ()))
        return found if everything else [line for line in found if line.line_id not in refused]

    def _choices_of(
        self, dialogue: Dialogue, kind: CaseKind, words: str, order_number: str | None = None
    ) -> list[LineChoice]:
        context = dialogue.context
        return orders.choices(
            context.services,
            context.customer_id,
            kind=kind,
            words=words,
            order_number=order_number,
            limit=_MOST,
        )

    def _nothing_fits(self, dialogue: Dialogue) -> None:
        """An order that is not theirs, or nothing left to choose from: a clear way on."""
        task, context = dialogue.task, dialogue.context
        if task.order:
            number, task.order = task.order, None
            context.say("utter_order_not_found", number=number)
            if self._choices(dialogue, task.words):
                self.ask(dialogue, again=False)
                return
        if task.topic == "exchange" and self._choices_of(dialogue, CaseKind.CHANGE, task.words):
            dialogue.switch("change_order")  # not sent yet: nothing to swap, only to change
            return
        with context.services.database.read() as session:
            latest = cases.latest_number(session, context.customer_id)
        if latest is None or task.answers.get("refused_lines"):
            context.say("utter_nothing_fits")
            dialogue.hand_over(HandoverReason.POLICY_EXCEPTION)
            return
        person = {"title": button("person"), "payload": "/talk_to_human"}
        context.say("utter_nothing_fits_but_case", buttons=[person], case=latest)
        dialogue.end(tasks.REFUSED)


def _is_named(found: list[LineChoice]) -> bool:
    """The customer's words fit the first line well, and no other nearly as well."""
    best = found[0].score
    return best >= _NAMED and (len(found) == 1 or best - found[1].score >= _AHEAD)


def _is_of_several(dialogue: Dialogue) -> bool:
    """ "The jeans and the clock", and not "the clock is broken and I want to return the jeans"."""
    task = dialogue.task
    cause = wishes.TOPIC_OF_REASON.get(wishes.reason_in(task.words), task.intent)
    one_matter = cause == task.intent and not dialogue.context.turn.others
    return one_matter and _BOTH.search(task.words) is not None


def _all_named(found: list[LineChoice]) -> list[LineChoice]:
    """Those that the words name, where they name several different things; [] otherwise."""
    named = [line for line in found if line.score >= _NAMED_TOO]
    products = {line.product for line in named}
    return named if 1 < len(named) == len(products) else []


def _of_touch(dialogue: Dialogue, found: list[LineChoice]) -> LineChoice | None:
    """The thing that we asked about ourselves, or the only one in that order: no need to ask."""
    line = dialogue.task.answers.get("of_touch")
    if line is None:
        return None
    if len(found) == 1:
        return found[0]
    return next((choice for choice in found if choice.line_id == line), None)


def _take(dialogue: Dialogue, line: LineChoice) -> None:
    """This line from now on; what was said of another one's size or remedy is void."""
    task = dialogue.task
    task.line, task.order, task.item = line.line_id, line.order_number, line.product
    task.quantity = 1 if line.quantity == 1 else None
    task.wanted, task.remedy, task.remedies = {}, None, []
    for known in ("wanted_known", "variants_shown", "variants_near"):
        task.answers.pop(known, None)
    task.answers["line_quantity"] = line.quantity
    task.answers["line_category"] = line.category


def _id(line: LineChoice) -> str:
    return f"line:{line.line_id}"


def _title(line: LineChoice, among: list[LineChoice]) -> str:
    """Short enough for a button; the variant or order only where it tells two apart."""
    same = [other for other in among if other.product == line.product]
    title = line.product
    if len({other.variant for other in same}) > 1 and line.variant:
        title = f"{title}, {line.variant}"
    if len({other.order_number for other in same}) > 1:
        title = f"{title} ({line.order_number})"
    return title


def _also(line: LineChoice) -> tuple[str, ...]:
    return (line.product, line.order_number, *filter(None, line.variant.split(", ")))


def _facts(dialogue: Dialogue, line: LineChoice) -> dict[str, str]:
    when = line.delivered_on or line.placed_on
    verb = "delivered" if line.delivered_on else "ordered"
    return {
        "item": line.product,
        "order": line.order_number,
        "when": f"{verb} {dialogue.context.day(when)}",
    }
