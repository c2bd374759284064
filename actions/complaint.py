"""A complaint about service: owned, put on record with an owner, amends as the policy says."""

from actions import also_asked, asides
from actions.choices import A_PERSON, Option
from actions.context import Context
from actions.details import Words
from actions.form import Dialogue, Step, TopicForm
from actions.settle import Settle
from actions.task import Task
from actions.wishes import TOPIC_OF_REASON
from actions.words import button
from careline.journey.words import CaseKind, HandoverReason
from careline.service import complaint, orders

_PUT_RIGHT = (
    "wrong_item_received",
    "faulty_or_damaged_product",
    "missing_or_late_delivery",
)
_AN_ANSWER = ("call me", "answer", "reply", "response", "hear back", *A_PERSON)


class PersonOrNote(Step):
    """Most who complain want to be heard; some want an answer. It is theirs to say."""

    slot = "wants_answer"

    def is_open(self, dialogue: Dialogue) -> bool:
        return "wants_answer" not in dialogue.task.answers

    def ask(self, dialogue: Dialogue, *, again: bool) -> None:
        options = [
            Option("person", button("person"), also=_AN_ANSWER, is_yes=True),
            Option("note", button("just_note"), also=("note it", "pass it on"), is_no=True),
        ]
        response = "utter_complaint_person_or_note" + ("_again" if again else "")
        dialogue.context.say(response, options=dialogue.offer(options))

    def read(self, dialogue: Dialogue) -> bool:
        picked = dialogue.picked()
        if picked is None:
            return False
        dialogue.task.answers["wants_answer"] = picked.id == "person"
        return True


class ComplaintForm(TopicForm):
    topic = "complaint"
    intent = "complaint_about_service"
    kind = CaseKind.COMPLAINT
    steps = (Words("complaint_words", "utter_question_complaint"), PersonOrNote())

    def begin(self, dialogue: Dialogue) -> None:
        """A rude driver and broken plates: the plates can be put right, so they come first."""
        task, context = dialogue.task, dialogue.context
        if (context.tracker.get_slot("next_request") or {}).get("intent") == self.intent:
            task.answers["complaint_words"] = task.words  # told before, beside something else
            return
        cause = TOPIC_OF_REASON.get(task.reason)
        if cause not in _PUT_RIGHT or not context.is_verified:
            return
        if orders.named_line(context.services, context.customer_id, task.words):
            context.say("utter_sorry_aside")
            if asides.complains_of_somebody(task.words):
                also_asked.let_wait(dialogue, self.intent, task.words)
            dialogue.switch(cause)


class SettleComplaint(Settle):
    form = ComplaintForm

    def settle(self, context: Context, task: Task) -> None:
        wants_answer = bool(task.answers["wants_answer"])
        settled = complaint.record(
            self.services, self.request(context, task), wants_answer=wants_answer
        )
        if wants_answer:
            due = context.hand_over(HandoverReason.ASKED_FOR, self.summary(context, task))
            context.say(
                "utter_complaint_handed_over",
                case=settled.case_number,
                by=context.answer_by(due),
            )
            return
        context.say("utter_complaint_noted", case=settled.case_number)
