"""Every form: who opens it with which words, what it asks then, and what may be answered."""

from dataclasses import dataclass

from tests.customers.goals import Goal, SeededOrder
from tests.customers.market import Visit

_DELIVERED = SeededOrder("delivered", 4, ("Chandler jeans | 32, indigo", "Wall clock | oak"))
_PAID = SeededOrder("paid", 0.4, ("Harbour boots | 41, brown", "Wool scarf | red"))
_ON_ITS_WAY = SeededOrder("in_transit", 1, ("Bath towels | slate",))
_CHARGED_TWICE = SeededOrder("double_charge", 4, ("Wool blanket | grey",))
EACH = 12  # customers in the same situation


@dataclass(frozen=True)
class Form:
    orders: tuple[SeededOrder, ...]
    opening: str
    asks: str  # as tests.customers.questions has it
    answer: str = ""  # to that; a form with none ends with any
    asks_then: str = ""


FORMS = {
    "wrong item": Form((_DELIVERED,), "I got the wrong item", "item", "the jeans", "remedy"),
    "faulty": Form((_DELIVERED,), "it arrived broken", "item", "the wall clock", "photo"),
    "missing": Form(
        (_DELIVERED,), "something is missing from my parcel", "item", "the clock", "remedy"
    ),
    "return": Form(
        (_DELIVERED,), "I'd like to return my jeans", "reason", "changed my mind", "remedy"
    ),
    "exchange": Form(
        (_DELIVERED,), "I'd like to exchange my jeans", "variant", "34 indigo", "remedy"
    ),
    "refund": Form((_DELIVERED,), "I want a refund", "reason", "it arrived broken", "item"),
    "order status": Form((_ON_ITS_WAY, _PAID), "where is my order?", "order"),
    "cancel": Form((_PAID,), "please cancel my order", "remedy"),
    "change order": Form(
        (_PAID,), "I want to change the size of the boots in my order", "variant", "42", "remedy"
    ),
    "change address": Form(
        (_PAID,),
        "I need to change the delivery address",
        "address",
        "9 New Street, Bath, BA2 2BB",
        "remedy",
    ),
    "billing": Form((_CHARGED_TWICE,), "I was charged twice", "remedy"),
    "complaint": Form(
        (),
        "I want to complain",
        "complaint",
        "nobody answered my e-mails for two weeks",
        "wants_answer",
    ),
    "suggestion": Form((), "I have a suggestion", "suggestion"),
    "feedback": Form((), "I'd like to leave a rating", "rating"),
}


def visits(form: str) -> list[Visit]:
    first = 1001 + list(FORMS).index(form) * EACH
    goal = Goal(name=form, topic=form, opening={}, orders=FORMS[form].orders)
    return [Visit(goal, place, f"C{first + place}") for place in range(EACH)]
