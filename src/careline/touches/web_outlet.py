"""The web chat as an outlet: a message in the customer's conversation, there when they look."""

from datetime import datetime

from sqlalchemy.orm import Session

from careline.conversation.unasked import WithAPerson, say_unasked
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
    ) -> Put:
        try:
            said = say_unasked(
                session,
                now,
                customer_id=customer.id,
                key=key_of(touch.id),
                text=worded.text,
                buttons=list(worded.buttons),
            )
        except WithAPerson as error:
            raise NotPut(TouchReason.PERSON_IN_CHARGE, again=True) from error
        return Put(said.conversation_id, said.message_id, is_delivered=True)
