"""The step that finds out who is writing: an e-mail address, then the code sent to it."""

import re

from actions.choices import Option
from actions.form import Dialogue, Step
from actions.words import button
from careline.journey.words import HandoverReason
from careline.service import verify

_EMAIL = re.compile(r"[\w.+'-]+@[\w-]+(?:\.[\w-]+)+")


class Identify(Step):
    """Open until the record says that this conversation's customer is verified.

    Nothing that Rasa holds opens it: only the page's signed identity, the channel's own
    proof, or the right code, all of which the record keeps.
    """

    slot = "identity"

    def is_open(self, dialogue: Dialogue) -> bool:
        return not dialogue.context.is_verified

    def may_be_answered(self, dialogue: Dialogue) -> bool:
        """Also by the right code, with which the record has closed it before it is read here."""
        return self.is_open(dialogue) or bool(dialogue.context.turn.code)

    def ask(self, dialogue: Dialogue, *, again: bool) -> None:
        answers, context = dialogue.task.answers, dialogue.context
        leave = Option("leave_message", button("leave_message"), also=("message", "no email"))
        if not answers.get("code_sent"):
            response = "utter_question_email_again" if again else "utter_question_email"
            context.say(response, options=dialogue.offer([leave]))
            return
        if answers.pop("code_said", False):
            return
        new_code = Option("new_code", button("new_code"), also=("resend", "another code"))
        context.say("utter_question_code", options=dialogue.offer([new_code, leave]))

    def read(self, dialogue: Dialogue) -> bool:
        picked = dialogue.picked()
        if picked and picked.id == "leave_message":
            dialogue.hand_over(HandoverReason.ASKED_FOR)
            return True
        if dialogue.context.turn.code:
            return self._read_code(dialogue)
        address = _EMAIL.search(dialogue.context.turn.text)
        if address:
            return self._send_code(dialogue, address.group())
        if picked and picked.id == "new_code":
            dialogue.task.answers.pop("code_sent", None)
            return True
        return False

    def _send_code(self, dialogue: Dialogue, address: str) -> bool:
        context = dialogue.context
        sent = verify.request_code(context.services, context.turn.conversation_id, address)
        if not sent.sent:
            context.say("utter_too_many_codes")
            dialogue.hand_over(HandoverReason.ACTION_FAILED)
            return True
        dialogue.task.answers["code_sent"] = True
        dialogue.task.answers["code_said"] = True
        leave = Option("leave_message", button("leave_message"), also=("message",))
        context.say("utter_code_sent", options=dialogue.offer([leave]))
        return True

    def _read_code(self, dialogue: Dialogue) -> bool:
        context, code = dialogue.context, dialogue.context.turn.code
        state = code.get("state")
        if state == "accepted":
            context.say("utter_code_accepted")
        elif state == "wrong":
            context.say("utter_code_wrong", left=code.get("tries_left", 0))
            dialogue.task.answers["code_said"] = True
        elif state == "expired":
            context.say("utter_code_expired")
            dialogue.task.answers.pop("code_sent", None)
        else:
            context.say("utter_code_refused")
            dialogue.hand_over(HandoverReason.POLICY_EXCEPTION)
        return True
