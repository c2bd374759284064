"""Missing item, missing parcel or late delivery: find out which, then put it right.

One topic, because customers say "my parcel isn't here" for all three; the order's own state
and their words tell them apart, and the case gets the kind that it is.
"""

import re

from actions import wishes
from actions.choices import Option
from actions.details import HowMany
from actions.form import Dialogue, Step, TopicForm
from actions.identify import Identify
from actions.remedy import ChooseRemedy
from actions.settle import SettleRemedy
from actions.task import Task
from actions.which_item import WhichItem
from actions.which_order import WhichOrder
from actions.words import button
from careline.journey.words import CaseKind
from careline.service import orders

PART = "part_missing"
_REASONS = (PART, "says_delivered", "never_came", "late")
_WHERE_IS_IT = re.compile(r"\bwhere(?:'?s|\s+is|\s+are)\s+(?:\w+\s+)?my\b", re.IGNORECASE)
# As an answer to "did the whole parcel not come?"; elsewhere these may mean anything.
_NOTHING_CAME = re.compile(
    r"\b(?:nothing|everything|no\s+(?:parcel|package|sign)|whole|re-?send|neighbou?rs?|not\s+here"
    r"|all\s+of\s+(?:it|them)|(?:don'?t|do\s+not|doesn'?t|haven'?t)\s+(?:even\s+)?(?:have|got)\s+"
    r"(?:it|them|anything))\b",
    re.IGNORECASE,
)


class WhatIsMissing(Step):
    """A part of what came, or the parcel itself; asked only if the words do not tell."""

    slot = "what_is_missing"

    def is_open(self, dialogue: Dialogue) -> bool:
        return "missing" not in dialogue.task.answers

    def ask(self, dialogue: Dialogue, *, again: bool) -> None:
        task = dialogue.task
        if not task.reason and _WHERE_IS_IT.search(task.words):
            task.reason = "never_came"
        if task.reason in _REASONS:
            task.answers["missing"] = task.reason
            return
        if task.order and self._is_under_way(dialogue, task.order):
            task.answers["missing"] = task.reason = "late"
            return
        options = [  # "yes" is neither
            Option("never_came", button("never_came"), also=("parcel", "nothing", "all of it")),
            Option(PART, button("part_missing"), also=("part", "an item", "missing")),
        ]
        dialogue.context.say("utter_question_what_is_missing", options=dialogue.offer(options))

    def read(self, dialogue: Dialogue) -> bool:
        reason = self._told(dialogue)
        if reason not in _REASONS:
            return False
        dialogue.task.answers["missing"] = dialogue.task.reason = reason
        return True

    def _told(self, dialogue: Dialogue) -> str:
        """ "Something's missing", "the clock", "no, and the neighbours don't have it"."""
        text, picked = dialogue.turn_text, dialogue.picked()
        reason = picked.id if picked else wishes.reason_in(text)
        if reason in _REASONS:
            return reason
        context = dialogue.context
        if orders.named_line(context.services, context.customer_id, text):
            dialogue.task.words = f"{dialogue.task.words} {text}".strip()
            return PART
        return "never_came" if _NOTHING_CAME.search(text) else ""

    def _is_under_way(self, dialogue: Dialogue, order_number: str) -> bool:
        context = dialogue.context
        status = orders.status(context.services, context.customer_id, order_number)
        return status is not None and status.delivered_on is None


class _ForPart(WhichItem):
    def is_open(self, dialogue: Dialogue) -> bool:
        return dialogue.task.answers.get("missing") == PART and super().is_open(dialogue)


class _ForParcel(WhichOrder):
    def is_open(self, dialogue: Dialogue) -> bool:
        missing = dialogue.task.answers.get("missing")
        return missing not in (None, PART) and super().is_open(dialogue)


class MissingForm(TopicForm):
    topic = "missing"
    intent = "missing_or_late_delivery"
    kind = CaseKind.MISSING
    order_topic = "delivery"
    steps = (
        Identify(), WhatIsMissing(), _ForPart(), _ForParcel(), HowMany(), ChooseRemedy(),
    )  # fmt: skip

    def kind_of(self, task: Task) -> CaseKind:
        part = task.answers.get("missing", task.reason) == PART
        return CaseKind.MISSING if part else CaseKind.DELIVERY

    def reason_of(self, task: Task) -> str:
        """The service's word for a parcel of which nothing came."""
        reason = task.answers.get("missing", task.reason)
        return "parcel_missing" if reason in ("says_delivered", "never_came") else str(reason)


class SettleMissing(SettleRemedy):
    form = MissingForm
