"""Money back: why, so that the right topic takes it; and where a promised refund is."""

from actions import task as tasks
from actions import wishes
from actions.choices import A_PERSON, Option
from actions.context import Context
from actions.form import Dialogue, Step, TopicForm
from actions.identify import Identify
from actions.settle import Settle
from actions.task import Task
from actions.wishes import TOPIC_OF_REASON
from actions.words import button
from careline.journey.words import CaseKind, HandoverReason, Resolution
from careline.service import cases, orders
from careline.service.facts import RefundStatus

_LIKELY_ENOUGH = 0.1
_A_STORY = 5  # words; fewer say no more than that money is wanted


class WhyMoneyBack(Step):
    slot = "refund_reason"

    def is_open(self, dialogue: Dialogue) -> bool:
        return True

    def ask(self, dialogue: Dialogue, *, again: bool) -> None:
        task = dialogue.task
        task.wished = Resolution.REFUND.value
        if self._is_settled_already(dialogue):
            return
        if task.reason in TOPIC_OF_REASON:
            dialogue.switch(TOPIC_OF_REASON[task.reason])
            return
        options = [
            Option("wrong_item", button("wrong_item"), also=("wrong",)),
            Option("broken", button("broken"), also=("faulty", "damaged", "defective")),
            Option("never_came", button("never_came"), also=("not arrived", "missing", "lost")),
            Option("changed_mind", button("changed_mind"), also=("don't want it", "not needed")),
        ]
        response = "utter_why_money_back_again" if again else "utter_why_money_back"
        dialogue.context.say(response, options=dialogue.offer(options))

    def read(self, dialogue: Dialogue) -> bool:
        picked, task = dialogue.picked(), dialogue.task
        if picked and picked.id == "person":
            dialogue.hand_over(HandoverReason.POLICY_EXCEPTION)
            return True
        if picked and picked.id == "leave":
            dialogue.end(tasks.DROPPED)
            return True
        if task.line and self._is_another(dialogue):
            return True
        reason = picked.id if picked else wishes.reason_in(dialogue.turn_text)
        if reason not in TOPIC_OF_REASON:
            return False
        task.reason = reason
        task.words = f"{task.words} {dialogue.turn_text}".strip()
        dialogue.switch(TOPIC_OF_REASON[reason])
        return True

    def _is_another(self, dialogue: Dialogue) -> bool:
        """ "No, for the scarf": not the one that was settled."""
        task, context = dialogue.task, dialogue.context
        named = orders.named_line(context.services, context.customer_id, dialogue.turn_text)
        if named in (None, task.line):
            return False
        task.line, task.order, task.item = None, None, ""
        task.words, task.answers["other_thing"] = dialogue.turn_text, True
        task.reason = wishes.reason_in(dialogue.turn_text)
        return True

    def _is_settled_already(self, dialogue: Dialogue) -> bool:
        """ "I'd rather have my money back", after a new one was promised in this conversation."""
        task, context = dialogue.task, dialogue.context
        if "other_thing" in task.answers or not context.is_verified:
            return False
        settled = cases.settled_in_kind(context.services, context.turn.conversation_id)
        named = orders.named_line(context.services, context.customer_id, task.words)
        if settled is None or (named not in (None, settled.line_id)):
            task.answers["other_thing"] = True
            return False
        task.line, task.order, task.item = settled.line_id, settled.order_number, settled.product
        options = [
            Option("person", button("person"), also=A_PERSON, is_yes=True),
            Option("leave", button("keep_it"), also=("leave it",), is_no=True),
        ]
        context.say(
            "utter_refund_settled_already",
            options=dialogue.offer(options),
            item=settled.product,
            case=settled.number,
        )
        return True


class RefundForm(TopicForm):
    topic = "refund"
    intent = "refund_request"
    kind = CaseKind.REFUND
    steps = (WhyMoneyBack(),)

    def begin(self, dialogue: Dialogue) -> None:
        """Who tells what happened beside the money is not asked for it: the item comes next."""
        turn, task = dialogue.context.turn, dialogue.task
        if task.reason in TOPIC_OF_REASON or len(turn.text.split()) < _A_STORY:
            return
        causes = set(TOPIC_OF_REASON.values())
        for intent, confidence in turn.ranking[:3]:
            if intent in causes and confidence >= _LIKELY_ENOUGH:
                task.wished = Resolution.REFUND.value
                dialogue.switch(intent)
                return


class SettleRefund(Settle):
    """Every request for money becomes another topic, or a person's; there is nothing to do."""

    form = RefundForm

    def settle(self, context: Context, task: Task) -> None:
        self._hand_over(context, task, HandoverReason.POLICY_EXCEPTION)


class RefundStatusForm(TopicForm):
    topic = "refund_status"
    intent = "refund_status"
    kind = CaseKind.REFUND
    steps = (Identify(),)


class SettleRefundStatus(Settle):
    form = RefundStatusForm

    def settle(self, context: Context, task: Task) -> None:
        found = orders.refund_status(context.services, context.customer_id, task.order)
        if not found:
            buttons = [
                {"title": button("money_back"), "payload": "/refund_request"},
                {"title": button("person"), "payload": "/talk_to_human"},
            ]
            context.say("utter_no_refund_found", buttons=buttons)
            return
        late = [refund for refund in found if refund.is_late]
        if late:
            self._say_late(context, task, late[0])
            return
        for refund in found[:2]:
            response = "utter_refund_paid" if refund.paid_on else "utter_refund_on_its_way"
            context.say(response, facts=_facts(context, refund))

    def _say_late(self, context: Context, task: Task, refund: RefundStatus) -> None:
        """A promise was broken: it is ours to chase, so a person has it without being asked."""
        task.order = task.order or refund.order_number
        settled = self.open_for_person(context, task)
        due = context.hand_over(
            HandoverReason.POLICY_EXCEPTION, self.summary(context, task), priority=1
        )
        facts = _facts(context, refund) | {
            "case": settled.case_number if settled else "",
            "answer_by": context.wording.moment(due, now=context.now),
        }
        context.say("utter_refund_late", facts=facts)


def _facts(context: Context, refund: RefundStatus) -> dict[str, str]:
    return {
        "amount": context.wording.money(refund.amount),
        "method": refund.method,
        "order": refund.order_number,
        "by": context.day(refund.paid_on or refund.expected_on),
    }
