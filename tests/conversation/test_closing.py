"""A conversation that has fallen silent ends with a touchpoint that sums it up."""

from datetime import timedelta

from sqlalchemy import select

from careline.conversation.closing import close_silent
from careline.journey.models import Touchpoint
from tests.house import House


def close(house: House) -> int:
    with house.container.database.begin() as session:
        return close_silent(session, house.clock.now())


def test_silence_closes_and_sums_up_and_a_new_message_opens_again(house: House) -> None:
    chat = house.chat()
    chat.say("hello")
    chat.say("thank you so much, great service!")
    assert close(house) == 0
    house.clock.advance(timedelta(hours=13))
    assert close(house) == 1
    assert close(house) == 0
    assert house.conversation(chat.id).mode == "closed"
    with house.container.database.read() as session:
        ended = session.scalars(
            select(Touchpoint).where(Touchpoint.kind == "conversation.ended")
        ).one()
    assert ended.effort == 2
    assert ended.emotion in ("pleased", "delighted")
    assert ended.at < house.clock.now() - timedelta(hours=12)
    assert chat.say("one more thing")["mode"] == "bot"
