"""A suggestion: kept in the customer's words, with an owner who can act on it."""

from actions.context import Context
from actions.details import Words
from actions.form import TopicForm
from actions.settle import Settle
from actions.task import Task
from careline.journey.words import CaseKind
from careline.service import suggestion


class SuggestionForm(TopicForm):
    topic = "suggestion"
    intent = "suggestion"
    kind = CaseKind.SUGGESTION
    steps = (Words("suggestion_words", "utter_question_suggestion", enough=6),)


class SettleSuggestion(Settle):
    form = SuggestionForm

    def settle(self, context: Context, task: Task) -> None:
        settled = suggestion.record(self.services, self.request(context, task))
        context.say("utter_suggestion_noted", case=settled.case_number)
