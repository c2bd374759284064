"""Say in words why a touch was sent, held, swapped or dropped."""

from careline.journey.words import TouchReason as Why

WORDS: dict[Why, str] = {
    Why.FINE: "nothing spoke against it",
    Why.TOO_EARLY: "its time has not come",
    Why.AWAITING: "what it waits for has not happened",
    Why.QUIET_HOURS: "it is late, early or a day of rest where they live",
    Why.CAP_DAY: "they have heard from us today",
    Why.CAP_WEEK: "they have heard from us often enough this week",
    Why.CAP_MONTH: "they have heard from us often enough this month",
    Why.SURVEY_COOLDOWN: "they were asked for their opinion not long ago",
    Why.OPEN_CASE: "a case of theirs is open",
    Why.OPEN_PROMISE: "we have yet to keep a promise to them",
    Why.PERSON_IN_CHARGE: "a person is looking after them",
    Why.CONVERSATION_UNDERWAY: "they are talking with us",
    Why.RECENT_ANGER: "they were angry with us lately",
    Why.ANOTHER_FIRST: "something more important goes to them first",
    Why.PLAYBOOK_PAUSED: "the playbook is paused",
    Why.ALL_PAUSED: "all playbooks are paused",
    Why.FAULT: "something broke while it was judged; it is tried again",
    Why.SHOP_SILENT: "the shop does not say what was in the order",
    Why.CHANNEL_BUSY: "the channel takes no more at this moment",
    Why.CHANNEL_DOWN: "the channel did not take it; it is tried again",
    Why.CHANNEL_NOT_THERE: "they are not in the chat at present",
    Why.CHANNEL_WINDOW: "they have not written there lately, and no template is approved",
    Why.NO_MAILBOX: "there is no mailbox at their address",
    Why.HOLD_OUT_GROUP: "they are among those who hear nothing, for comparison",
    Why.NO_CONSENT: "they have not agreed to this",
    Why.OPTED_OUT: "they do not want this",
    Why.TOO_LATE: "it would come too late",
    Why.OVERTAKEN: "something happened that makes it pointless",
    Why.NOT_FOR_THEM: "it is not meant for them (any more)",
    Why.SAID_ENOUGH: "they have heard it as often as the playbook allows",
    Why.NO_CHANNEL: "there is no way to reach them",
    Why.NO_PLAYBOOK: "the playbook was taken away",
    Why.GIFT_NOT_GRANTED: "the gift is not within the goodwill budget",
    Why.CHANNEL_REFUSED: "the channel refused it for good",
    Why.NOT_TAKEN: "the channel did not take it until it was too late",
}


def in_words(why: str, note: str = "") -> str:
    """For people; an unknown word is shown as it is, so that old rows stay readable."""
    try:
        words = WORDS[Why(why)]
    except ValueError:
        words = why.replace("_", " ")
    return f"{words}: {note}" if note else words
