"""What the customer thought of it: a rating, words, or both."""

from collections.abc import Mapping

from sqlalchemy import select

from careline.journey import touchpoints
from careline.journey.models import Feedback
from careline.journey.words import Actor, FeedbackKind, Stage
from careline.kit.errors import Invalid
from careline.kit.ids import new_id
from careline.service.facts import Request
from careline.service.gathering import channel_of
from careline.service.services import Services

_HIGHEST = {FeedbackKind.CSAT: 5, FeedbackKind.CES: 7, FeedbackKind.NPS: 10, FeedbackKind.REVIEW: 5}
_LOWEST = {FeedbackKind.NPS: 0}
# At and below it somebody was let down, and a person looks into it. Of CES the high end is easy.
UNHAPPY_UP_TO = {
    FeedbackKind.CSAT: 2,
    FeedbackKind.CES: 3,
    FeedbackKind.NPS: 6,
    FeedbackKind.REVIEW: 2,
}


def lowest(kind: FeedbackKind) -> int:
    return _LOWEST.get(kind, 1)


def highest(kind: FeedbackKind) -> int:
    return _HIGHEST[kind]


def is_unhappy(kind: FeedbackKind, score: int | None) -> bool:
    return score is not None and score <= UNHAPPY_UP_TO[kind]


def record(
    services: Services,
    request: Request,
    *,
    score: int | None,
    words: str = "",
    kind: FeedbackKind = FeedbackKind.CSAT,
    about: str = "",
    refers: Mapping[str, str] | None = None,
) -> str:
    """Keep the feedback once for the request's key; its id. Raises Invalid for a bad score.

    `refers` names what it is about (order, case, touch) for those who act on feedback.
    """
    low, high = lowest(kind), highest(kind)
    if score is not None and not low <= score <= high:
        raise Invalid(f"A {kind} score is from {low} to {high}.", field="score")
    now = services.clock.now()
    with services.database.begin() as session:
        known = session.scalar(select(Feedback).where(Feedback.key == request.key))
        if known is not None:
            return known.id
        made = Feedback(
            id=new_id("fbk"),
            key=request.key,
            customer_id=request.customer_id,
            conversation_id=request.conversation_id,
            kind=kind.value,
            score=score,
            words=words,
            about=about or (f"order {request.order_number}" if request.order_number else ""),
            given_at=now,
            created_at=now,
            updated_at=now,
        )
        session.add(made)
        rated = f"{score} of {high}" if score is not None else "in words"
        touchpoints.record(
            session,
            now,
            customer_id=request.customer_id,
            kind="feedback.given",
            stage=Stage.SERVICE,
            actor=Actor.CUSTOMER,
            channel=channel_of(session, request.conversation_id),
            summary=f"Feedback given: {kind.value}, {rated}",
            conversation_id=request.conversation_id,
            about={
                **({"score": score} if score is not None else {}),
                "kind": kind.value,
                "feedback": made.id,
                **(refers or {}),
            },
            source_id=f"feedback.given:{request.key}",
        )
        return made.id
