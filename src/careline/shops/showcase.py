"""The demo customers who stand for one situation each; their orders hold nothing else.

The demo page offers them, and tests and the documentation name them.
"""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True)
class ShownOrder:
    """An order of a showcase customer; `story` is one of seed_orders.Story."""

    story: str
    age: timedelta  # since it was delivered, or since what the story is about
    items: tuple[tuple[str, int], ...]  # "product | option, option" and how many
    is_gift: bool = False


@dataclass(frozen=True)
class Showcase:
    ref: str
    name: str
    country: str
    what_for: str
    orders: tuple[ShownOrder, ...]


def _order(story: str, days: float, *items: str, is_gift: bool = False) -> ShownOrder:
    """Items are "3 x product | option, option"; without a number it is one."""
    counted = []
    for item in items:
        count, times, rest = item.partition(" x ")
        counted.append((rest, int(count)) if times else (item, 1))
    return ShownOrder(story, timedelta(days=days), tuple(counted), is_gift)


SHOWCASE: tuple[Showcase, ...] = (
    Showcase("C1001", "Amelia Hughes", "GB", "Boots just delivered: a wrong item, or a bad fit",
             (_order("delivered", 2, "Harbour boots | 40, navy"),)),
    Showcase("C1002", "Lukas Müller", "DE", "Croissants just delivered, paid in euros",
             (_order("delivered", 1, "Croissant box | 12"),)),
    Showcase("C1003", "Grace Campbell", "GB", "A television just delivered: broken, repair",
             (_order("delivered", 3, "Lookout television 43"),)),
    Showcase("C1004", "Ava Johnson", "US", "A jacket in S, in stock in M and L, paid in dollars",
             (_order("delivered", 5, "Breakwater jacket | S, yellow"),)),
    Showcase("C1005", "Priya Patel", "GB", "Two orders that are alike: which one is meant?",
             (_order("delivered", 3, "Quayside trainers | 39, white"),
              _order("delivered", 6, "Quayside trainers | 40, grey"))),
    Showcase("C1006", "Camille Lefèvre", "FR", "One order of several things, some of them twice",
             (_order("delivered", 4, "Stoneware plates | blue", "4 x Enamel mugs | green",
                     "Lantern table lamp | brass"),)),
    Showcase("C1007", "Oliver Wright", "GB", "Final sale only",
             (_order("delivered", 4, "Summer shorts, last season | M, sand",
                     "2 x Odd socks | 40-43, mixed"),)),
    Showcase("C1008", "Haruka Tanaka", "JP", "Headphones under warranty, paid in yen",
             (_order("delivered", 6, "Foghorn headphones | black"),)),
    Showcase("C1009", "João Silva", "BR", "Jeans that can be exchanged, paid in reais",
             (_order("delivered", 5, "Chandler jeans | 32, indigo"),)),
    Showcase("C1010", "Aoife Murphy", "IE", "Two parcels: one is there, one is on its way",
             (_order("split", 3, "Galley kettle | cream", "Galley toaster | cream"),)),
    Showcase("C1011", "Thomas Bell", "GB", "A refund that is pending; the rest was kept",
             (_order("refund_pending", 9, "Fisherman's jumper | L, cream",
                     "Anchor hoodie | L, green"),)),
    Showcase("C1012", "Ayesha Begum", "GB", "A refund that is late",
             (_order("refund_late", 10, "Tideline dress | M, rust", "Wool scarf | red"),)),
    Showcase("C1013", "Noah Cohen", "US", "Charged twice for one order",
             (_order("double_charge", 4, "Wool blanket | grey"),)),
    Showcase("C1014", "يوسف الهاشمي", "AE", "A gift, and a name from right to left",
             (_order("delivered", 3, "Harbour puzzle | 1000", "Plush whale | blue",
                     is_gift=True),)),
    Showcase("C1015", "Matilda Chan", "AU", "Three of the same: some of them missing or broken",
             (_order("delivered", 2, "3 x Glass carafe", "2 x Muffin box | blueberry"),)),
    Showcase("C1016", "Deepika Iyer", "IN", "Out of the return window, but under warranty",
             (_order("delivered", 300, "Dockside speaker | blue"),
              _order("delivered", 4, "Tides and Times"))),
    Showcase("C1041", "Hamish Campbell", "GB", "Nine days past the return window",
             (_order("delivered", 39, "Oxford brogues | 42, brown"),)),
    Showcase("C1042", "Sophie Becker", "DE", "A parcel that is late",
             (_order("late", 3, "Desk lamp | white"),)),
    Showcase("C1043", "Jack Smith", "GB", "Not shipped yet: cancel, another size or address",
             (_order("paid", 0.4, "Harbour boots | 41, brown", "Box of five socks | 40-43, navy"),
              )),
    Showcase("C1044", "Lucía García", "ES", "A parcel that the carrier has lost",
             (_order("lost", 8, "Bath towels | white"),)),
    Showcase("C1045", "Rebecca Miller", "US", "A payment that failed",
             (_order("payment_failed", 1, "Mast floor lamp | oak"),)),
    Showcase("C1046", "Emeka Okafor", "NG", "No orders at all", ()),
)  # fmt: skip
