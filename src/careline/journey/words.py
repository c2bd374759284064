"""The closed vocabularies of the record; every value stored in a column of choice is here."""

from enum import IntEnum, StrEnum


class Channel(StrEnum):
    WEB = "web"
    WHATSAPP = "whatsapp"
    EMAIL = "email"
    PHONE = "phone"
    COUNTER = "counter"
    SHOP = "shop"


class Mode(StrEnum):
    """Who speaks next in a conversation."""

    BOT = "bot"
    QUEUED = "queued"
    PERSON = "person"
    CLOSED = "closed"


class Author(StrEnum):
    CUSTOMER = "customer"
    BOT = "bot"
    STAFF = "staff"
    SYSTEM = "system"  # Careline itself, when the bot cannot speak: the honest lines


class TurnState(StrEnum):
    """How far an inbound message has come; `waiting` and `asked` are picked up after a crash."""

    WAITING = "waiting"
    ASKED = "asked"  # the bot was asked; written before the call, so a crash is seen
    DONE = "done"  # answered
    QUEUED = "queued"  # a person has it


class Delivery(StrEnum):
    PENDING = "pending"
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"
    UNKNOWN = "unknown"  # the provider may or may not have it; not sent again
    WITHDRAWN = "withdrawn"  # it was never handed over: something spoke against it by then


class MailPriority(IntEnum):
    """Which e-mail leaves first."""

    AWAITED = 0  # somebody sits before the page until it comes
    SERVICE = 1
    UNASKED = 2


class TemplateState(StrEnum):
    """What a channel's provider says of a template."""

    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    PAUSED = "paused"


class HandoverReason(StrEnum):
    ASKED_FOR = "asked_for"
    ANGRY = "angry"
    NOT_UNDERSTOOD = "not_understood_twice"
    ACTION_FAILED = "action_failed"
    OVER_LIMIT = "over_the_limit"
    SAFETY = "safety"
    POLICY_EXCEPTION = "policy_exception"
    ASSISTANT_DOWN = "assistant_down"
    PROMISE_BROKEN = "promise_broken"
    UNHAPPY_SCORE = "unhappy_score"  # in a survey: a person looks into it, asked for or not
    TAKEN_OVER = "taken_over"  # staff stepped in while the bot was talking


class Urgency(StrEnum):
    """Why a conversation comes before others; how far, says policies/queue.yml."""

    SAFETY = "safety"
    PROMISE_BROKEN = "promise_broken"
    ANGRY = "angry"
    FRUSTRATED = "frustrated"
    VALUED = "valued"


class Snooze(StrEnum):
    """What wakes a conversation that its holder has put aside; the customer's word always does."""

    UNTIL_TIME = "until_time"
    UNTIL_ANSWER = "until_answer"


class Outcome(StrEnum):
    """What a person decided before the bot goes on; each has its line in domain.yml."""

    SOLVED = "solved"
    REPLACEMENT_ORDERED = "replacement_ordered"
    REFUND_DONE = "refund_done"
    WAITING_FOR_CUSTOMER = "waiting_for_customer"
    NOTHING_TO_DO = "nothing_to_do"


class CaseKind(StrEnum):
    WRONG_ITEM = "wrong_item"
    FAULTY = "faulty"
    MISSING = "missing"
    RETURN = "return"
    EXCHANGE = "exchange"
    REFUND = "refund"
    DELIVERY = "delivery"
    CANCEL = "cancel"
    CHANGE = "change"
    BILLING = "billing"
    COMPLAINT = "complaint"
    SUGGESTION = "suggestion"


class CaseState(StrEnum):
    OPEN = "open"
    WAITING_APPROVAL = "waiting_approval"
    HANDED_OVER = "handed_over"
    RESOLVED = "resolved"
    WITHDRAWN = "withdrawn"


class Resolution(StrEnum):
    REPLACEMENT = "replacement"
    REFUND = "refund"
    EXCHANGE = "exchange"
    REPAIR = "repair"
    KEEP_ITEM = "keep_item"
    GOODWILL = "goodwill"
    HANDED_OVER = "handed_over"
    NONE = "none"


class Emotion(StrEnum):
    """From the worst to the best; `valence` in journey.emotion gives them numbers."""

    ANGRY = "angry"
    FRUSTRATED = "frustrated"
    SAD = "sad"
    WORRIED = "worried"
    NEUTRAL = "neutral"
    PLEASED = "pleased"
    DELIGHTED = "delighted"


class Stage(StrEnum):
    AWARENESS = "awareness"
    CONSIDERATION = "consideration"
    PURCHASE = "purchase"
    DELIVERY = "delivery"
    USE = "use"
    SERVICE = "service"
    LOYALTY = "loyalty"
    LEAVING = "leaving"
    RETURNING = "returning"


class Actor(StrEnum):
    CUSTOMER = "customer"
    BOT = "bot"
    STAFF = "staff"
    SHOP = "shop"
    CARELINE = "careline"


class FeedbackKind(StrEnum):
    CSAT = "csat"
    CES = "ces"
    NPS = "nps"
    REVIEW = "review"


class Purpose(StrEnum):
    """What a consent is for."""

    SERVICE = "service"  # about something bought or asked for
    MARKETING = "marketing"
    RESEARCH = "research"  # surveys


class TouchState(StrEnum):
    PLANNED = "planned"  # waits for its time, or is held
    SENDING = "sending"  # a worker has it
    SENT = "sent"
    HELD_OUT = "held_out"  # nothing was said, on purpose, to measure what saying it is worth
    DROPPED = "dropped"
    FAILED = "failed"  # the channel would not take it
    UNKNOWN = "unknown"  # cut off while it was handed over; not sent again


class Verdict(StrEnum):
    SEND = "send"
    HOLD = "hold"
    HOLD_OUT = "hold_out"
    SWAP = "swap"  # another channel than the playbook's first, or another touch in its place
    DROP = "drop"


class TouchReason(StrEnum):
    """Why a touch was sent, held, swapped or dropped; each has its words in touches.reasons."""

    FINE = "fine"
    # held
    TOO_EARLY = "too_early"
    AWAITING = "awaiting"
    QUIET_HOURS = "quiet_hours"
    CAP_DAY = "cap_day"
    CAP_WEEK = "cap_week"
    CAP_MONTH = "cap_month"
    SURVEY_COOLDOWN = "survey_cooldown"
    OPEN_CASE = "open_case"
    OPEN_PROMISE = "open_promise"
    PERSON_IN_CHARGE = "person_in_charge"
    CONVERSATION_UNDERWAY = "conversation_underway"
    RECENT_ANGER = "recent_anger"
    ANOTHER_FIRST = "another_first"
    PLAYBOOK_PAUSED = "playbook_paused"
    ALL_PAUSED = "all_paused"
    FAULT = "fault"  # something broke while it was judged; tried again
    SHOP_SILENT = "shop_silent"  # only it knows what was in the order
    CHANNEL_BUSY = "channel_busy"  # its rate limit
    CHANNEL_DOWN = "channel_down"  # it surely did not take it; tried again
    # swapped
    CHANNEL_NOT_THERE = "channel_not_there"
    CHANNEL_WINDOW = "channel_window"
    NO_MAILBOX = "no_mailbox"  # its server said that there is none
    # held out and dropped
    HOLD_OUT_GROUP = "hold_out_group"
    NO_CONSENT = "no_consent"
    OPTED_OUT = "opted_out"
    TOO_LATE = "too_late"
    OVERTAKEN = "overtaken"  # an event that makes it pointless, or harmful
    NOT_FOR_THEM = "not_for_them"  # a condition of the playbook does not hold (any more)
    SAID_ENOUGH = "said_enough"  # as often as the playbook may
    NO_CHANNEL = "no_channel"
    NO_PLAYBOOK = "no_playbook"  # it was taken away since
    GIFT_NOT_GRANTED = "gift_not_granted"  # over the goodwill budget
    CHANNEL_REFUSED = "channel_refused"
    NOT_TAKEN = "not_taken"  # the channel did not take it until it was too late


class Role(StrEnum):
    CUSTOMER = "customer"
    STAFF = "staff"
    LEAD = "lead"
    CX = "cx"
    ADMIN = "admin"
    MACHINE = "machine"
