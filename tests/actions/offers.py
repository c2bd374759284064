"""For every topic: a customer, and the words that lead to the question that settles something."""

from dataclasses import dataclass

from tests.actions.talk import Counter, Talk
from tests.customers.goals import Goal, SeededOrder
from tests.customers.market import Visit

_DELIVERED = SeededOrder("delivered", 4, ("Chandler jeans | 32, indigo", "Wall clock | oak"))
_PAID = SeededOrder("paid", 0.4, ("Harbour boots | 41, brown", "Wool scarf | red"))
_LOST = SeededOrder("lost", 8, ("Bath towels | white",))
_CHARGED_TWICE = SeededOrder("double_charge", 4, ("Wool blanket | grey",))
_LATE_RETURN = SeededOrder("delivered", 36, ("Chandler jeans | 32, indigo",))
_MANY = SeededOrder("delivered", 4, ("4 x Enamel mugs | green",))


@dataclass(frozen=True)
class Offer:
    order: SeededOrder
    says: tuple[str, ...]  # up to the question that settles

    def visit(self, ref: str, topic: str) -> Visit:
        return Visit(Goal(name=topic, topic=topic, opening={}, orders=(self.order,)), 0, ref)


OFFERS = {
    "wrong item": Offer(_DELIVERED, ("you sent the wrong thing instead of my jeans",)),
    "faulty": Offer(_DELIVERED, ("the wall clock arrived broken", "I can't take a photo")),
    "faulty, several": Offer(_MANY, ("two of the mugs are chipped",)),
    "missing": Offer(_DELIVERED, ("the wall clock is missing from the parcel",)),
    "delivery": Offer(_LOST, ("my parcel never came",)),
    "return": Offer(_DELIVERED, ("I'd like to return my jeans", "changed my mind")),
    "return, too late": Offer(_LATE_RETURN, ("I'd like to return my jeans", "changed my mind")),
    "exchange": Offer(_DELIVERED, ("I'd like to exchange my jeans", "34 indigo")),
    "cancel": Offer(_PAID, ("please cancel my order",)),
    "change order": Offer(_PAID, ("I want to change the size of the boots in my order", "42")),
    "change address": Offer(
        _PAID, ("I need to change the delivery address", "9 New Street, Bath, BA2 2BB")
    ),
    "billing": Offer(_CHARGED_TWICE, ("I was charged twice",)),
}


EACH = 16  # customers for each topic


def visits() -> list[Visit]:
    """Customers for each topic who have the same behind them."""
    return [
        offer.visit(ref_of(topic, place), topic)
        for topic, offer in OFFERS.items()
        for place in range(EACH)
    ]


def ref_of(topic: str, place: int) -> str:
    return f"C{1001 + list(OFFERS).index(topic) * EACH + place}"


def at_the_offer(counter: Counter, topic: str, place: int = 0) -> Talk:
    """A conversation in which something is offered, and nothing is settled yet.

    Nothing of an earlier one of theirs goes along into it.
    """
    talk = counter.customer(ref_of(topic, place))
    counter.forget_what_was_left_by(talk)
    for words in OFFERS[topic].says:
        talk.says(words)
    assert talk.asked == "remedy", (topic, talk.said)
    return talk


def opens(counter: Counter, topic: str) -> Talk:
    """A conversation of somebody with whom nobody has talked yet."""
    return counter.customer(ref_of(topic, counter.next_place(topic)))


def offered(counter: Counter, topic: str) -> Talk:
    """The same, up to the offer."""
    return at_the_offer(counter, topic, counter.next_place(topic))
