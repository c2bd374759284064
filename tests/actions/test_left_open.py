"""Who leaves in the middle and comes back another day is asked nothing that they said already."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from careline.kit.clock import FixedClock
from careline.service.settlement import settle
from tests.actions.offers import OFFERS, at_the_offer, ref_of, visits
from tests.actions.talk import Counter, Reader, Talk, open_counter

pytestmark = pytest.mark.rasa  # the trained model, that is

A_DAY = timedelta(days=1)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(datetime.now(UTC))


@pytest.fixture(scope="module")
def module_clock() -> FixedClock:
    return FixedClock(datetime.now(UTC))


@pytest.fixture(scope="module")
def counter(
    reader: Reader, tmp_path_factory: pytest.TempPathFactory, module_clock: FixedClock
) -> Iterator[Counter]:
    state = tmp_path_factory.mktemp("left") / "var"
    with open_counter(state, visits(), reader, module_clock) as made:
        yield made


def test_probe(counter: Counter, module_clock: FixedClock) -> None:
    for topic in OFFERS:
        place = counter.next_place(topic)
        at_the_offer(counter, topic, place)
        module_clock.advance(A_DAY)
        talk = counter.customer(ref_of(topic, place))
        print("==", topic)
        print(talk.says("hello"), talk.titles, talk.asked, talk.settled())
        print(talk.says("yes please"), talk.settled())
