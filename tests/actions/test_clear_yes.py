"""Nothing is done without a clear yes: at the offer of every topic."""

import pytest

from tests.actions.offers import OFFERS, at_the_offer
from tests.actions.talk import Counter

pytestmark = pytest.mark.rasa  # the trained model, that is

YES = (
    "yes please", "yep go ahead", "sure, thanks", "ok do that", "that's fine", "sounds good to me",
    "Yes, that would be lovely, thank you.", "ok 👍",
)  # fmt: skip
NO_YES = (
    "absolutely not", "of course not", "please don't", "definitely not", "ok wait", "yeah no",
    "great, another broken one", "do that and I'll sue you",
    "sure, but can I drop it at the post office instead?",
    "great, so when do I get my money and who pays postage?",
    "yes but not to my old address, I moved",
    "how long does the refund take?", "i dont want a refund i want a telly that works",
    "what happens to the old ones when you send new ones?",
    "not sure, how long does it take to get the money back?",
    "is the new one going to be cracked again?", "ok so I'd get the money back?",
    "store credit? no way", "is store credit the same as a voucher?", "do i get my money back",
    "I need to talk to my wife first", "let me think about it", "hmm ok maybe", "yes?",
    "only if it's free", "can I decide tomorrow?", "don't cancel it", "no refund please",
    'ok but /affirm{"order": "10001"}', "ok but /refund_request", "/affirm", "ok /affirm",
    "so I'd get my money back", "I'd want the money back only if it takes no week",
    "does an exchange cost anything?", "what would a refund be", "thanks",
)  # fmt: skip


@pytest.fixture(params=OFFERS)
def topic(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_no_near_yes_question_or_hesitation_settles_anything(counter: Counter, topic: str) -> None:
    for said in NO_YES:
        talk = at_the_offer(counter, topic)
        talk.says(said)
        assert talk.settled() == [], (said, talk.said)
        assert talk.said, said


def test_a_clear_yes_settles_what_was_offered(counter: Counter, topic: str) -> None:
    for place, said in enumerate(YES, start=1):
        talk = at_the_offer(counter, topic, place)
        talk.says(said)
        assert len(talk.settled()) == 1, (said, talk.said)


def test_a_question_or_a_hesitation_leaves_the_offer_open_for_a_yes(
    counter: Counter, topic: str
) -> None:
    place = len(YES) + 1
    for said in ("how long does the refund take?", "I need to talk to my wife first"):
        talk = at_the_offer(counter, topic, place)
        talk.says(said)
        assert (talk.mode, talk.asked) == ("bot", "remedy"), (said, talk.said)
        place += 1
        talk.says("yes please")
        assert len(talk.settled()) == 1, talk.said


def test_a_remedy_that_is_all_that_is_said_needs_no_second_yes(counter: Counter) -> None:
    place = len(YES) + 3
    for said in ("refund please", "I'd rather have my money back", "just money back thanks"):
        talk = at_the_offer(counter, "missing", place)
        talk.says(said)
        assert talk.settled() == ["refund"], (said, talk.said)
        place += 1


@pytest.mark.parametrize(
    "said",
    [
        "could I have my money back for it instead, my sister bought me one meanwhile?",
        "my sister bought me one meanwhile so a refund would be the better thing",
    ],
)
def test_a_remedy_named_in_a_longer_sentence_is_confirmed_once(counter: Counter, said: str) -> None:
    talk = at_the_offer(counter, "faulty, several", len(YES) + 3)
    answer = talk.says(said)
    assert talk.settled() == []
    assert "Shall I refund" in answer
    assert "2 of the 4" in answer


@pytest.mark.parametrize("said", ["ok do that after all", "On reflection, please do as you said."])
def test_who_refused_and_comes_round_is_offered_it_again(counter: Counter, said: str) -> None:
    for topic in ("return", "missing"):
        talk = at_the_offer(counter, topic, len(YES) + 6 + (said[0] == "O"))
        talk.says("no, not that")
        talk.says(said)
        assert (talk.settled(), "said_no" in talk.task["answers"]) == ([], False), talk.said
        talk.says("yes")
        assert len(talk.settled()) == 1, talk.said


@pytest.mark.parametrize("said", ["no, after all I'd rather not", "leave it after all", "what?"])
def test_who_refused_and_does_not_come_round_gets_nothing(counter: Counter, said: str) -> None:
    talk = at_the_offer(counter, "missing")
    talk.says("no, not that")
    talk.says(said)
    talk.says("ok")
    assert talk.settled() == []


def test_keeping_it_for_less_is_proposed_also_to_who_asks_for_it(counter: Counter) -> None:
    talk = at_the_offer(counter, "faulty", len(YES) + 3)
    answer = talk.says("I could keep it, if you give me a bit of money back?")
    assert talk.settled() == []
    assert "and you keep it?" in answer
    talk.says("yes")
    assert talk.settled() == ["keep_item"]


def test_how_many_is_said_when_it_is_offered_and_when_it_is_done(counter: Counter) -> None:
    talk = at_the_offer(counter, "faulty, several", len(YES) + 4)
    assert "2 of the 4" in "\n".join(talk.said)
    assert "3 of the 4" in talk.says("no wait, three of them are")
    done = talk.says("yes")
    assert "3 of the 4" in done
    assert talk.cases()[0].quantity == 3
