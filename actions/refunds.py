"""Money back: why, so that the right topic takes it; and where a promised refund is."""

from actions import wishes
from actions.choices import Option
from actions.context import Context
from actions.form import Dialogue, Step, TopicForm
from actions.identify import Identify
from actions.settle import Settle
from actions.task import Task
from actions.words import button
from careline.journey.words import CaseKind, HandoverReason, Resolution
from careline.service import orders
from careline.service.facts import RefundStatus

_TOPIC_OF_REASON = {
    "wrong_item": "wrong_item_received",
    "broken": "faulty_or_damaged_product",
    "never_came": "missing_or_late_delivery",
    "says_delivered": "missing_or_late_delivery",
    "late": "missing_or_late_delivery",
    "part_missing": "missing_or_late_delivery",
    "changed_mind": "return_item",
    "doesnt_fit": "return_item",
    "charged_twice": "payment_or_billing_problem",
}


class WhyMoneyBack(Step):
    slot = "refund_reason"

    def is_open(self, dialogue: Dialogue) -> bool:
        return True

    def ask(self, dialogue: Dialogue, *, again: bool) -> None:
        task = dialogue.task
        task.wished = Resolution.REFUND.value
        if task.reason in _TOPIC_OF_REASON:
            dialogue.switch(_TOPIC_OF_REASON[task.reason])
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
        reason = picked.id if picked else wishes.reason_in(dialogue.turn_text)
        if reason not in _TOPIC_OF_REASON:
            return False
        task.reason = reason
        task.words = f"{task.words} {dialogue.turn_text}".strip()
        dialogue.switch(_TOPIC_OF_REASON[reason])
        return True


class RefundForm(TopicForm):
    topic = "refund"
    intent = "refund_request"
    kind = CaseKind.REFUND
    steps = (WhyMoneyBack(),)


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
        found = orders.refund_status(self.services, context.customer_id, task.order)
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
