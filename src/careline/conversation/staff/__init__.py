"""What staff do in a conversation: one function a verb, `f(session, now, …)`, never committing.

Each locks the conversations of the customer, writes the audit and a line of the journey, and
raises the errors of `staff.errors` (all are kit.errors.Conflict, with a stable `code`), Invalid
or NotFound. After the commit the edge (desk.doing) wakes the lanes, the customer's page and the
other desks.

  holding   claim · take_over · release · pass_on · snooze · wake · teams
  saying    reply · attach · seen_by_customer  notes    note · notes_about
  ending    hand_back · resolve                merging  merge        promised  what words promise
  canned    canned · fill                      watching  what time brings: see worker
"""

from careline.conversation.charge import person_in_charge
from careline.conversation.staff.canned import Canned, FieldsOpen, canned, fill
from careline.conversation.staff.colleagues import over_capacity
from careline.conversation.staff.ending import hand_back, resolve, to_tell
from careline.conversation.staff.errors import (
    AlreadyClaimed,
    AlreadySent,
    AtCapacity,
    CameAlong,
    NewerMessage,
    NotMergeable,
    NotQueued,
    NotYours,
)
from careline.conversation.staff.holding import (
    claim,
    pass_on,
    release,
    snooze,
    take_over,
    teams,
    wake,
)
from careline.conversation.staff.merging import merge
from careline.conversation.staff.notes import note, notes_about
from careline.conversation.staff.promised import PromiseSaid, Ribbon
from careline.conversation.staff.saying import attach, reply, seen_by_customer

__all__ = [
    "AlreadyClaimed",
    "AlreadySent",
    "AtCapacity",
    "CameAlong",
    "Canned",
    "FieldsOpen",
    "NewerMessage",
    "NotMergeable",
    "NotQueued",
    "NotYours",
    "PromiseSaid",
    "Ribbon",
    "attach",
    "canned",
    "claim",
    "fill",
    "hand_back",
    "merge",
    "note",
    "notes_about",
    "over_capacity",
    "pass_on",
    "person_in_charge",
    "release",
    "reply",
    "resolve",
    "seen_by_customer",
    "snooze",
    "take_over",
    "teams",
    "to_tell",
    "wake",
]
