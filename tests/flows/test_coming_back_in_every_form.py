"""In every form somebody leaves in the middle, and goes on the next day, here or by an e-mail."""

import re
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from careline.channels.email.touch_mail import EmailOutlet
from careline.conversation.closing import close_silent
from careline.journey.models import Conversation, Customer, Email, Touch
from careline.journey.words import Channel
from careline.kit.clock import FixedClock
from careline.touches.facts import ChannelFacts, CustomerFacts
from careline.touches.ports import Parcel, Put
from careline.touches.wording import Worded
from tests.customers.market import open_shop_for
from tests.customers.questions import read
from tests.flows import processes
from tests.flows.chat import Chat
from tests.flows.forms import FORMS, visits
from tests.flows.inside import Inside, app_inside
from tests.flows.processes import Bot

ON_THE_PAGE, BY_A_YES, BY_EMAIL, ASKS_AGAIN = range(4)  # whose customer comes back how


@pytest.fixture(scope="module")
def clock() -> FixedClock:
    return FixedClock(datetime.now(UTC))


@pytest.fixture(scope="module")
def inside(
    bot: Bot, tmp_path_factory: pytest.TempPathFactory, clock: FixedClock
) -> Iterator[Inside]:
    state = tmp_path_factory.mktemp("forms") / "var"
    open_shop_for(state, processes.ROOT, [visit for form in FORMS for visit in visits(form)], 1)
    with app_inside(processes.app_settings(state, bot), clock=clock) as running:
        yield running


@pytest.fixture(scope="module")
def left(inside: Inside, clock: FixedClock) -> dict[tuple[str, int], Chat]:
    """All of them leave in the middle of their form; a day goes by."""
    found = {}
    for name, form in FORMS.items():
        for how in range(4):
            chat = found[name, how] = opens_chat(inside, clock, name, how)
            chat.says(form.opening)
            if form.answer:
                chat.says(form.answer)
            assert asked(chat) == (form.asks_then or form.asks), (name, chat.said)
    clock.advance(timedelta(days=1))
    with inside.container.database.begin() as session:
        while close_silent(session, clock.now()):
            pass
    return found


def opens_chat(inside: Inside, clock: FixedClock, form: str, how: int) -> Chat:
    customer = inside.shop.customer(visits(form)[how].ref)
    return inside.shop.open_chat({"identity": customer.identity(clock.now())})


def asked(chat: Chat) -> str:
    assert chat.mode == "bot", chat.said
    return read(chat.replies, chat.mode).asked


def goes_on_with(chat: Chat, form: str) -> bool:
    """The question that stood, and no case: nothing that was said is asked, nothing is agreed."""
    same = asked(chat) == (FORMS[form].asks_then or FORMS[form].asks)
    return "Good to have you back" in chat.said and same and chat.cases() == []


@pytest.mark.parametrize("form", FORMS)
def test_in_a_new_chat(left: Any, inside: Inside, clock: FixedClock, form: str) -> None:
    chat = opens_chat(inside, clock, form, ON_THE_PAGE)
    assert chat.id != left[form, ON_THE_PAGE].id
    chat.says("hello")
    assert goes_on_with(chat, form), chat.said


@pytest.mark.parametrize("form", FORMS)
def test_a_yes_out_of_nowhere_only_brings_it_up(
    left: Any, inside: Inside, clock: FixedClock, form: str
) -> None:
    chat = opens_chat(inside, clock, form, BY_A_YES)
    chat.says("yes")
    assert goes_on_with(chat, form), chat.said


@pytest.mark.parametrize("form", FORMS)
def test_by_the_link_of_an_email(left: Any, inside: Inside, clock: FixedClock, form: str) -> None:
    """The same chat, in which something unasked has come between."""
    chat = by_the_link(inside, clock, left[form, BY_EMAIL], form)
    assert chat.id == left[form, BY_EMAIL].id
    chat.says("hello")
    assert goes_on_with(chat, form), chat.said


# A refund has become the broken item by then, and is opened by other words.
@pytest.mark.parametrize("form", [form for form in FORMS if form != "refund"])
def test_the_same_is_asked_for_again(
    left: Any, inside: Inside, clock: FixedClock, form: str
) -> None:
    chat = opens_chat(inside, clock, form, ASKS_AGAIN)
    chat.says(FORMS[form].opening)
    assert goes_on_with(chat, form), chat.said


def by_the_link(inside: Inside, clock: FixedClock, before: Chat, form: str) -> Chat:
    """What we wrote meanwhile came by e-mail, too; its link opens the chat."""
    page = httpx.Client(
        base_url=inside.shop.settings.base_url, trust_env=False, follow_redirects=True
    )
    with closing(page):
        opened = page.post(link_of(inside, clock, before, form)).text
    identity = re.search(r'data-identity="([^"]+)"', opened)
    assert identity, opened
    return inside.shop.open_chat({"identity": identity[1]})


def link_of(inside: Inside, clock: FixedClock, before: Chat, form: str) -> str:
    """As the dispatcher does it, with something to which no answer is awaited."""
    now, touch_id = clock.now(), f"tch_{form.replace(' ', '')}"
    settings = inside.container.settings
    outlet = EmailOutlet(settings.base_url, settings.secret.get_secret_value(), "Shop")
    with inside.container.database.begin() as session:
        conversation = session.get_one(Conversation, before.id)
        customer = session.get_one(Customer, conversation.customer_id)
        row = Touch(
            id=touch_id, key=touch_id, customer_id=customer.id, playbook="anniversary",
            trigger="tpt_1", trigger_at=now, due_at=now, planned_for=now,
            too_late_at=now + timedelta(days=5), created_at=now, updated_at=now,
        )  # fmt: skip
        session.add(row)
        session.flush()
        reached = {Channel.EMAIL: ChannelFacts(Channel.EMAIL, True, "someone@shop.example")}
        facts = CustomerFacts(
            customer.id, ZoneInfo("Europe/London"), "GB", "", "use", channels=reached
        )
        worded = Worded("A year with us!", (), "A year")
        (put,) = outlet.put(session, now, [Parcel(row, worded, facts, customer)])
        assert isinstance(put, Put), put
        row.state, row.sent_at = "sent", now
        row.conversation_id, row.message_id = put.conversation_id, put.message_id
        text = session.query(Email).filter(Email.touch_id == touch_id).one().text
    found = re.search(r"(/c/\S+)", text)
    assert found, text
    return found[1]
