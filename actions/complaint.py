"""A complaint about service: owned, put on record with an owner, amends as the policy says."""

from actions.choices import Option
from actions.context import Context
from actions.details import Words
from actions.form import Dialogue, Step, TopicForm
from actions.settle import Settle
from actions.task import Task
from actions.words import button
from careline.journey.words import CaseKind, HandoverReason
from careline.service import complaint


class PersonOrNote(Step):
    """Most who complain want to be heard; some want an answer. It is theirs to say."""

    slot = "wants_answer"

    def is_open(self, dialogue: Dialogue) -> bool:
        return "wants_answer" not in dialogue.task.answers

    def ask(self, dialogue: Dialogue, *, again: bool) -> None:
        options = [
            Option("person", button("person"), also=("call me", "answer", "manager"), is_yes=True),
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
                by=context.wording.moment(due, now=context.now),
            )
            return
        context.say("utter_complaint_noted", case=settled.case_number)
