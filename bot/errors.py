"""Why a call of the connector has no answer."""

from __future__ import annotations


class Refused(Exception):
    """The call cannot be done as it was made; change it before sending it again."""

    def __init__(self, code: str, message: str, field: str | None = None, status: int = 422):
        super().__init__(message)
        self.code = code
        self.message = message
        self.field = field
        self.status = status


class NotReady(Refused):
    """Rasa runs without a model (training, or a broken model file); try again later."""

    def __init__(self) -> None:
        super().__init__("no_model", "no model is loaded", status=503)


class ActionBroke(BaseException):
    """A custom action gave no usable answer, so the turn is given up and nothing of it is kept.

    A BaseException, since Rasa catches every Exception of an action, drops the action's events
    and goes on as if nothing had happened: the customer would get silence or half an answer.
    """

    def __init__(self, action: str, why: str):
        super().__init__(f"action {action} gave no usable answer: {why}")
        self.action = action
