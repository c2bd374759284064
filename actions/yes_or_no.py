"""Whether an answer is a plain yes, a no, a question or a hesitation. Pure.

Nothing is done without a clear yes, so a yes is the whole message: words of agreement and
politeness in any order, and nothing beside them. What holds one word more ("ok wait", "yes but
not there", "great, another broken one") is no yes; the question is then asked again.
"""

import re
from functools import cache

from rapidfuzz import fuzz, process

_ADJECTIVE = (
    r"(?:fine|good|great|perfect|lovely|ok|okay|brilliant|wonderful|excellent|awesome|amazing|cool"
    r"|alright|splendid|ideal|nice|super|fantastic|correct|right|fab|acceptable|better)"
)
_IT_IS = (
    r"(?:that|this|it)(?:'?s|\s+is|'?d\s+be|\s+would\s+be|\s+will\s+be|'?ll\s+be"
    r"|\s+sounds|\s+seems|\s+looks)"
)
# What agrees by itself.
_AGREES = (
    r"y|ye|yes|yess|yeah|yea|yeh|yep|yup|yh|ya|yah|yas|aye|ja|si|oui|sure|ok|okay|okey|oki|k|kk",
    r"alright|all\s+right|right|correct|exactly|agreed|deal|absolutely|definitely|certainly",
    r"of\s+course|totally|indeed|confirm|confirmed|proceed|please|pls|plz|affirmative|accepted",
    _ADJECTIVE,
    rf"{_IT_IS}\s+(?:(?:all|just|very|really|absolutely)\s+)?{_ADJECTIVE}",
    r"that'?s\s+(?:it|the\s+one|me|what\s+i\s+want)|that\s+is\s+(?:it|the\s+one)",
    rf"(?:sounds?|looks?|seems?)\s+(?:like\s+a\s+plan|{_ADJECTIVE})",
    rf"{_ADJECTIVE}\s+(?:by|with|for)\s+(?:me|us)",
    r"(?:that\s+|this\s+|it\s+)?works?(?:\s+(?:for\s+me|well))?|that(?:'?ll|\s+will)\s+do|will\s+do",
    r"go\s+(?:ahead|on|for\s+it)|do\s+(?:it|that|so|this)|make\s+it(?:\s+so)?|send\s+it(?:\s+over)?",
    r"let'?s\s+(?:do\s+(?:it|that|this|so)|go(?:\s+for\s+it)?)|lets\s+do\s+(?:it|that|this)",
    r"by\s+all\s+means|count\s+me\s+in|i\s+do|i\s+(?:agree|accept|confirm)|you\s+(?:may|can)|please\s+do",
    r"i(?:'?d|\s+would)\s+(?:like|love|appreciate)\s+(?:that|it)|i\s+want\s+(?:that|it)",
    r"(?:i'?m\s+|i\s+am\s+)?(?:happy|okay?|fine|good)\s+with\s+(?:that|it|this)",
)
# What may stand beside it.
_BESIDE = (
    r"please|pls|plz|kindly|thanks?|thank\s+(?:you|u)|thx|tnx|ty|ta|cheers|so|very|much|many|then",
    r"now|already|oh|ooh|ah|well|just|obviously|really|is|it|that|to|me|for|us|lol|haha|hehe|x|xx|and",
    r"mate|hi|hello|hey|sir|madam|dear|a\s+lot|a\s+million|asap|as\s+soon\s+as\s+possible",
    r"right\s+away|straight\s+away|(?:much\s+)?appreciated|i\s+appreciate\s+it|good\s+idea",
    r"you(?:'?re|\s+are)\s+(?:the\s+best|a\s+star|great|very\s+kind|an\s+angel)|as\s+you\s+(?:said|say)",
    r"actually|if\s+you\s+(?:could|would|can|like)|that\s+is\s+(?:very\s+)?kind|i\s+said|with\s+pleasure",
)
# What turns it: no word of agreement beside it counts.
_TURNS = re.compile(
    r"\b(?:no|not|never|nope|nah|neither|none|wait|but|unless|without|stop|except|however|although"
    r"|cannot|\w+n't|(?:do|does|did|is|are|was|wo|ca|could|would|should|have|has)nt)\b|👎|\?",
    re.IGNORECASE,
)
_THUMB = re.compile("[👍👌][\U0001f3fb-\U0001f3ff]?")
_GENTLE = re.compile(r"[.,!;:'\"()~*–—…-]|[\U0001f000-\U0001faff\u2600-\u27bf\ufe0f\u200d]|<3")
_LONGEST_YES = 12  # words
_SLIP = 85  # of 100: "definitly", "plaese"
_SHORTEST_SLIP = 5  # letters

_NO = re.compile(
    r"^\W*(?:(?:yeah|ok(?:ay)?|well|hmm+|um+|er+|sorry|actually|please|absolutely|definitely"
    r"|certainly|of\s+course|defo|obviously)\b\W*)*"
    r"(?:n|no+(?!\s+(?:idea|clue|problem|worries|rush|hurry|doubt|matter))|nope|nah"
    r"|not(?!\s+(?:sure|certain|yet|now))(?:\s+(?:that|this|really|thanks?|it)\b)?|neither|none"
    r"|negative|wrong|don'?t|do\s+not|never(?!\s*mind)|i\s+(?:don'?t|do\s+not)\s+want\s+(?:that|it"
    r"|this)|no\s+way)\b|^\W*👎",
    re.IGNORECASE,
)
_NO_AT_THE_END = re.compile(r"\bno(?:\s+way|\s+thanks|\s+thank\s+you)?\W*$", re.IGNORECASE)
_MUSES = re.compile(r"^\W*(?:h+m+|mm+|uh+m?|um+|e+r+m?|huh|what|pardon)?\W*$", re.IGNORECASE)

_LEAD = (
    r"^\W*(?:(?:ok(?:ay)?|yes|yeah|yep|no|sure|great|good|well|so|and|but|hi|hello|hey|wait|h+m+|um+"
    r"|not\s+sure|alright|fine|just|sorry|thanks|first|actually|then|perfect|lovely|cool|oh|right)"
    r"\b\W*)*"
)
_ASKS = re.compile(
    _LEAD + r"(?:(?:what|how|when|where|why|who|which)(?:'?s|\s+(?:is|are|was|were|do|does|did|will"
    r"|would|can|could|should|long|much|many|soon|fast|often|about|happens?|if|come|else|other"
    r"|sizes?|colou?rs?|time|day|date|kind|sort))\b"
    r"|(?:can|could|will|would|should|may|must|do|did)\s+(?:i|you|u|we|they)\b"
    r"|(?:is|are|was|does|will|would|can|could|did|has)\s+(?:it|there|the|my|this|these|they|your)\b)",
    re.IGNORECASE,
)
_ASKS_FOR_IT = re.compile(
    r"\b(?:can|could|may|might|would|will)\s+(?:i|we|you|u|someone|somebody)\b"
    r"|\bso\s+(?:i|you|we)(?:'?d|'?ll|\s+would|\s+will)\b",
    re.IGNORECASE,
)
_WAITS = re.compile(
    r"\b(?:wait|hold\s+on|hang\s+on|(?:one|a|just\s+a)\s+(?:moment|minute|min|sec|second)"
    r"|let\s+me\s+(?:think|ask|check|see|look)|think\s+(?:about\s+it|it\s+over)|sleep\s+on\s+it"
    r"|(?:talk|speak|check|ask|discuss|consult)\s+(?:\w+\s+)?(?:to\s+|with\s+)?(?:my|our)\s+\w+"
    r"|ask\s+(?:him|her|them)|not\s+sure|not\s+certain|not\s+(?:yet|now)|undecided|can'?t\s+decide"
    r"|(?:decide|tell\s+you|let\s+you\s+know|get\s+back\s+to\s+you)\s*(?:later|tomorrow|tonight)?"
    r"|maybe(?:\s+later)?|perhaps|later)\b",
    re.IGNORECASE,
)
_OURS = re.compile(
    r"\b(?:ask|talk|speak|check)\s+(?:\w+\s+)?(?:to\s+|with\s+)?(?:my|our)\s+"
    r"(?!money|order|refund|account|parcel|case)\w+",
    re.IGNORECASE,
)
_LONGEST_WAIT = 14  # words; who says more tells a story


def is_yes(text: str, intent: str) -> bool:
    """A plain yes and nothing beside it; an understanding as a refusal overrules the words."""
    if intent in ("deny", "never_mind") or _TURNS.search(text):
        return False
    return _agrees(text)


def is_no(text: str, intent: str) -> bool:
    if is_yes(text, intent) or (_MUSES.match(text) and "👎" not in text):
        return False
    if _NO_AT_THE_END.search(text):
        return True
    if "?" in text and not re.match(r"^\W*(?:no|nope|nah)\b", text, re.IGNORECASE):
        return False
    return bool(_NO.match(text)) or (intent == "deny" and not hesitates(text))


def hesitates(text: str) -> bool:
    """They want time, not an answer: "let me think", "I'll ask my wife first", "hold on"."""
    return len(text.split()) <= _LONGEST_WAIT and _WAITS.search(text) is not None


def consults_somebody(text: str) -> bool:
    """ "I need to talk to my wife first": a person, and none of ours."""
    return _OURS.search(text) is not None


def asks_something(text: str) -> bool:
    """A question, with its mark or without."""
    if _MUSES.match(text):
        return False
    return "?" in text or _ASKS.match(text) is not None


def asks_for_it(text: str) -> bool:
    """ "Could I have my money back?", "so I'd get it back?": a wish in the shape of a question."""
    return _ASKS_FOR_IT.search(text) is not None


def plain(text: str) -> str:
    """Words alone: no case, no gentle punctuation, no letters drawn out."""
    text = _THUMB.sub(" yes ", text.casefold().replace("’", "'").replace("´", "'"))
    text = re.sub(r"(?<=\w)'(?=\w)", "\0", text)  # the one in "that's" stays
    text = _GENTLE.sub(" ", text).replace("\0", "'")
    return " ".join(re.sub(r"(\w)\1{2,}", r"\1", text).split())


def agrees_beside(words: str, *more: str) -> bool:
    """Whether plain words say nothing but agreement, politeness and `more` (patterns)."""
    return _only(*more).fullmatch(f"{words} ") is not None


def _agrees(text: str) -> bool:
    words = plain(text).split()
    if not words or len(words) > _LONGEST_YES:
        return False
    said = " ".join(_meant(word) for word in words)
    return agrees_beside(said) and _CORE.search(said) is not None


@cache
def _only(*more: str) -> re.Pattern[str]:
    return re.compile(rf"(?:(?:{'|'.join((*_AGREES, *_BESIDE, *more))})\s+)+")


_CORE = re.compile(rf"(?:^|\s)(?:{'|'.join(_AGREES)})(?:\s|$)")
_KNOWN = frozenset(re.findall(r"[a-z]{5,}", " ".join((*_AGREES, *_BESIDE))))


def _meant(word: str) -> str:
    """The word of agreement that this one is a slip of; itself if it is none."""
    if len(word) < _SHORTEST_SLIP or word in _KNOWN:
        return word
    near = process.extractOne(word, _KNOWN, scorer=fuzz.ratio, score_cutoff=_SLIP)
    return str(near[0]) if near and near[0][0] == word[0] else word
