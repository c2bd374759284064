"""What Careline itself says when the bot cannot: the honest lines, and when a person answers.

Two wordings each, so that a line is not sent twice running; the facts are the same.
"""

from datetime import datetime

from babel.dates import format_date

from careline.journey.words import Channel, Resolution
from careline.kit.zones import zone_of

BACK_PAYLOAD = "/back_to_assistant"
STOP_PAYLOAD = "/stop_unasked"  # of the button under each touch, see domain.yml
BACK_BUTTON = {"title": "Carry on with the assistant", "payload": BACK_PAYLOAD}
PERSON_BUTTON = {"title": "Talk to a person", "payload": "/talk_to_human"}

_STUCK = (
    "I've got your message, and something on our side is stuck. I'm trying again; if that "
    "doesn't work, a colleague answers you here by {by}.",
    "Your message is safe here, but our assistant isn't answering just now. I keep trying, and "
    "otherwise a colleague writes to you here by {by}.",
)
_ALSO_KEPT = (
    "I've kept this one too. Both get an answer here, from a colleague by {by} at the latest.",
    "Got this as well; it's kept in order. You'll hear from us here by {by} at the latest.",
)
_GIVEN_UP = (
    "Sorry, this is still stuck on our side, so I've passed it to a colleague. You'll hear from "
    "us here by {by}.",
    "Sorry about the wait: our assistant can't answer at the moment. A colleague has your "
    "message and writes to you here by {by}.",
)
_ACTION_FAILED = (
    "Sorry, I couldn't finish that on our side. A colleague checks what was done and writes to "
    "you here by {by}.",
    "Sorry, something broke on our side while I was doing that. I've passed it to a colleague; "
    "you'll hear from us here by {by}.",
)
_WITH_OUR_TEAM = (
    "Your message is with our team; you'll hear from us here by {by}.",
    "Our team has this too; expect our answer here by {by}.",
)
_BACK = (
    "You're with the assistant again. What can I do for you?",
    "Back with the assistant. What do you need?",
)
_HANDED_BACK = (
    "You're with the assistant again; {name} has dealt with this.{words}",
    "{name} has dealt with this, and the assistant is here again.{words}",
)
_BACK_IN_QUEUE = (
    "Sorry, our colleague hasn't got back to you in time. You're at the front of our team's "
    "queue again; somebody writes to you here by {by}.",
    "Sorry for the wait: the colleague who had this couldn't answer in time. The whole team sees "
    "it now, and you'll hear from us here by {by}.",
)
_STOPPED = (
    "Done: I won't write to you unasked any more, on any channel. You still get answers, and a "
    "warning if something you bought may not be safe; write START if you change your mind.",
    "You won't hear from me unasked from now on, here or by e-mail. Answers still come, and a "
    "warning if something you bought may not be safe; START undoes it.",
)
_STARTED = (
    "Done: I may write to you again when there's a reason to. STOP ends it at any time.",
    "You'll hear from me again when there's something worth saying. Write STOP to end it.",
)
WHICH_STOP_BUTTONS = (
    {"title": "What you write unasked", "payload": STOP_PAYLOAD},
    {"title": "What we're on just now", "payload": "/never_mind"},
)
_WHICH_STOP = (
    "Shall I stop writing to you unasked, or let go of what we're on just now?",
    "What may I stop: what I write to you unasked, or what we're on just now?",
)
_STOP_WHOM = (
    "I write unasked only to customers I know, and here I don't know who you are. Sign in on the "
    "shop's page and write it again, or use the link at the end of any e-mail from us.",
    "To stop what I write unasked I need to know who you are. Sign in on the shop's page and "
    "write it again, or use the link at the end of any e-mail from us.",
)
_PROMISE_BROKEN = (
    "You should have had this by {day}: {what}. It isn't there, and that's on us. A colleague "
    "looks into it now and writes to you here by {by}.",
    "We promised you this by {day}: {what}. We haven't kept that, sorry. A colleague checks why "
    "and writes to you here by {by}.",
)
_AGREED = (
    "It's agreed: {what}.",
    "A colleague has looked at it and agreed: {what}.",
)
_DECLINED = (
    "A colleague has looked at it, and we can't give you {what}, sorry. The reason: {because}",
    "Sorry, it has to be a no to {what}. The reason: {because}",
)
_ASKED_FOR: dict[str, str] = {
    Resolution.REFUND: "a refund",
    Resolution.KEEP_ITEM: "a refund",
    Resolution.REPLACEMENT: "a replacement",
    Resolution.EXCHANGE: "an exchange",
    Resolution.REPAIR: "a repair",
    Resolution.GOODWILL: "store credit",
}
_GIVEN: dict[str, str] = {
    Resolution.REFUND: "{amount} goes back to {where}, there by {day}",
    Resolution.KEEP_ITEM: "{amount} goes back to {where}, there by {day}, and you keep the item",
    Resolution.REPLACEMENT: "your replacement is with you by {day}",
    Resolution.EXCHANGE: "your exchange is with you by {day}",
    Resolution.REPAIR: "your repair is done by {day}",
    Resolution.GOODWILL: "store credit of {amount} is yours now",
}
_AFTER_THE_GOODS = "once we have the goods, {amount} goes back to {where}, there by {day}"
_MERGED: dict[str, str] = {
    Channel.WEB: "We go on in your other chat with us, so that all of it is in one place.",
    Channel.WHATSAPP: "We go on in your WhatsApp chat with us, so that all of it is in one place.",
    Channel.EMAIL: "We go on by e-mail with you, so that all of it is in one place.",
}
_PROMISED = {
    "refund_paid": "your money back",
    "refund_after_return": "your money back",
    "replacement_delivered": "your replacement",
    "exchange_delivered": "your exchange",
    "repair_done": "your repair",
    "trace_answered": "news of your parcel",
    "answer_given": "our answer",
    "call_made": "our call",
    "parcel_sent": "your parcel on its way",
    "parcel_delivered": "your parcel",
    "message_sent": "what we said we would send you",
    "label_sent": "your return label",
    "credit_given": "your store credit",
    "collected": "the collection",
    "stock_back": "it back in stock",
    "done": "what we said we would do",
}
_PROMISE_KINDS = {words: what for what, words in reversed(_PROMISED.items())}


def stopped(turn: int = 0) -> str:
    return _STOPPED[turn % 2]


def started(turn: int = 0) -> str:
    return _STARTED[turn % 2]


def which_stop(turn: int = 0) -> str:
    return _WHICH_STOP[turn % 2]


def stop_whom(turn: int = 0) -> str:
    return _STOP_WHOM[turn % 2]


def stuck(by: str, turn: int = 0) -> str:
    return _STUCK[turn % 2].format(by=by)


def also_kept(by: str, turn: int = 0) -> str:
    return _ALSO_KEPT[turn % 2].format(by=by)


def given_up(by: str, turn: int = 0) -> str:
    return _GIVEN_UP[turn % 2].format(by=by)


def action_failed(by: str, turn: int = 0) -> str:
    return _ACTION_FAILED[turn % 2].format(by=by)


def with_our_team(by: str, turn: int = 0) -> str:
    return _WITH_OUR_TEAM[turn % 2].format(by=by)


def back_with_assistant(turn: int = 0) -> str:
    return _BACK[turn % 2]


def handed_back(name: str, words: str, turn: int = 0) -> str:
    return _HANDED_BACK[turn % 2].format(name=name, words=f" {words}" if words else "")


def back_in_queue(by: str, turn: int = 0) -> str:
    return _BACK_IN_QUEUE[turn % 2].format(by=by)


def agreed(what: str, turn: int = 0) -> str:
    return _AGREED[turn % 2].format(what=what)


def declined(what: str, because: str, turn: int = 0) -> str:
    reason = because if because.endswith((".", "!", "?")) else f"{because}."
    return _DECLINED[turn % 2].format(what=what, because=reason)


def asked_for(resolution: str, amount: str) -> str:
    """ "a refund of £49.00"."""
    what = _ASKED_FOR.get(resolution, "what was asked for")
    return f"{what} of {amount}" if amount else what


def given(
    resolution: str, *, amount: str, method: str, day: str, after_goods_are_back: bool = False
) -> str:
    """What the customer gets, and by when: "£49.00 goes back to your Visa, there by Friday"."""
    of_kind = _GIVEN.get(resolution, "what was asked for is done by {day}")
    words = _AFTER_THE_GOODS if after_goods_are_back and amount else of_kind
    where = f"your {method}" if method else "you"
    return words.format(amount=amount, where=where, day=day)


def merged(channel: str) -> str:
    return _MERGED.get(channel, _MERGED[Channel.WEB])


def promise_words(what: str) -> str:
    """What was promised, as the customer calls it; a person's own words stay as they are."""
    return _PROMISED.get(what, what)


def promise_kind(words: str) -> str:
    """What is promised with these words of ours, for no event knows "our answer"."""
    return _PROMISE_KINDS.get(words.casefold(), words)


def promise_broken(what: str, day: str, by: str, turn: int = 0) -> str:
    return _PROMISE_BROKEN[turn % 2].format(what=what, day=day, by=by)


def time_words(due: datetime, now: datetime, zone: str) -> str:
    """The moment as the customer says it: 14:30 · 09:30 tomorrow · Friday 27 November, 09:30."""
    here = zone_of(zone)
    local, today = due.astimezone(here), now.astimezone(here).date()
    clock = f"{local:%H:%M}"
    days = (local.date() - today).days
    if days <= 0:
        return clock
    if days == 1:
        return f"{clock} tomorrow"
    return f"{format_date(local, 'EEEE d MMMM', locale='en_GB')}, {clock}"
