"""Several requests in one message are told apart, and the gravest comes first."""

import numpy as np
import pytest

from bot.reading import Heard, understand
from bot.requests import RANK, Reading, clauses, combine

SURE = 0.6


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("my lamp is broken", []),
        ("thanks. bye", []),
        (
            "My lamp arrived broken. Also where is my other order?",
            ["My lamp arrived broken.", "Also where is my other order?"],
        ),
        (
            "the kettle leaks and also I want to change my address",
            ["the kettle leaks", "I want to change my address"],
        ),
        (
            "wrong boots in the box; please cancel the socks",
            ["wrong boots in the box", "please cancel the socks"],
        ),
        (
            "the torch is dead\nwhen is the book coming",
            ["the torch is dead", "when is the book coming"],
        ),
        (
            "cancel my lamp btw you charged me twice",
            ["cancel my lamp", "you charged me twice"],
        ),
        (
            "my order is late and the lamp from last time broke",
            ["my order is late", "the lamp from last time broke"],
        ),
        (
            "the boots are lovely but my parcel had no laces",
            ["the boots are lovely", "my parcel had no laces"],
        ),
        ("where is my order and cancel the lamp", ["where is my order", "cancel the lamp"]),
        ("I ordered boots and slippers in brown and green", []),
        ("I paid £12.50 for order no. 10482 yesterday", []),
    ],
)
def test_a_message_is_cut_where_a_new_thing_begins(text, parts):
    assert clauses(text) == parts


def test_a_long_story_is_read_in_its_first_and_its_last_parts():
    told = clauses(" ".join(f"This is sentence number {n} of it." for n in range(50)))
    assert len(told) == 8
    assert "number 0 " in told[0]
    assert "number 49 " in told[-1]


def test_the_problem_outranks_the_thanks():
    whole = Reading("thank_you", 0.9)
    parts = [Reading("thank_you", 0.95), Reading("faulty_or_damaged_product", 0.8, "it leaks")]
    found = combine(whole, parts, SURE)
    assert found.main.intent == "faulty_or_damaged_product"
    assert found.others == ()


def test_the_problem_outranks_the_anger():
    whole = Reading("complaint_about_service", 0.8)
    parts = [Reading("complaint_about_service", 0.9), Reading("wrong_item_received", 0.7)]
    found = combine(whole, parts, SURE)
    assert found.main.intent == "wrong_item_received"
    assert [other.intent for other in found.others] == ["complaint_about_service"]


def test_two_requests_are_both_kept_with_their_words():
    whole = Reading("faulty_or_damaged_product", 0.7)
    parts = [
        Reading("faulty_or_damaged_product", 0.9, "the lamp is broken"),
        Reading("change_address", 0.8, "I have moved"),
    ]
    found = combine(whole, parts, SURE)
    assert found.main is whole
    assert [(o.intent, o.text) for o in found.others] == [("change_address", "I have moved")]


def test_what_is_done_elsewhere_is_kept_where_it_is_to_be_done():
    whole = Reading("return_item", 0.95)
    mine = Reading("return_item", 0.98, "I want to return the jeans")
    for text in ("cancel my vine club", "can you book me a flight"):
        found = combine(whole, [mine, Reading("out_of_scope", 0.7, text)], SURE)
        assert [(o.intent, o.text) for o in found.others] == [("out_of_scope", text)]
    remark = Reading("out_of_scope", 0.99, "it is raining cats and dogs here")
    assert combine(whole, [mine, remark], SURE).others == ()


def test_the_whole_reading_stays_when_clauses_are_unsure():
    whole = Reading("product_question", 0.5)
    parts = [Reading("cancel_order", 0.4), Reading("wrong_item_received", 0.5)]
    assert combine(whole, parts, SURE) == combine(whole, [], SURE)


def test_an_unsure_whole_gives_way_to_a_sure_clause():
    whole = Reading("out_of_scope", 0.3)
    found = combine(whole, [Reading("refund_status", 0.9), Reading("inform", 0.9)], SURE)
    assert found.main.intent == "refund_status"


def test_a_sure_request_does_not_give_way_to_a_graver_clause():
    """'I want to return it. It broke.': what they want is known; the rest is told along."""
    whole = Reading("return_item", 0.9)
    found = combine(whole, [Reading("faulty_or_damaged_product", 0.9)], SURE)
    assert found.main is whole
    assert [other.intent for other in found.others] == ["faulty_or_damaged_product"]


@pytest.mark.parametrize("feeling", ["give_rating_or_feedback", "complaint_about_service"])
def test_a_feeling_never_outranks_a_problem_however_unsure(feeling):
    """ "The zip went after two days. Not impressed." """
    whole = Reading("faulty_or_damaged_product", 0.5)
    found = combine(whole, [Reading(feeling, 0.98)], SURE)
    assert found.main is whole
    assert [other.intent for other in found.others] == [feeling]


def test_a_problem_comes_before_a_sure_wish_that_is_not_about_it():
    """ "You sent the wrong jumper. Also I have moved." """
    whole = Reading("change_address", 0.95)
    parts = [Reading("wrong_item_received", 0.9), Reading("change_address", 0.99)]
    found = combine(whole, parts, SURE)
    assert found.main.intent == "wrong_item_received"
    assert [other.intent for other in found.others] == ["change_address"]


def test_one_sure_clause_against_an_unsure_whole_is_not_all_that_counts():
    """ "Could she take it back? The wrong colour came" may be either: both are in the ranking."""
    labels = ["return_item", "wrong_item_received", "greet"]
    heard = Heard(np.array([0.55, 0.3, 0.15]), (("came wrong", np.array([0.05, 0.9, 0.05])),))
    ranking = understand(labels, heard, SURE).ranking
    assert [r["name"] for r in ranking[:2]] == ["wrong_item_received", "return_item"]
    assert ranking[0]["confidence"] == pytest.approx(0.6)
    assert sum(r["confidence"] for r in ranking) == pytest.approx(1.0)


def test_a_clause_that_says_it_clearly_makes_the_whole_sure():
    """ "Ah right. It's going great so far, we love the lamp": only its first words say nothing."""
    whole = Reading("give_rating_or_feedback", 0.55)
    found = combine(whole, [Reading("give_rating_or_feedback", 0.9)], SURE)
    assert (found.main.confidence, found.others, found.against_the_whole) == (0.9, (), False)


def test_facts_and_politeness_are_never_requests_of_their_own():
    whole = Reading("cancel_order", 0.9)
    parts = [Reading(i, 0.99) for i in ("greet", "inform", "thank_you", "affirm", "out_of_scope")]
    assert combine(whole, parts, SURE).others == ()


def test_every_intent_has_one_rank():
    assert len(RANK) == 31
