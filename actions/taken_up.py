"""What the customer left open in an earlier conversation, gone on with in this one.

What was answered then is not asked again, what may have changed is looked at again, and nothing
that was offered then is agreed to now.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from actions import also_asked
from actions.context import Context
from actions.task import Task
from actions.words import spoken_topic
from careline.service import orders, unfinished

if TYPE_CHECKING:
    from actions.form import Dialogue

_ANOTHER = re.compile(
    r"\b(?:something\s+else|(?:an)?other\s+(?:one|pair|order|item|thing|parcel)s?"
    r"|different\s+(?:one|pair|order|item|thing|parcel)s?)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Earlier:
    """A request as it stood when its conversation fell silent."""

    task: Task
    conversation_id: str
    at: datetime


def earlier(context: Context, *, also_here: bool = False) -> Iterator[Earlier]:
    """What may be taken up, the newest first; once a conversation, and only by whose it is.

    Also what was open in this very one, where Rasa knows it no more: something said unasked came
    between, or its memory was lost.
    """
    if not context.is_verified or context.tracker.get_slot("taken_up"):
        return
    with context.services.database.look() as connection:
        found = unfinished.left_open(
            connection,
            context.now,
            customer_id=context.customer_id,
            but=None if also_here else context.turn.conversation_id,
        )
    for one in found:
        task = Task.from_slot(one.task)
        if task is not None:
            task = task.taken_up(one.conversation_id)
            task.answers["parked"] = list(one.waiting)
            yield Earlier(task, one.conversation_id, one.at)


def is_still_open(dialogue: "Dialogue", found: Earlier) -> bool:
    """Nobody has seen to it meanwhile, in whatever way."""
    request = replace(dialogue, task=found.task).request()
    return not unfinished.is_seen_to(dialogue.context.services, request, found.at)


def go_on_from_before(dialogue: "Dialogue") -> bool:
    """The same is asked for once more: what was answered the last time is known already."""
    task, context = dialogue.task, dialogue.context
    waited = (context.tracker.get_slot("next_request") or {}).get("intent") == task.intent
    if task.touch or waited:
        return False
    for found in earlier(context):
        is_same = found.task.topic == task.topic and not _is_another(dialogue, found.task)
        if is_same and is_still_open(dialogue, found):
            _take(dialogue, found)
            return True
    return False


def say_what_goes_on(context: Context, task: Task) -> None:
    about = "_item" if task.line and task.item else "_order" if task.order else ""
    context.say(
        f"utter_go_on_with{about}",
        topic=spoken_topic(task.intent),
        item=task.item,
        order=task.order or "",
    )


def _take(dialogue: "Dialogue", found: Earlier) -> None:
    new, turn = dialogue.task, dialogue.context.turn
    words = found.task.words
    dialogue.task = replace(
        found.task,
        words=words if new.words in words else f"{words} {new.words}".strip(),
        reason=new.reason or found.task.reason,
        wished=new.wished or found.task.wished,
        has_photo=new.has_photo or found.task.has_photo,
    )
    dialogue.taken_from, dialogue.known_before = found.conversation_id, None
    say_what_goes_on(dialogue.context, dialogue.task)
    if new.words == turn.text:
        also_asked.note_other_requests(dialogue)
        any(step.correct(dialogue) for step in dialogue.form.steps)


def _is_another(dialogue: "Dialogue", old: Task) -> bool:
    """The words name another thing or order than the one that was spoken of then."""
    new, context, form = dialogue.task, dialogue.context, dialogue.form
    if _ANOTHER.search(new.words) or (old.order and new.order not in (None, old.order)):
        return True
    if old.line:
        lines = orders.choices(
            context.services, context.customer_id, kind=form.kind_of(old), words=new.words, limit=50
        )
        named = [line.line_id for line in lines if line.score >= orders.NAMED]
        return bool(named) and old.line not in named
    if old.order and form.order_topic:
        found = orders.order_choices(
            context.services, context.customer_id, kind=form.order_topic, words=new.words, limit=50
        )
        named = [order.number for order in found if order.score >= orders.NAMED]
        return bool(named) and old.order not in named
    return False
