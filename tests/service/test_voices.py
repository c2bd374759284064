"""What customers say of us is kept once, with somebody to act on it."""

import pytest
from sqlalchemy import select

from careline.journey.models import Case, Feedback, Promise, Suggestion, Touchpoint
from careline.journey.words import CaseKind, FeedbackKind
from careline.kit.errors import Invalid
from careline.service import complaint, feedback, suggestion
from tests.service.conftest import House


def rows(house: House, kind: type) -> list:  # type: ignore[type-arg]
    with house.services.database.read() as session:
        return list(session.scalars(select(kind)))


def test_a_suggestion_has_an_owner_outside_support(house: House) -> None:
    request = house.request(CaseKind.SUGGESTION, details="sell the jumper in green")
    first = suggestion.record(house.services, request)
    again = suggestion.record(house.services, request)
    assert again.case_number == first.case_number
    [kept] = rows(house, Suggestion)
    assert (kept.owner, kept.words, kept.tell_customer) == (
        "product",
        "sell the jumper in green",
        True,
    )


def test_a_complaint_that_wants_an_answer_has_a_date_for_it(house: House) -> None:
    request = house.request(CaseKind.COMPLAINT, details="rude on the phone")
    complaint.record(house.services, request, wants_answer=True)
    [case] = rows(house, Case)
    assert (case.state, case.owner, case.details) == (
        "handed_over",
        "support",
        "rude on the phone",
    )
    assert [p.what for p in rows(house, Promise)] == ["answer_given"]


def test_a_rating_is_kept_once_and_is_in_the_journey(house: House) -> None:
    request = house.request(CaseKind.COMPLAINT)
    for _ in range(2):
        feedback.record(house.services, request, score=4, words="quick")
    [kept] = rows(house, Feedback)
    assert (kept.score, kept.kind, kept.words) == (4, "csat", "quick")
    assert [t.kind for t in rows(house, Touchpoint)] == ["feedback.given"]


@pytest.mark.parametrize(
    ("kind", "score"), [(FeedbackKind.CSAT, 6), (FeedbackKind.CSAT, 0), (FeedbackKind.NPS, 11)]
)
def test_a_score_outside_its_scale_is_refused(house: House, kind: FeedbackKind, score: int) -> None:
    with pytest.raises(Invalid):
        feedback.record(house.services, house.request(CaseKind.COMPLAINT), score=score, kind=kind)
