"""Conversations as people have them who have never read a word of ours."""

import pytest

from tests.actions.offers import offered, opens
from tests.actions.talk import Counter

pytestmark = pytest.mark.rasa  # the trained model, that is


@pytest.mark.parametrize("said", ["help", "I need help", "???", "I have a problem"])
def test_who_calls_for_us_is_asked_what_it_is_about(counter: Counter, said: str) -> None:
    talk = opens(counter, "missing")
    for _ in range(2):
        talk.says(said)
        assert "Where's my order" in talk.titles
    assert talk.mode == "bot"


@pytest.mark.parametrize("said", ["great", "yes", "perfect"])
def test_a_yes_after_it_is_settled_is_no_riddle(counter: Counter, said: str) -> None:
    talk = offered(counter, "billing")
    talk.says("yes please")
    assert "anything else" in talk.says(said)


def test_a_plain_yes_looks_into_the_late_parcel(counter: Counter) -> None:
    talk = opens(counter, "delivery")
    assert "look into it?" in talk.says("where is my parcel?")
    talk.says("yes please")
    assert talk.asked == "remedy"
    assert talk.task["order"]


@pytest.mark.parametrize(
    "said", ["what are my options?", "is there anything else you can do", "what else could you do?"]
)
def test_who_asks_what_else_there_is_gets_all_of_it(counter: Counter, said: str) -> None:
    talk = offered(counter, "faulty")
    talk.says(said)
    assert talk.settled() == []
    assert [title.split(" £")[0] for title in talk.titles[:2]] == ["Send a new one", "Refund"]


def test_another_one_is_a_new_one(counter: Counter) -> None:
    talk = offered(counter, "faulty")
    talk.says("just send another one then")
    assert talk.settled() == ["replacement"]


@pytest.mark.parametrize(
    "said", ["can you tell me how long the replacement takes", "when would it get here?"]
)
def test_when_it_would_come_is_answered_with_the_day(counter: Counter, said: str) -> None:
    talk = offered(counter, "wrong item")
    day = talk.task["remedies"][0]["by"]
    answer = talk.says(said)
    assert talk.settled() == []
    assert "with you by" in answer
    assert talk.task["remedies"][0]["by"] == day


@pytest.mark.parametrize(
    ("said", "item"),
    [
        ("only the jeans arrived, no clock", "Wall clock"),
        ("my clock isn't in the box", "Wall clock"),
    ],
)
def test_what_was_missing_is_heard_at_once(counter: Counter, said: str, item: str) -> None:
    talk = opens(counter, "missing")
    talk.says(said)
    assert (talk.asked, talk.task["item"]) == ("remedy", item)


def test_the_missing_thing_answers_what_was_missing_and_a_yes_does_not(counter: Counter) -> None:
    talk = opens(counter, "missing")
    talk.says("I'm missing something from my delivery")
    assert talk.asked == "what_is_missing"
    talk.says("yes")
    assert talk.asked == "what_is_missing"
    talk.says("the clock")
    assert (talk.asked, talk.task["item"]) == ("remedy", "Wall clock")


def test_an_empty_box_is_a_parcel_of_which_nothing_came(counter: Counter) -> None:
    talk = opens(counter, "missing")
    talk.says("the box was empty")
    assert talk.asked == "remedy"


def test_two_things_go_back_one_after_the_other(counter: Counter) -> None:
    talk = opens(counter, "return")
    talk.says("I want to send back my jeans and the clock, changed my mind")
    first = talk.task["item"]
    talk.says("yes please")
    assert talk.settled() == ["refund"]
    assert {first, talk.task["item"]} == {"Chandler jeans", "Wall clock"}


def test_two_matters_in_one_sentence_are_not_taken_for_two_things(counter: Counter) -> None:
    talk = opens(counter, "return")
    said = talk.says("my clock is broken and I want to return the jeans too")
    assert "One after the other" not in said


def test_both_of_what_is_shown(counter: Counter) -> None:
    talk = opens(counter, "return")
    talk.says("I'd like to return something")
    assert talk.asked == "order_line"
    talk.says("both please")
    assert talk.asked == "return_reason"
    talk.says("I don't like it")
    talk.says("yes please")
    assert talk.settled() == ["refund"]
    assert talk.task["item"]


def test_a_wish_at_the_photo_goes_on_without_one(counter: Counter) -> None:
    talk = opens(counter, "faulty")
    talk.says("the wall clock arrived broken")
    assert talk.asked == "photo"
    assert "Shall I refund" in talk.says("I just want my money back")
    assert talk.settled() == []


def test_a_colour_that_is_not_there_in_their_size_comes_nearer(counter: Counter) -> None:
    talk = opens(counter, "exchange")
    talk.says("can I get the jeans in a different colour?")
    talk.says("black")
    assert talk.titles
    assert all("black" in title for title in talk.titles)
    assert talk.mode == "bot"


def test_what_was_named_before_we_asked_back_is_not_asked_for(counter: Counter) -> None:
    talk = opens(counter, "return")
    talk.says("I'm really disappointed with the jeans")
    talk.says("the stitching came apart after one wash")
    assert talk.task["item"] == "Chandler jeans"


def test_a_return_said_again_does_not_take_credit_in_its_place(counter: Counter) -> None:
    talk = offered(counter, "return, too late")
    talk.says("yes return it")
    assert talk.settled() == []


def test_yes_after_all_cancels(counter: Counter) -> None:
    talk = offered(counter, "cancel")
    talk.says("no wait, don't")
    assert talk.settled() == []
    talk.says("actually yes cancel")
    assert talk.settled() == ["refund"]


@pytest.mark.parametrize("said", ["how long will it take?", "and when will I get it?"])
def test_when_after_it_was_settled_is_about_that(counter: Counter, said: str) -> None:
    talk = offered(counter, "billing")
    talk.says("yes please")
    assert "your money back, under case" in talk.says(said)


@pytest.mark.parametrize(
    "said", ["is it too late to return the jeans?", "can I return the jeans without the box?"]
)
def test_a_question_gives_no_reason_for_a_return(counter: Counter, said: str) -> None:
    talk = opens(counter, "return")
    talk.says(said)
    assert talk.asked == "return_reason"


def test_store_credit_is_taken_by_its_name(counter: Counter) -> None:
    talk = offered(counter, "return, too late")
    talk.says("ok fine store credit")
    assert talk.settled() == ["refund"]


def test_what_stopped_is_faulty_also_beside_a_demand(counter: Counter) -> None:
    talk = opens(counter, "faulty")
    talk.says("Clock stopped after 2 days. Unacceptable! I demand a refund")
    assert (talk.asked, talk.task["wished"]) == ("photo", "refund")


def test_a_stolen_parcel_needs_no_asking_back(counter: Counter) -> None:
    talk = opens(counter, "missing")
    talk.says("I think my parcel got stolen")
    assert talk.asked == "remedy"


def test_an_address_may_come_in_two_messages(counter: Counter) -> None:
    talk = opens(counter, "change address")
    talk.says("can you deliver to my work instead?")
    assert "town and postcode" in talk.says("12 Mill Lane")
    assert "12 Mill Lane, London, E1 6AN" in talk.says("London E1 6AN")
    assert talk.settled() == []


def test_the_size_they_need_is_a_wish_for_it(counter: Counter) -> None:
    talk = opens(counter, "exchange")
    talk.says("the jeans are the wrong size")
    assert "size 34" in talk.says("I ordered 32 but need 34")
    assert talk.asked == "remedy"


def test_an_ok_at_the_photo_goes_on_in_the_end(counter: Counter) -> None:
    talk = opens(counter, "faulty")
    talk.says("the wall clock arrived broken")
    talk.says("ok")
    talk.says("ok")
    assert (talk.mode, talk.asked) == ("bot", "remedy")


def test_where_is_my_stuff_tells_what_is_missing(counter: Counter) -> None:
    talk = opens(counter, "missing")
    talk.says("it's been 2 weeks!!! WHERE IS MY STUFF")
    assert talk.asked == "remedy"


def test_money_back_for_what_does_not_suit(counter: Counter) -> None:
    talk = opens(counter, "return")
    talk.says("i want my money back")
    talk.says("they dont suit me")
    assert talk.mode == "bot"
    assert talk.task["intent"] == "return_item"


def test_a_visitor_asks_about_the_policy_and_is_asked_nothing(counter: Counter) -> None:
    talk = counter.visitor()
    assert "/help/" in talk.says("ok then can you tell me about your returns policy")
    assert talk.asked is None


@pytest.mark.parametrize("said", ["ill keep it for some money back", "I'd keep it with a discount"])
def test_keeping_it_for_less_is_not_the_money_back(counter: Counter, said: str) -> None:
    talk = offered(counter, "faulty")
    talk.says(said)
    assert talk.settled() == []
    assert talk.task["remedies"][0]["resolution"] == "keep_item"
