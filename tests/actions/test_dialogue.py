"""Conversations at the counter: what customers do in place of answering, and what becomes of it."""

import pytest

from tests.actions.offers import OFFERS, offered, opens
from tests.actions.talk import Counter

pytestmark = pytest.mark.rasa  # the trained model, that is


@pytest.mark.parametrize("said", ["hello", "are you a robot?", "thanks"])
@pytest.mark.parametrize("topic", OFFERS)
def test_the_same_question_is_never_asked_a_third_time(
    counter: Counter, topic: str, said: str
) -> None:
    talk = offered(counter, topic)
    talk.says(said)
    assert talk.mode == "bot"
    talk.says(said)
    assert talk.handed_over == "not_understood_twice"


def test_photos_in_place_of_words_do_not_go_on_for_ever(counter: Counter) -> None:
    talk = opens(counter, "return")
    talk.says("I'd like to return my jeans")
    for _ in range(3):
        talk.sends_a_photo()
    assert talk.handed_over == "not_understood_twice"


def test_numbers_of_no_order_do_not_go_on_for_ever(counter: Counter) -> None:
    talk = opens(counter, "missing")
    talk.says("where is my order 99999")
    for number in ("99998", "99997", "99996", "99995"):
        if talk.mode == "bot":
            talk.says(f"order {number}")
    assert talk.asked is None


def test_what_was_answered_may_be_asked_about_again(counter: Counter) -> None:
    """An answer from an article is no failure: the question stands without being repeated."""
    talk = offered(counter, "faulty")
    for _ in range(3):
        assert "/help/" in talk.says("how long does the refund take?")
    assert (talk.mode, talk.asked) == ("bot", "remedy")
    assert "Talk to a person" in talk.titles


@pytest.mark.parametrize(
    "said", ["I need to talk to my wife first", "I already told someone about this yesterday"]
)
def test_a_person_of_theirs_is_none_of_ours(counter: Counter, said: str) -> None:
    talk = offered(counter, "missing")
    talk.says(said)
    assert (talk.mode, talk.asked) == ("bot", "remedy")


def test_a_question_beside_a_request_is_answered_and_the_request_goes_on(counter: Counter) -> None:
    talk = opens(counter, "return")
    said = talk.says("what sizes do the boots come in? I also want to return my jeans")
    assert "/help/sizes" in said
    assert talk.asked == "return_reason"


def test_a_request_beside_a_question_is_not_lost(counter: Counter) -> None:
    talk = opens(counter, "missing")
    talk.says(
        "hi, the jeans are great but the wall clock is missing from the parcel"
        " and I want to know if you do gift wrapping"
    )
    assert talk.task["topic"] == "missing"
    assert "/help/" in talk.said[0] or "reliable answer" in talk.said[0]


def test_several_answers_at_once_are_all_taken(counter: Counter) -> None:
    talk = opens(counter, "return")
    talk.says("I want to return something")
    talk.says("the jeans, changed my mind, money back to my card please")
    assert talk.asked == "remedy"
    assert (talk.task["reason"], talk.task["wished"]) == ("changed_mind", "refund")


def test_a_reason_is_corrected_offered(counter: Counter) -> None:
    talk = offered(counter, "return")
    talk.says("no wait, it's actually broken")
    assert (talk.task["topic"], talk.settled()) == ("faulty", [])


def test_other_sizes_are_those_of_the_thing_in_hand(counter: Counter) -> None:
    talk = opens(counter, "return")
    talk.says("the jeans don't fit")
    said = talk.says("what other sizes are there?")
    assert "Chandler jeans" in said
    assert "/help/sizes" not in said


def test_what_help_knows_word_for_word_is_not_out_of_scope(counter: Counter) -> None:
    talk = opens(counter, "return")
    assert "/help/privacy" in talk.says("what data do you have about me")


def test_a_score_of_something_else_is_no_rating(counter: Counter) -> None:
    talk = opens(counter, "return")
    talk.says("I'd like to leave a rating")
    talk.says("your site says 4/5 stock left lol")
    assert talk.asked == "rating"


def test_another_wish_after_a_hang_on_is_heard_and_the_next_yes_is_to_it(counter: Counter) -> None:
    talk = offered(counter, "wrong item")
    talk.says("hang on, on second thoughts I want my money back")
    assert talk.settled() == []
    talk.says("perfect, yeah let's do that :)")
    assert talk.settled() == ["refund"]


def test_who_complains_may_ask_for_the_answer_in_a_whole_sentence(counter: Counter) -> None:
    talk = opens(counter, "return")
    talk.says("I want to complain about your delivery driver, he was rude and threw the box")
    assert talk.asked == "wants_answer"
    talk.says("Yes, I would appreciate a reply from somebody.")
    assert talk.asked != "wants_answer"


@pytest.mark.parametrize(
    "said",
    [
        "the driver was rude and I want to return the jeans",
        "I want to return the jeans, and your staff on the phone was really unhelpful",
        "I want to complain about your driver, and I'd like to return my jeans",
    ],
)
def test_a_complaint_beside_a_wish_is_seen_to_after_it(counter: Counter, said: str) -> None:
    talk = opens(counter, "return")
    for words in (said, "changed my mind", "yes", "just pass it on"):
        talk.says(words)
    assert [(case.kind, case.state) for case in talk.cases()] == [
        ("return", "resolved"), ("complaint", "resolved"),
    ]  # fmt: skip


def test_a_rude_driver_in_the_middle_of_something_is_noted_and_seen_to(counter: Counter) -> None:
    talk = opens(counter, "return")
    talk.says("I'd like to return my jeans")
    assert "right after this" in talk.says("by the way your driver was really rude to my wife")
    for words in ("changed my mind", "yes", "just pass it on"):
        talk.says(words)
    assert [case.kind for case in talk.cases()] == ["return", "complaint"]


@pytest.mark.parametrize(
    "said",
    [
        "my jeans don't fit, this is really annoying. I want to return them",
        "I want to complain, the wall clock arrived broken and this is ridiculous",
    ],
)
def test_a_feeling_about_the_matter_is_no_complaint_of_its_own(counter: Counter, said: str) -> None:
    talk = opens(counter, "faulty")
    talk.says(said)
    assert talk.slots["waiting_requests"] == []


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("I want to return the jeans and cancel my vine club", "/help/vine-club"),
        ("I'd like to return my jeans and cancel my subscription", "/help/vine-club"),
        ("please cancel my membership and return the jeans", "/help/vine-club"),
        ("I want to return the jeans and change my password", "/help/account"),
        ("return the jeans and book me a flight", "isn't something I can do here"),
    ],
)
def test_a_wish_that_is_none_of_ours_is_answered_and_the_other_one_begins(
    counter: Counter, said: str, told: str
) -> None:
    talk = opens(counter, "return")
    assert told in talk.says(said)
    assert (talk.task["topic"], talk.asked) == ("return", "return_reason")


def test_what_is_wrong_with_something_else_is_no_reason_for_a_return(counter: Counter) -> None:
    talk = opens(counter, "return")
    talk.says("the website is broken and I want to return my jeans")
    assert talk.asked == "return_reason"


def test_a_question_about_sizes_gives_no_reason(counter: Counter) -> None:
    talk = opens(counter, "return")
    talk.says("I'd like to return my jeans")
    talk.says("hm, what else do you have in that size?")
    assert (talk.asked, talk.task.get("reason", "")) == ("return_reason", "")


def test_a_reading_that_the_words_bear_out_is_not_asked_back_about(counter: Counter) -> None:
    talk = counter.visitor()
    talk.says("got a radio, ordered a clock")
    assert (talk.task["topic"], talk.asked) == ("wrong_item", "identity")


def test_a_reason_kept_to_oneself_drops_nothing(counter: Counter) -> None:
    talk = opens(counter, "return")
    talk.says("I'd like to return my jeans")
    talk.says("I would prefer to keep the reason to myself.")
    assert (talk.asked, talk.task["reason"]) == ("remedy", "other")


def test_unsure_which_question_it_is_the_article_answers_all_the_same(counter: Counter) -> None:
    talk = opens(counter, "return")
    assert "/help/gift-cards" in talk.says("Hello, I was wondering whether you sell gift cards.")
