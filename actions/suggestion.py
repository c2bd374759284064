"""A suggestion: kept in the customer's words, with an owner who can act on it."""

from actions import also_asked
from actions.context import Context
from actions.details import Words
from actions.form import Dialogue, TopicForm
from actions.settle import Settle
from actions.task import Task
from actions.wishes import TOPIC_OF_REASON
from careline.journey.words import CaseKind
from careline.service import orders, suggestion


class SuggestionForm(TopicForm):
    topic = "suggestion"
    intent = "suggestion"
    kind = CaseKind.SUGGESTION
    steps = (Words("suggestion_words", "utter_question_suggestion", enough=6),)

    def begin(self, dialogue: Dialogue) -> None:
        """Something of theirs that is broken or missing comes first; an idea beside it waits."""
        task, context = dialogue.task, dialogue.context
        has_waited = (context.tracker.get_slot("next_request") or {}).get("intent") == self.intent
        cause = TOPIC_OF_REASON.get(task.reason)
        if has_waited or cause is None or not context.is_verified:
            return
        if orders.named_line(context.services, context.customer_id, task.words):
            if also_asked.shows_an_idea(task.words):
                also_asked.let_wait(dialogue, self.intent, task.words)
            dialogue.switch(cause)


class SettleSuggestion(Settle):
    form = SuggestionForm

    def settle(self, context: Context, task: Task) -> None:
        settled = suggestion.record(self.services, self.request(context, task))
        context.say("utter_suggestion_noted", case=settled.case_number)
