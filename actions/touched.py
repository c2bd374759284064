"""A request that answers what we said unasked: its order goes along, and the touch learns of it."""

from typing import TYPE_CHECKING

from sqlalchemy import select

from actions.task import Task
from careline.journey.models import Case
from careline.service import orders
from careline.service.services import Services
from careline.touches import outcomes

if TYPE_CHECKING:
    from actions.form import Dialogue


def take_what_it_was_about(dialogue: "Dialogue") -> None:
    """The touch's order and item, unless the customer names others; never for a stranger."""
    task, touch, context = dialogue.task, dialogue.context.turn.touch, dialogue.context
    if touch is None or touch.has_case or task.intent not in touch.replies:
        return
    task.touch = touch.id
    order = touch.about.get("order")
    if not order or not context.is_verified:
        return
    if task.order is None:
        if orders.named_line(context.services, context.customer_id, task.words) is not None:
            return
        task.order = str(order)
    if task.order == str(order):
        task.answers["of_touch"] = str(touch.about.get("line") or "")


def note_case(services: Services, task: Task, key: str) -> None:
    """The case of this request, if there is one now, was caused by the touch that it answers."""
    if not task.touch:
        return
    with services.database.begin() as session:
        case_id = session.scalar(select(Case.id).where(Case.key == key))
        if case_id is not None:
            outcomes.note_caused_case(session, task.touch, case_id)
