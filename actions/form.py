"""The form that every topic is: steps to take, and how a conversation may bend around them.

Rasa activates a topic's form by a rule; from then on each message comes to its
`validate_<topic>_form`, which is a TopicForm. It reads the answer, or follows the customer
where they go (a correction, a question, another request, a person, never mind), and asks
the next thing that is not known. When the form ends, Rasa runs `action_settle_<topic>`.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.interfaces import Tracker

from actions import (
    also_asked,
    bends,
    beside,
    help,
    quantities,
    survey,
    taken_up,
    touched,
    wishes,
    yes_or_no,
)
from actions import task as tasks
from actions.base import SupportAction
from actions.choices import Option, match
from actions.context import Context
from actions.task import Task
from careline.journey.words import CaseKind, HandoverReason, Resolution
from careline.service import faulty
from careline.service.facts import Request

MISREAD_TWICE = 2
ASKED_AT_MOST = 2  # times running without anything learned; then a person
# In words that Rasa does not read now; five digits alone may be a postcode.
_ORDER_NUMBER = re.compile(r"(?:\b(?:order|number|no\.?|nr\.?)|#)\W{0,3}(?:is\W+)?(\d{5})\b", re.I)


def order_number_in(words: str) -> str | None:
    found = _ORDER_NUMBER.search(words)
    return found[1] if found else None


@dataclass
class Dialogue:
    """One run of a form: the context and what is remembered, passed to every step."""

    context: Context
    task: Task
    form: "TopicForm"
    known_before: dict[str, Any] | None = None  # of the task, before this turn
    asked_slot: str | None = None  # the question that the message may answer
    taken_from: str = ""  # the conversation that left this open, if it is taken up now
    has_answered: bool = False  # a question of theirs, from an article
    is_waiting: bool = False  # the customer wants time: the question stands, and is not repeated

    @property
    def turn_text(self) -> str:
        return self.context.turn.text

    @property
    def is_asked_enough(self) -> bool:
        """The question that stands was asked so often that it is not repeated."""
        return self.task.asked.get(self.asked_slot or "", 0) >= ASKED_AT_MOST

    def offer(self, options: Sequence[Option]) -> list[Option]:
        """Remember the options of the question that is being asked."""
        self.task.options = [option.as_json() for option in options]
        return list(options)

    def picked(self) -> Option | None:
        """The option on offer that the customer's answer means."""
        turn, options = self.context.turn, self.task.offered()
        if turn.choice is not None:
            return next((option for option in options if option.id == turn.choice), None)
        if not turn.text or not options:
            return None
        return match(
            turn.text,
            options,
            is_yes=yes_or_no.is_yes(turn.text, turn.intent),
            is_no=yes_or_no.is_no(turn.text, turn.intent),
        )

    def end(self, outcome: str) -> None:
        self.task.outcome = outcome

    def switch(self, intent: str, *, instead_of_this: str = "") -> None:
        """Go on as another topic: the same trouble, or, with new words, something else."""
        self.task.outcome, self.task.go_on_with = tasks.SWITCHED, intent
        self.task.fresh_words = instead_of_this

    def hand_over(self, reason: HandoverReason) -> None:
        self.task.outcome, self.task.handover = tasks.HANDED_OVER, reason.value

    def request(self) -> Request:
        """What is known so far, as the service functions take it."""
        task, context = self.task, self.context
        return Request(
            key=f"{task.conversation or context.turn.conversation_id}:{task.request}:{task.topic}",
            kind=self.form.kind_of(task),
            customer_id=context.customer_id,
            conversation_id=context.turn.conversation_id,
            order_number=task.order,
            line_id=task.line,
            quantity=task.quantity or 1,
            wished=task.wish,
            details=task.words,
            reason=self.form.reason_of(task),
            has_photo=bool(task.has_photo),
            wanted=task.wanted,
        )


class Step:
    """One thing to learn. `slot` is the name under which Rasa's form knows it."""

    slot: str
    is_an_offer = False  # a question is answered before an option is looked for in its words

    def is_open(self, dialogue: Dialogue) -> bool:
        raise NotImplementedError

    def ask(self, dialogue: Dialogue, *, again: bool) -> None:
        """Say the question, or settle the step without one if the answer is known."""
        raise NotImplementedError

    def may_be_answered(self, dialogue: Dialogue) -> bool:
        """Whether the message may answer it: as a rule while it is open."""
        return self.is_open(dialogue)

    def read(self, dialogue: Dialogue) -> bool:
        """Take the answer to the question; False if the message does not hold one."""
        raise NotImplementedError

    def correct(self, dialogue: Dialogue) -> bool:
        """Take a correction of an answer given earlier; False if the message holds none."""
        return False


class TopicForm(SupportAction):
    """The base of every topic's validation action."""

    topic: str
    intent: str
    kind: CaseKind
    order_topic: str = ""  # for topics about a whole order: which of them fit
    steps: Sequence[Step]

    def name(self) -> str:
        return f"validate_{self.topic}_form"

    def kind_of(self, task: Task) -> CaseKind:
        return self.kind

    def reason_of(self, task: Task) -> str:
        return task.reason

    def begin(self, dialogue: Dialogue) -> None:
        """A topic's own reading of the first message."""

    def rated(self, dialogue: Dialogue) -> bool:
        """A survey's button was pressed in the middle of this: kept, and this goes on."""
        survey.press(dialogue)
        return True

    def handle(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[EventType]:
        context = Context.of(self.services.for_one_look(), dispatcher, tracker)
        task = Task.from_slot(tracker.get_slot("task"))
        if task is None or task.outcome or task.topic != self.topic:
            dialogue = self._begin(context, task)
        else:
            asked = tracker.get_slot("requested_slot")
            dialogue = Dialogue(context, task, self, known_before=task.known(), asked_slot=asked)
            self._take_answer(dialogue, asked)
            if context.turn.code.get("state") == "accepted":
                taken_up.go_on_from_before(dialogue)
        asked = self._ask_next(dialogue)
        return self._events(dialogue, asked)

    def _begin(self, context: Context, previous: Task | None) -> Dialogue:
        """What the first message asks for, or what an earlier conversation left open."""
        if previous and (previous.outcome, previous.intent) == (tasks.TAKEN_UP, self.intent):
            dialogue = Dialogue(context, replace(previous, outcome=""), self)
            if faulty.is_dangerous(self.services.policies, context.turn.text):
                dialogue.hand_over(HandoverReason.SAFETY)
            self._note_more(dialogue)
            return dialogue
        dialogue = Dialogue(context, self._first_task(context, previous), self)
        if self._is_a_question(dialogue, previous):
            dialogue.end(tasks.REFUSED)
            return dialogue
        self._note_facts(dialogue)
        touched.take_what_it_was_about(dialogue)
        if dialogue.task.words == context.turn.text:
            beside.answer_questions(context)
        if previous is None or previous.outcome != tasks.SWITCHED:
            taken_up.go_on_from_before(dialogue)
        self.begin(dialogue)
        return dialogue

    def _first_task(self, context: Context, previous: Task | None) -> Task:
        """A new task; or the previous one that turned out to be this; or a parked request."""
        if previous and previous.outcome == tasks.SWITCHED and previous.go_on_with == self.intent:
            if not previous.fresh_words:
                return previous.carried_to(self.topic, self.intent)
            return Task(
                topic=self.topic,
                request=context.turn.message_id,
                intent=self.intent,
                words=previous.fresh_words,
            )
        parked = context.tracker.get_slot("next_request") or {}
        is_mine = parked.get("intent") == self.intent
        words = str(parked["text"]) if is_mine else context.turn.said
        return Task(
            topic=self.topic,
            request=f"{context.turn.message_id}{':next' if is_mine else ''}",
            intent=self.intent,
            words=words,
            order=order_number_in(words) if words != context.turn.text else None,
        )

    def _is_a_question(self, dialogue: Dialogue, previous: Task | None) -> bool:
        """It was answered, if the message that begins this only asks how things are done here."""
        turn = dialogue.context.turn
        begins = turn.intent == self.intent and dialogue.task.words == turn.text
        switched = previous is not None and previous.outcome == tasks.SWITCHED
        if turn.reply:
            return False
        return begins and not switched and help.answered_instead(dialogue.context)

    def _note_facts(self, dialogue: Dialogue) -> None:
        """Whatever the message tells already is not asked later."""
        task, turn = dialogue.task, dialogue.context.turn
        wish = wishes.wish_in(task.words)
        task.wished = task.wished or (wish.value if wish else None)
        words = beside.matter(turn) if task.words == turn.said else task.words
        task.reason = task.reason or wishes.reason_in(words)
        task.order = task.order or turn.entity("order_number")
        if turn.has_attachment:
            task.has_photo = True

    def _take_answer(self, dialogue: Dialogue, requested: str | None) -> None:
        context, task = dialogue.context, dialogue.task
        turn = context.turn
        if turn.handed_back:
            dialogue.end(tasks.HANDED_BACK)
            return
        if turn.has_attachment:
            task.has_photo = True
        if faulty.is_dangerous(self.services.policies, turn.text):
            dialogue.hand_over(HandoverReason.SAFETY)
            return
        if turn.rated is not None and self.rated(dialogue):
            return
        step = next((s for s in self.steps if s.slot == requested), None)
        if bends.leaves_at_once(dialogue):
            return
        # "No, the grey ones" is a correction before it is a "no".
        picked = dialogue.picked()
        # and "please size L" before it is a "yes".
        may_correct = turn.choice is None and (picked is None or picked.is_no or picked.is_yes)
        earlier = self.steps[: self.steps.index(step)] if step in self.steps else self.steps
        is_offer = step is not None and step.is_an_offer and turn.choice is None
        if is_offer and bends.answers_a_product_question(dialogue):
            return
        if may_correct and any(s.correct(dialogue) for s in earlier):
            task.misread = 0
            self._note_more(dialogue)
            return
        if is_offer and bends.answers_at_the_offer(dialogue):
            return
        if step is not None and step.may_be_answered(dialogue) and step.read(dialogue):
            task.misread = 0
            self._note_more(dialogue)
            also_asked.note_other_requests(dialogue)
            beside.answer_questions(context)
            bends.turn_out_otherwise(dialogue)
            return
        if bends.follow(dialogue):
            return
        if turn.has_attachment:
            return  # a photo instead of words: it is kept, and the question stands
        wish = wishes.wish_in(turn.text)
        if wish is not None and wish is not task.wish:
            task.wished = wish.value  # an answer to a later question: kept until that is asked
            return
        task.misread += 1
        if task.misread >= MISREAD_TWICE:
            dialogue.hand_over(HandoverReason.NOT_UNDERSTOOD)

    def _note_more(self, dialogue: Dialogue) -> None:
        """Several answers at once: "the white ones, changed my mind, money back please"."""
        task, turn = dialogue.task, dialogue.context.turn
        if not turn.text or task.outcome or yes_or_no.asks_something(turn.text):
            return
        reason = wishes.reason_in(turn.text)
        if not task.reason and wishes.TOPIC_OF_REASON.get(reason) == self.intent:
            task.reason = reason
        keeps_it = wishes.keeps_it(turn.text)
        wish = Resolution.KEEP_ITEM if keeps_it else wishes.wish_in(turn.text)
        if wish is not None and task.remedy is None:
            task.wished = wish.value
        if task.line is not None and task.quantity is None:
            said = quantities.how_many_said(turn.text, task.item)
            if said is not None and said <= int(task.answers.get("line_quantity", 1)):
                task.quantity = said

    def _ask_next(self, dialogue: Dialogue) -> str | None:
        """Ask the first open question; its slot, or None when the form has ended.

        Never the same a third time when nothing was learned in between: then it is a person's.
        """
        task = dialogue.task
        has_learned = task.has_learned(dialogue.known_before)
        for step in self.steps:
            if task.outcome:
                return None
            if not step.is_open(dialogue):
                continue
            if dialogue.is_waiting:
                return step.slot
            times = task.asked.get(step.slot, 0)
            if times >= ASKED_AT_MOST and not has_learned:
                if dialogue.has_answered:
                    return step.slot  # it stands, and need not be said
                dialogue.hand_over(HandoverReason.NOT_UNDERSTOOD)
                return None
            step.ask(dialogue, again=times > 0 and task.misread > 0)
            if not task.outcome and step.is_open(dialogue):
                task.asked[step.slot] = 1 if has_learned else times + 1
                return step.slot
        if not task.outcome:
            dialogue.end(tasks.SETTLE)
        return None

    def _events(self, dialogue: Dialogue, asked: str | None) -> list[EventType]:
        task = dialogue.task
        return [
            SlotSet("task", task.as_slot()),
            SlotSet("next_request", None),
            SlotSet("order_number", task.order),
            SlotSet("order_line", task.line),
            SlotSet("waiting_requests", also_asked.waiting(dialogue)),
            SlotSet("requested_slot", asked),
            *([SlotSet("taken_up", dialogue.taken_from)] if dialogue.taken_from else []),
        ]
