"""What the customer's page tells the desk: that words have come, were read, and that they write."""

from careline.channels.web.presence import TypingSigns
from tests import loops
from tests.conversation.staff.desk import Desk, hire
from tests.house import Chat, House


def told(chat: Chat, path: str, body: dict) -> int:  # type: ignore[type-arg]
    answer = chat.house.client.post(f"/api/chat/{path}", json=body, headers=chat.headers)
    return int(answer.status_code)


def answered(house: House) -> tuple[Chat, str]:
    desk, chat = Desk(house, hire(house, "Lena Marsh"), ""), house.chat()
    desk.escalate(chat)
    desk.claim(chat)
    return chat, desk.reply(chat, "Your boots leave today").id


def test_a_colleagues_words_have_come_and_then_were_read(house: House) -> None:
    chat, message = answered(house)
    assert told(chat, "seen", {"message": message, "read": False}) == 204
    assert house.messages(chat.id)[-1].delivery == "delivered"
    assert told(chat, "seen", {"message": message}) == 204
    assert house.messages(chat.id)[-1].delivery == "read"


def test_a_message_of_somebody_else_is_not_marked(house: House) -> None:
    _, message = answered(house)
    assert told(house.chat(), "seen", {"message": message}) == 404


def test_the_typing_sign_ends_by_itself(house: House, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    gateway = house.container.gateway
    monkeypatch.setattr("careline.channels.web.presence.TYPING_STAYS_SECONDS", 0.01)

    async def watch() -> tuple[bool, bool]:
        signs = TypingSigns(gateway)
        signs.show("cnv_x", True)
        begun = gateway.hub.is_customer_typing("cnv_x")
        with gateway.hub.listen("*") as listener:
            await listener.wait(5)
        return begun, gateway.hub.is_customer_typing("cnv_x")

    assert loops.run(watch()) == (True, False)


def test_typing_is_taken_from_the_holder_of_the_token_alone(house: House) -> None:
    chat = house.chat()
    assert told(chat, "typing", {"on": True}) == 204
    assert house.client.post("/api/chat/typing", json={"on": True}).status_code == 401
