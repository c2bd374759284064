"""The web chat as an outlet: a message in the customer's conversation, there when they look."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from careline.conversation.unasked import Said, Unasked, WithAPerson, say_unasked
from careline.journey.words import Channel, TouchReason
from careline.touches.ports import NotPut, Parcel, Put, key_of


class WebOutlet:
    @property
    def channel(self) -> Channel:
        return Channel.WEB

    def put(self, session: Session, now: datetime, parcels: Sequence[Parcel]) -> list[Put | NotPut]:
        return [
            said
            if isinstance(said, NotPut)
            else Put(said.conversation_id, said.message_id, is_delivered=True)
            for said in say_in_chat(session, now, parcels)
        ]


def say_in_chat(session: Session, now: datetime, parcels: Sequence[Parcel]) -> list[Said | NotPut]:
    """Where its answers are read, whichever channel carries it; not while a person has the
    customer.
    """
    said = say_unasked(session, now, [_unasked(parcel) for parcel in parcels])
    return [
        NotPut(TouchReason.PERSON_IN_CHARGE, again=True) if isinstance(each, WithAPerson) else each
        for each in said
    ]


def _unasked(parcel: Parcel) -> Unasked:
    worded = parcel.worded
    return Unasked(
        parcel.customer.id,
        key_of(parcel.touch.id),
        worded.text,
        [*worded.buttons, *worded.how_to_stop],
    )
