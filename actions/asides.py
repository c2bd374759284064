"""What stands beside a request in the same message, by its words. Pure.

A feeling about it is a part of it; how somebody behaved is a complaint of its own. What is wished
for and is none of our requests gets an honest word, so that nobody waits for it.
"""

import re

_BEHAVED_BADLY = re.compile(
    r"\b(?:rude|unfriendly|unhelpful|impolite|disrespectful|aggressive|arrogant|unprofessional"
    r"|condescending|insult\w*|swor[en]|swears?|swearing|shout\w*|yell\w*|laughed\s+at|lied"
    r"|hung\s+up|thr[eo]wn?|threw|kicked|ignored|attitude)\b",
    re.IGNORECASE,
)
_COMPLAINS_ABOUT = re.compile(
    r"\bcomplain(?:t|ts|ing)?\b.{0,20}\b(?:about|of|against|regarding)\b.{0,30}"
    r"\b(?:driver|courier|postman|delivery\s+(?:guy|man|woman|person|company)|staff|colleague"
    r"|employee|agent|service|hotline|call\s+cent(?:re|er))\b",
    re.IGNORECASE,
)
_WISHES_FOR = re.compile(
    r"^\W*(?:(?:and|also|then|plus|please|pls|now|as\s+well)\b\W*)*"
    r"(?:(?:(?:can|could|will|would)\s+(?:you|i|we)|i(?:'?d|\s+would)?\s+(?:want|need|like)"
    r"(?:\s+you)?(?:\s+to)?|i\s+wanna|let\s+me|help\s+me(?:\s+to)?)\b\W*(?:(?:also|please)\b\W*)*)?"
    r"(?:cancel|end|stop|quit|leave|pause|join|renew|change|reset|update|delete|close|remove|book"
    r"|unsubscribe|opt\s+me\s+out|sign\s+me|take\s+me\s+off|get\s+me)\b",
    re.IGNORECASE,
)


def complains_of_somebody(words: str) -> bool:
    """How they were treated, not how annoying the trouble is: "your driver was rude"."""
    return bool(_BEHAVED_BADLY.search(words) or _COMPLAINS_ABOUT.search(words))


def wishes_for(words: str) -> bool:
    """ "And cancel my vine club", "can you reset my password": to be done, not a remark."""
    return _WISHES_FOR.match(words) is not None
