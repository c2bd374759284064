"""Answers to what we asked unasked: scores on four scales, "all good", and "no, it isn't".

What the words mean is read in bot/replies.py; here it is asked for when it is not clear, once,
and kept. An unhappy score has a person before it is counted.
"""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from actions import also_asked, bends, touched
from actions import task as tasks
from actions.choices import Option
from actions.context import Context
from actions.task import Task
from actions.turn import RATING
from actions.words import button, topic_title
from careline.conversation.unasked import feedback_key
from careline.journey.emotion import emotion_of, valence
from careline.journey.models import Feedback, Touch
from careline.journey.words import CaseKind, CaseState, FeedbackKind, HandoverReason
from careline.service import complaint, feedback, settlement, suggestion
from careline.service.facts import Request
from careline.service.services import Services

if TYPE_CHECKING:
    from actions.form import Dialogue
    from actions.settle import Settle

_PUT_RIGHT = ("faulty_or_damaged_product", "wrong_item_received", "missing_or_late_delivery")
_NOTED = ("complaint_about_service", "suggestion")
_FINE = "All good"  # in the record, for the button without words


@dataclass(frozen=True)
class _Given:
    """What the record knows of the survey that is answered."""

    about: dict[str, Any]
    is_rated: bool = False
    score: int | None = None


def begin(dialogue: "Dialogue") -> None:
    """Take what the message says of the touch that it answers."""
    turn, task = dialogue.context.turn, dialogue.task
    if turn.rated is not None:
        task.touch = turn.rated.touch
        _take(dialogue, turn.rated.survey, turn.rated.score)
        return
    touch, reply = turn.touch, turn.reply
    if touch is None:
        return
    task.touch = touch.id
    if reply.get("kind") == "survey":
        _begin_survey(dialogue, str(touch.survey), reply)
    elif reply.get("kind") == "fine":
        _take(dialogue, None, None)
    elif reply.get("kind") == "not_yet":
        dialogue.context.say("utter_touch_not_yet")
        dialogue.end(tasks.REFUSED)
    elif reply.get("kind") == "trouble":
        dialogue.context.say("utter_touch_what_is_wrong", buttons=_what_is_wrong(dialogue))
        dialogue.end(tasks.REFUSED)
    elif touch.survey and touch.is_last and not touch.is_rated:
        _take(dialogue, touch.survey, None)  # an answer in words is one: no number is asked for


def _begin_survey(dialogue: "Dialogue", survey: str, reply: dict[str, Any]) -> None:
    answers = dialogue.task.answers
    answers["survey"], answers["either"] = survey, reply.get("either")
    beside = str(reply.get("beside") or "")
    if reply.get("score") is not None:
        answers["rating"] = int(reply["score"])
    if beside in _NOTED:
        answers["beside"] = {"intent": beside, "text": str(reply["rest"])}
    elif beside in also_asked.REQUESTS and beside != RATING:
        also_asked.let_wait(dialogue, beside, str(reply["rest"]))


def _take(dialogue: "Dialogue", survey: str | None, score: int | None) -> None:
    dialogue.task.answers |= {"survey": survey, "rating": score}


def _what_is_wrong(dialogue: "Dialogue") -> list[dict[str, str]]:
    touch = dialogue.context.turn.touch
    assert touch is not None  # only a reply is trouble
    order = str(touch.about.get("order") or "")
    about = f'{{"order_number": "{order}"}}' if order.isdigit() else ""
    return [
        {"title": topic_title(intent) or "", "payload": f"/{intent}{about}"}
        for intent in _PUT_RIGHT
        if intent in touch.replies
    ]


def ask(dialogue: "Dialogue") -> None:
    """Which of the two, or where on the scale; asked once, then the words are kept as they are."""
    task = dialogue.task
    if task.asked.get("rating"):
        task.answers["rating"] = None
        return
    survey, either = str(task.answers["survey"]), task.answers.get("either")
    kind = FeedbackKind(survey)
    low, high = either or (feedback.lowest(kind), feedback.highest(kind))
    options = [Option(f"r:{n}", str(n)) for n in ((low, high) if either else range(low, high + 1))]
    if either:
        dialogue.context.say(
            "utter_survey_which", options=dialogue.offer(options), low=low, high=high
        )
        return
    dialogue.context.say(f"utter_survey_scale_{survey}", options=dialogue.offer(options))


def read(dialogue: "Dialogue") -> bool:
    """The answer to `ask`; whatever else it is, it is not asked a third time."""
    turn, task = dialogue.context.turn, dialogue.task
    if turn.choice is None and not turn.reply and bends.asks_for_something_else(dialogue):
        return False
    score = turn.reply.get("score")
    if turn.choice and turn.choice.startswith("r:"):
        score = int(turn.choice.removeprefix("r:"))
    elif score is None:
        picked = dialogue.picked()
        score = int(picked.id.removeprefix("r:")) if picked else None
    task.answers["rating"] = score
    if turn.text:
        task.words = f"{task.words} {turn.text}".strip()
    return True


def press(dialogue: "Dialogue") -> None:
    """A survey's button in the middle of another request: kept, and the request goes on."""
    context, rated = dialogue.context, dialogue.context.turn.rated
    assert rated is not None
    given = _given(context.services, rated.touch)
    if given.is_rated:
        _say_already(context, given)
        return
    kind = FeedbackKind(rated.survey or FeedbackKind.CSAT)
    _record(context.services, dialogue.request(), rated.touch, given, kind, rated.score, "")
    if feedback.is_unhappy(kind, rated.score):
        dialogue.hand_over(HandoverReason.UNHAPPY_SCORE)
        return
    if rated.survey is None:
        context.say("utter_touch_fine")
    else:
        context.say("utter_survey_thanks", score=rated.score)


def settle(settler: "Settle", context: Context, task: Task) -> None:
    """Keep the score; thanks to the pleased and nothing more, a person for the unhappy."""
    services, words = context.services, task.words
    given = _given(services, task.touch)
    task.order = str(given.about.get("order") or "") or None
    if given.is_rated:
        _say_already(context, given)
        return
    survey, score = task.answers.get("survey"), task.answers.get("rating")
    kind = FeedbackKind(survey or FeedbackKind.CSAT)
    request = settler.request(context, task)
    unhappy = feedback.is_unhappy(kind, score)
    if survey and score is None:
        unhappy = valence(emotion_of(words).emotion) < 0
    if unhappy:
        _to_a_person(settler, context, task, kind, score)
    _record(services, request, task.touch, given, kind, score, words)
    if unhappy:
        return
    beside = task.answers.get("beside")
    if not survey:
        context.say("utter_touch_fine")
    elif beside:
        _note_beside(context, task, request, beside, score)
    elif score is None:
        context.say("utter_survey_thanks_for_words")
    else:
        context.say("utter_survey_thanks", score=score)


def _to_a_person(
    settler: "Settle", context: Context, task: Task, kind: FeedbackKind, score: int | None
) -> None:
    rated = f"{kind.value.upper()} {score} of {feedback.highest(kind)}" if score is not None else (
        f"{kind.value.upper()}, unhappy in words"
    )  # fmt: skip
    case = ""
    request = replace(settler.request(context, task), kind=CaseKind.COMPLAINT)
    if context.is_verified:
        said = f"{rated}: {task.words}" if task.words else rated
        request = replace(request, details=said)
        case = settlement.open_case(
            context.services, request, state=CaseState.HANDED_OVER, priority=1
        ).case_number
    touched.note_case(context.services, task, request.key)
    due = context.hand_over(
        HandoverReason.UNHAPPY_SCORE, f"{rated}; {settler.summary(context, task)}", priority=1
    )
    task.outcome = tasks.HANDED_OVER
    by = context.answer_by(due)
    if case and score is not None:
        context.say("utter_survey_unhappy", score=score, by=by, case=case)
        return
    context.say("utter_handover_unhappy_score", by=by)
    if case:
        context.say("utter_your_case", case=case)


def _note_beside(
    context: Context, task: Task, request: Request, beside: dict[str, str], score: int | None
) -> None:
    """ "4, but the driver was rude": it goes to those who can change it; nothing more is asked."""
    is_idea = beside["intent"] == "suggestion"
    noted = replace(
        request,
        key=f"{request.key}:beside",
        kind=CaseKind.SUGGESTION if is_idea else CaseKind.COMPLAINT,
        details=beside["text"],
    )
    if is_idea:
        settled = suggestion.record(context.services, noted)
    else:
        settled = complaint.record(context.services, noted, wants_answer=False)
        touched.note_case(context.services, task, noted.key)
    person = {"title": button("person"), "payload": "/talk_to_human"}
    context.say(
        "utter_survey_thanks_and_noted", buttons=[person], score=score, case=settled.case_number
    )


def _given(services: Services, touch_id: str) -> _Given:
    with services.database.read() as session:
        about = session.scalar(select(Touch.about).where(Touch.id == touch_id))
        kept = session.execute(
            select(Feedback.score).where(Feedback.key == feedback_key(touch_id))
        ).one_or_none()
    return _Given(about or {}, kept is not None, kept.score if kept else None)


def _say_already(context: Context, given: _Given) -> None:
    if given.score is None:
        context.say("utter_survey_thanks_for_words")
    else:
        context.say("utter_survey_already", score=given.score)


def _record(
    services: Services,
    request: Request,
    touch_id: str,
    given: _Given,
    kind: FeedbackKind,
    score: int | None,
    words: str,
) -> None:
    refers = {
        name: str(given.about[name])
        for name in ("order", "case", "line", "product")
        if given.about.get(name)
    }
    about = next((f"{n} {refers[n]}" for n in ("case", "order", "product") if n in refers), "")
    feedback.record(
        services,
        replace(request, key=feedback_key(touch_id)),
        score=score,
        words=words or ("" if score is not None else _FINE),
        kind=kind,
        about=about,
        refers={**refers, "touch": touch_id},
    )
