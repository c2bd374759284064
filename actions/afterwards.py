"""What is said after something was settled, and is about that."""

import re

from actions.context import Context
from careline.conversation.lines import promise_words
from careline.service import promises

_WHEN_THAT = re.compile(
    r"^\W*(?:(?:ok(?:ay)?|and|so|thanks|thank\s+you|great|cool|good)\b\W*)*"
    r"(?:how\s+(?:long|soon|fast)|when|by\s+when|what\s+day)\b"
    r"(?:\s+(?:will|does|is|do|would|can|should|'?ll)\b)?(?:\s+(?:it|that|this|they|i|we)\b)"
    r"(?:\s+(?:be|take|come|arrive|get|expect|have|see|going|to|there|here|it|that|my|the|money|now)\b)*\W*$",
    re.IGNORECASE,
)


def says_when(context: Context) -> bool:
    """ "And how long will that take?": the day that was promised in this conversation."""
    if not _WHEN_THAT.match(context.turn.text):
        return False
    with context.services.database.read() as session:
        found = promises.latest_in(session, context.turn.conversation_id)
        if found is None:
            return False
        promise, case = found
        by, what = context.day(promise.due_on), promise_words(promise.what)
    context.say("utter_it_is_promised", by=by, what=what, case=case)
    return True
