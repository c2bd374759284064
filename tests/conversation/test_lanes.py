"""A lane is given to one who asks, or to nobody: what is not taken is told at once."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event

from careline.conversation.lanes import Lanes
from tests.house import House

ASKING = 16


def test_of_many_who_ask_at_once_one_gets_the_last_free_thread(house: House) -> None:
    for _ in range(20):
        lanes, go_on, together = Lanes(house.container.turns, workers=1), Event(), Barrier(ASKING)

        def ask(lanes: Lanes = lanes, go_on: Event = go_on, together: Barrier = together) -> bool:
            together.wait()
            return lanes.spare(lambda: bool(go_on.wait(10)))

        with ThreadPoolExecutor(ASKING) as pool:
            asked = [pool.submit(ask) for _ in range(ASKING)]
            given = [each.result() for each in asked]
        go_on.set()
        lanes.close()
        assert given.count(True) == 1


def test_closed_lanes_say_so_instead_of_taking_what_they_will_not_do(house: House) -> None:
    lanes = Lanes(house.container.turns, workers=1)
    lanes.close()
    done = Event()
    assert not lanes.spare(done.set)
    assert not done.is_set()
