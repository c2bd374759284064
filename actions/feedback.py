"""Ratings and feedback: recorded; an unhappy one gets a person before it gets a dashboard."""

import re

from actions import survey
from actions.choices import Option
from actions.context import Context
from actions.form import Dialogue, Step, TopicForm
from actions.settle import Settle
from actions.task import Task
from actions.words import button
from careline.journey.emotion import emotion_of, valence
from careline.journey.words import CaseKind
from careline.service import feedback

_STARS = re.compile(r"★|⭐")
_RATING = re.compile(
    r"\b([0-9]|10)\s*(?:/|out\s+of)\s*(5|10)\b(?!\s*(?:in\s+)?(?:stock|left|items?|parcels?|days?)\b)"
    r"|\b([1-5])\s*(?:stars?|\*)|^\W*([1-5])\W*$",
    re.IGNORECASE,
)
_UNHAPPY = 2


def rating_in(text: str) -> int | None:
    """A rating on the scale of 1 to 5, however it is written; out of ten is halved, rounded up."""
    stars = len(_STARS.findall(text))
    if 1 <= stars <= 5:
        return stars
    found = _RATING.search(text)
    if not found:
        return None
    score, scale, in_stars, bare = found.groups()
    if score is None:
        return int(in_stars or bare)
    value = int(score) if scale == "5" else -(-int(score) // 2)
    return value if 1 <= value <= 5 else None


class Rating(Step):
    slot = "rating"

    def is_open(self, dialogue: Dialogue) -> bool:
        return "rating" not in dialogue.task.answers

    def ask(self, dialogue: Dialogue, *, again: bool) -> None:
        if dialogue.task.answers.get("survey"):
            survey.ask(dialogue)
            return
        given = rating_in(dialogue.task.words)
        if given is not None:
            dialogue.task.answers["rating"] = given
            return
        feeling = valence(emotion_of(dialogue.task.words).emotion)
        if len(dialogue.task.words.split()) >= 3 and feeling:
            # Praise or blame in words is feedback as it is; asking for a number would cheapen it.
            dialogue.task.answers["rating"] = 5 if feeling > 0 else 2
            dialogue.task.answers["rating_from_words"] = True
            return
        options = [Option(f"r:{n}", str(n)) for n in range(5, 0, -1)]
        response = "utter_question_rating_again" if again else "utter_question_rating"
        dialogue.context.say(response, options=dialogue.offer(options))

    def read(self, dialogue: Dialogue) -> bool:
        if dialogue.task.answers.get("survey"):
            return survey.read(dialogue)
        choice = dialogue.context.turn.choice
        picked = choice.removeprefix("r:") if choice and choice.startswith("r:") else None
        given = int(picked) if picked else rating_in(dialogue.turn_text)
        if given is None:
            return False
        dialogue.task.answers["rating"] = given
        if not choice:
            dialogue.task.words = f"{dialogue.task.words} {dialogue.turn_text}".strip()
        return True


class FeedbackForm(TopicForm):
    topic = "feedback"
    intent = "give_rating_or_feedback"
    kind = CaseKind.COMPLAINT
    steps = (Rating(),)

    def begin(self, dialogue: Dialogue) -> None:
        survey.begin(dialogue)

    def rated(self, dialogue: Dialogue) -> bool:
        """The buttons stand in the chat: pressed now, they answer the question that was asked."""
        rated, task = dialogue.context.turn.rated, dialogue.task
        if rated is None or rated.touch != task.touch:
            return super().rated(dialogue)
        task.answers["rating"] = rated.score
        return True


class SettleFeedback(Settle):
    form = FeedbackForm

    def settle(self, context: Context, task: Task) -> None:
        if "survey" in task.answers:
            survey.settle(self, context, task)
            return
        rating = int(task.answers["rating"])
        from_words = bool(task.answers.get("rating_from_words"))
        feedback.record(
            self.services,
            self.request(context, task),
            score=None if from_words else rating,
            words=task.words,
        )
        if rating > _UNHAPPY:
            context.say("utter_feedback_thanks")
            return
        buttons = [
            {"title": button("person"), "payload": "/talk_to_human"},
            {"title": button("thats_all"), "payload": "/deny"},
        ]
        context.say("utter_feedback_unhappy", buttons=buttons)
