"""What follows a form: do what was agreed, or let go, or hand over; then the next request."""

from typing import Any

from rasa_sdk.events import EventType, FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.interfaces import Tracker

from actions import also_asked, remedy, touched
from actions import task as tasks
from actions.base import SupportAction
from actions.context import Context
from actions.form import Dialogue, TopicForm
from actions.handed_back import say_handed_back
from actions.task import Task
from actions.topics import FORM_OF_INTENT, HAND_OVER
from careline.journey.words import CaseKind, CaseState, HandoverReason, Resolution
from careline.kit.errors import Conflict
from careline.service import orders, settlement
from careline.service.facts import Remedy, Request, Settled
from careline.service.services import Services
from careline.shops.protocol import ShopRefused, ShopUnavailable


class Settle(SupportAction):
    """The base of every `action_settle_<topic>`; a topic says what "settle" does for it."""

    form: type[TopicForm]

    def __init__(self, services: Services) -> None:
        super().__init__(services)
        self._form = self.form(services)

    def name(self) -> str:
        return f"action_settle_{self.form.topic}"

    def handle(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[EventType]:
        context = Context.of(self.services, dispatcher, tracker)
        task = Task.from_slot(tracker.get_slot("task"))
        if task is None:
            return []
        if task.outcome == tasks.SETTLE:
            try:
                self.settle(context, task)
            except (ShopUnavailable, ShopRefused, Conflict):
                self._could_not(context, task)
        elif task.outcome == tasks.DROPPED:
            self.drop(context, task)
        elif task.outcome == tasks.HANDED_OVER:
            self._hand_over(context, task, HandoverReason(task.handover))
        elif task.outcome == tasks.HANDED_BACK:
            say_handed_back(context)
        elif task.outcome == tasks.SWITCHED:
            form = FORM_OF_INTENT[task.go_on_with]
            return [SlotSet("task", task.as_slot()), FollowupAction(form)]
        touched.note_case(self.services, task, self.request(context, task).key)
        return self._next(tracker, task)

    def settle(self, context: Context, task: Task) -> None:
        raise NotImplementedError

    def drop(self, context: Context, task: Task) -> None:
        context.say("utter_dropped")

    def request(self, context: Context, task: Task) -> Request:
        return Dialogue(context, task, self._form).request()

    def summary(self, context: Context, task: Task) -> str:
        """For the colleague who takes over: what was asked, understood and done, in one line."""
        waiting = context.tracker.get_slot("waiting_requests") or []
        known = [
            f"Topic: {task.topic.replace('_', ' ')}",
            f"about: {task.item} (order {task.order})" if task.item else "",
            f"order {task.order}" if task.order and not task.item else "",
            f"wishes: {task.wished}" if task.wished else "",
            f"reason: {task.reason.replace('_', ' ')}" if task.reason else "",
            "photo sent" if task.has_photo else "",
            "customer verified" if context.is_verified else "customer not verified",
            f'said: "{task.words[:200]}"' if task.words else "",
            *(f'also asked: "{w["text"][:100]}"' for w in waiting if w.get("text")),
        ]
        return "; ".join(part for part in known if part)

    def _hand_over(self, context: Context, task: Task, reason: HandoverReason) -> None:
        urgent = reason in (HandoverReason.SAFETY, HandoverReason.ANGRY)
        opened = self.open_for_person(context, task)
        due = context.hand_over(reason, self.summary(context, task), priority=2 if urgent else 0)
        context.say_handed_over(reason, due, opened.case_number if opened else "")

    def open_for_person(self, context: Context, task: Task) -> Settled | None:
        """A case, so that the request is not only in the chat; none for an unknown visitor."""
        if not context.is_verified:
            return None
        return settlement.open_case(
            context.services,
            self.request(context, task),
            state=CaseState.HANDED_OVER,
            resolution=Resolution.HANDED_OVER,
        )

    def _could_not(self, context: Context, task: Task) -> None:
        """The shop said no, or nothing: the customer is told, and a person has it."""
        opened = self.open_for_person(context, task)
        due = context.hand_over(HandoverReason.ACTION_FAILED, self.summary(context, task))
        task.outcome = tasks.HANDED_OVER
        context.say_handed_over(
            HandoverReason.ACTION_FAILED, due, opened.case_number if opened else ""
        )

    def _next(self, tracker: Tracker, task: Task) -> list[EventType]:
        waiting = [
            request
            for request in tracker.get_slot("waiting_requests") or []
            if not self._was_this(tracker, task, request)
        ]
        done: list[EventType] = [
            SlotSet("task", None),
            SlotSet("order_line", None),
            SlotSet("order_number", None),
            SlotSet("misunderstood", 0),
        ]
        if not waiting or task.outcome in (tasks.HANDED_OVER, tasks.HANDED_BACK):
            return [*done, SlotSet("waiting_requests", [])]
        following, *rest = waiting
        return [
            *done,
            SlotSet("waiting_requests", rest),
            SlotSet("next_request", following),
            FollowupAction(FORM_OF_INTENT.get(following["intent"], HAND_OVER)),
        ]

    def _was_this(self, tracker: Tracker, task: Task, request: dict[str, Any]) -> bool:
        """Told twice, by what happened and by what is wished: no other item is named."""
        if not also_asked.is_same_goods(task.intent, request["intent"], request["text"]):
            return False
        context = Context.of(self.services, CollectingDispatcher(), tracker)
        named = orders.named_line(context.services, context.customer_id, request["text"])
        return named is None or named == task.line


class SettleRemedy(Settle):
    """Settle by the remedy that the customer chose; for the topics that put an item right."""

    def settle(self, context: Context, task: Task) -> None:
        agreed = remedy.chosen(task)
        settled = settlement.settle(context.services, self.request(context, task), agreed)
        facts = {
            **settled.details,
            **remedy.remedy_facts(context, task, agreed),
            "case": settled.case_number,
        }
        if settled.state is CaseState.HANDED_OVER or settled.details.get("waiting_for") == "shop":
            self._could_not(context, task)
            return
        if settled.state is CaseState.WAITING_APPROVAL:
            due = context.hand_over(HandoverReason.OVER_LIMIT, self.summary(context, task))
            task.outcome = tasks.HANDED_OVER  # a person has the chat: nothing more is asked in it
            context.say(
                "utter_waits_for_approval",
                facts={**facts, "by": context.answer_by(due)},
            )
            return
        context.say(self._response(task, settled), facts=facts)
        remedy.say_how_many(context, task, "utter_settled_so_many")

    def _response(self, task: Task, settled: Settled) -> str:
        agreed = settled.remedy or remedy.chosen(task)
        kind = self._form.kind_of(task)
        if agreed.resolution is Resolution.NONE:
            return f"utter_settled_{agreed.method}"  # trace | cancel | address | variant
        if agreed.resolution is Resolution.REPLACEMENT:
            return f"utter_settled_replacement{_goods(kind, agreed)}"
        if agreed.resolution is Resolution.REFUND:
            return f"utter_settled_{_refund_wording(kind, agreed)}"
        return f"utter_settled_{agreed.resolution.value}"


def _goods(kind: CaseKind, agreed: Remedy) -> str:
    """What becomes of the wrong, broken or recalled one, where there is one."""
    if kind is CaseKind.RETURN and not agreed.collect_old:
        return ""
    if kind not in (CaseKind.WRONG_ITEM, CaseKind.FAULTY, CaseKind.RETURN):
        return ""
    return "_collect" if agreed.collect_old else "_keep"


def _refund_wording(kind: CaseKind, agreed: Remedy) -> str:
    if kind in (CaseKind.RETURN, CaseKind.EXCHANGE):
        if agreed.method == "store credit":
            return "return_credit"
        return "return_after" if agreed.after_goods_are_back else "return"
    return "cancel_refund" if kind is CaseKind.CANCEL else f"refund{_goods(kind, agreed)}"
