"""The web chat as an outlet: a message in the customer's conversation, there when they look."""

from datetime import datetime

from sqlalchemy.orm import Session

from careline.conversation.unasked import Said, WithAPerson, say_unasked
from careline.journey.models import Customer, Touch
from careline.journey.words import Channel, TouchReason
from careline.touches.facts import CustomerFacts
from careline.touches.ports import NotPut, Put, Worded, key_of


class WebOutlet:
    @property
    def channel(self) -> Channel:
        return Channel.WEB

    def put(
        self,
        session: Session,
        now: datetime,
        touch: Touch,
        worded: Worded,
        facts: CustomerFacts,
        customer: Customer,
        *,
        template: str | None = None,
    ) -> Put:
        said = say_in_chat(session, now, touch, worded, customer)
        return Put(said.conversation_id, said.message_id, is_delivered=True)


def say_in_chat(
    session: Session, now: datetime, touch: Touch, worded: Worded, customer: Customer
) -> Said:
    """Where its answers are read, whichever channel carries it. Raises NotPut while a person has
    the customer.
    """
    try:
        return say_unasked(
            session,
            now,
            customer_id=customer.id,
            key=key_of(touch.id),
            text=worded.text,
            buttons=[*worded.buttons, *worded.how_to_stop],
        )
    except WithAPerson as error:
        raise NotPut(TouchReason.PERSON_IN_CHARGE, again=True) from error
