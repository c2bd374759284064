"""The turns of English by which `said_promises` tells a promise from other words with a day.

Each list is one reason; the sentences of tests/service/said_promises.tsv say what it is for.
"""

import re
from collections.abc import Sequence

from careline.service import promises

# A full stop within "3.12." or "a.m." ends no sentence; one before a space does.
SENTENCE = re.compile(r"(?:[^.!?\n]|\.(?=\S)|(?<=\d)\.(?= (?:[a-z]|\d)))+[.!?]*")
_SUBJECT = (
    r"(?:i|we|you|it|they|he|she|that|this|a colleague|someone|somebody|please|the|your|our|my|"
    r"both)\b"
)
NEXT_SUBJECT = re.compile(
    rf"(?:\s*[;:]\s*|\s+[–—-]\s+|,?\s+(?:and|but|so|then|or)\s+(?={_SUBJECT})|,\s+(?={_SUBJECT})|"
    r",?\s+(?:and|but)\s+(?=(?:will|can|should)\b))",
    re.I,
)
# "…, and let us know if it doesn't come": said to the customer, and no condition of ours.
ASKED_TO_TELL = re.compile(
    r"(?<=\w)\s*(?:[,;–-]\s*|\s)(?:and |so |but |otherwise |please |do |just |feel free to )*"
    r"(?:let (?:me|us) know|tell (?:me|us)|write (?:to )?(?:me|us)|ring (?:me|us)|shout|"
    r"drop (?:me|us)|"
    r"get in touch|contact (?:me|us)|don't hesitate|come back to (?:me|us)|reply|say so)\b"
    r"(?!.*\bby\b).*$",
    re.I,
)
IDIOMS = re.compile(
    r"\b(?:if not (?:before|sooner|earlier|today|tomorrow)|if all goes (?:well|to plan)|even if\b"
    r"[^,]*|as if|if i may|no ifs|"
    r"as (?:promised|agreed|discussed|requested|you (?:asked|wanted|wished|like))|"
    r"(?:it )?(?:shouldn't|won't) (?:take|be) (?:too |very )?long)\b",
    re.I,
)
HANGS_ON = re.compile(
    r"\b(?:if|unless|in case|as long as|provided|assuming|depending on|subject to|once|whenever|"
    r"as soon as|should (?:it|you|they|the|there|this))\b|^(?:\W*(?:and|but|so) )?when\b|"
    r"^after you\b",
    re.I,
)
NO_IN_FORM_ONLY = re.compile(
    r"\b(?:(?:no|not|never) later than|(?:won't|will not) (?:be|take)(?: you)?(?: any)? "
    r"(?:later|longer|more) than|don't worry|not to worry|no problem|no worries|"
    r"without fail|"
    r"not only|can't wait)\b"
)

NO_PROMISE = re.compile(
    "|".join(
        [
            # what day it is
            r"\b(?:it|today|tomorrow|that)(?:'s| is|'ll be| will be) (?:already |only |"
            r"now )?(?:a )?"
            r"(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day|christmas|new year|weekend|"
            r"(?:bank )?holiday)\b",
            # a no
            r"\b(?:won't|cannot|can't|couldn't|wouldn't|don't|doesn't|didn't|isn't|aren't|hasn't|"
            r"haven't|wasn't|shouldn't|not|never|no longer|unable|hardly|neither|nor|nothing|"
            r"nobody|none)\b",
            # a guess, a wish, a try
            r"\b(?:hope|hopes|hoping|hopefully|maybe|perhaps|probably|possibly|might|could|would|"
            r"i'd|we'd|you'd|try|trying|tries|aim|with luck|fingers crossed|i think|i guess|"
            r"i expect|"
            r"we expect)\b|\bmay (?!\d)(?:be|take|arrive|come|have|get|need|take)\b",
            # what somebody said, wanted, or is told to do
            r"^(?!.*\b(?:i|we)(?:'ll| will)\b).*\b(?:said|says|told|asked|asks|wrote|promised|"
            r"claims?|"
            r"wanted|mentioned|according to)\b",
            r"\byou (?:can|may|must|need|have to|have until|are to|want|wish|prefer|order|send|"
            r"return|bring|drop|keep|pay)\b|\byou(?:'ve|'re able| are able|'re free|'re welcome)\b|"
            r"\byou(?:'ll| will| should) (?:need|have to|want|send|return|bring|drop|pay|keep|"
            r"be able|"
            r"have (?:had|received|got|seen|been)|also need|only need|then need|still need)\b",
            r"^(?:so |then |and )?(?:please|just|kindly|simply|do|make sure|remember|use|send|"
            r"return|"
            r"bring|drop|pay|choose|pick|order|register|contact|write|reply|ring|call|keep|try|"
            r"wait|"
            r"let (?:me|us))\b(?! (?:allow(?! (?:us|me) to)|note))",
            # a rule for everybody, an opening time, an offer
            r"\b(?:usually|normally|generally|typically|always|as a rule|on average|in general|"
            r"each|"
            r"every|most|any)\b",
            r"^(?:our |all |all our )?(?:orders|refunds|returns|parcels|deliveries|payments|"
            r"replacements|repairs|exchanges|items|customers|labels|vouchers|standard|express|"
            r"(?:standard |express |next-day |free )?(?:delivery|shipping) (?:is|takes|costs))\b",
            r"\b(?:orders|parcels|items|goods) (?:placed|ordered|sent|before|over|above|after)\b",
            r"(?<!the )\bends?\b(?! of)|\b(?:expires?|valid|closes?|closed|open|opens|opening|"
            r"runs out|lasts|starts?|"
            r"begins?|window|warranty|guaranteed for|policy|deadline|sale|offer|discount|birthday|"
            r"appointment)\b",
            r"\b(?:i|we)(?:'ll| will|'m|'re| am| are)(?: only| all)? (?:be )?(?:here|away|off|"
            r"out|in(?! touch)|"
            r"at|on|there|around|back in|back at|back on|closed|busy|reachable)\b",
            # what has been
            r"\bshould have (?:been|had|arrived|come|left)\b",
        ]
    )
)
HAS_BEEN = re.compile(
    r"\b(?:was|were|had|been due|yesterday|ago|last)\b|"
    r"\byou (?:ordered|placed|chose|did|have (?:had|been|got|ordered|sent|paid|chosen))\b"
)
_SOON = (
    r"(?:'ll|will|shall|'m going to|'re going to|am going to|are going to|is going to|'s going to|"
    r"going to|should|is to|are to|is due|'s due|are due|is expected|'s expected|are expected)"
)
_DOING = (
    r"(?:send|ship|post|dispatch|refund|pay|call|ring|phone|write|answer|e-?mail|get back|"
    r"come back|"
    r"let you|chase|check|look|sort|fix|collect|deliver|repair|replace|credit|hear|go|leave|"
    r"have|get|"
    r"arrange|book|put|make|find|speak|report|update|issue|process|order|transfer|return|receive)"
)
_MADE = (
    r"(?:sending|shipping|posting|dispatching|refunding|paying|calling|ringing|phoning|writing|"
    r"emailing|getting back|coming back|collecting|delivering|crediting|processing|transferring|"
    r"issuing|having|picking|putting|making|chasing|sorting|repairing|replacing|arriving|coming|"
    r"leaving|going|returning|looking|checking|asking|arranging|adding|giving)"
)
WILL = re.compile(rf"{_SOON}\b")
CUE = re.compile(
    "|".join(
        [
            r"\b(?:i|we) (?:promise|guarantee)\b",
            rf"\b(?:i|we)(?:'m| am|'re| are)(?: now| just| also)? {_MADE}\b",
            rf"\b(?:i|we|you|a colleague|someone)(?: also| then| now)? {_DOING}s?\b",
            r"\b(?:it|this|that|they|he|she|refund|replacement|parcel|order|package|label|money|"
            r"courier|carrier|one|voucher|credit|amount|colleague|workshop|invoice|[£€$][\d.,]+)"
            r"(?:'s| is| are| gets?| goes| go| arrives?| comes?| leaves?| ships?| takes?| reaches|"
            r" collects?| delivers?| calls?| writes?| answers?| sends?)\b|"
            r"\b\w+ (?:delivers|collects|arrives|leaves|ships)\b|"
            r"\b(?:your|the) (?:\w+ ){1,3}(?:go(?:es)?|leaves?|arrives?|ships?|comes?|gets?|"
            r"reach(?:es)?|are|is)\b",
            r"\b(?:arranged|booked|scheduled|set up|lined up)\b.*\b(?:for|on)\b",
            r"\b(?:allow|expect)\b.*\b(?:refund|money|parcel|replacement|delivery|it)\b|"
            r"\b(?:refund|money|parcel|replacement|delivery|it)\b.*\ballow\b|"
            r"^(?:please )?(?:expect|allow)\b",
        ]
    )
)
# "Done: £49.00 back to your card, there by Friday." "Refund within 5 working days."
WITHOUT_VERB = re.compile(
    r"\b(?:there|with you|back with you|on your card|in your account|to your (?:card|account)|"
    r"at yours|on its way)(?: again)?(?: by| on| within| in| before| tomorrow| today)\b|"
    r"^(?:your |the |a |full |the full )?(?:refund|replacement|new one|parcel|answer|money back|"
    r"delivery|collection|call back|reply|update)\b[^.]{0,40}?"
    r"\b(?:within|in|by|on|tomorrow|today|before)\b"
)

_COMES = (
    r"\b(?:with you|there|at your door|at yours|on your doorstep|arriv\w*|deliver\w*|reach\w*|"
    r"(?:have|get|receive) (?:it|them|your)|"
    r"you(?:'ll| will| should)? (?:have|get|receive))\b"
)
POINTS_BACK = re.compile(r"\b(?:it|they|them|that|this|those|these)\b")
SAYS_LITTLE = {promises.PARCEL_DELIVERED, promises.DONE}
THINGS = {
    promises.REPLACEMENT,
    promises.EXCHANGE,
    promises.REPAIR_DONE,
    promises.REFUND_PAID,
    promises.CREDIT_GIVEN,
    promises.LABEL_SENT,
}
WHAT: Sequence[tuple[str, re.Pattern[str]]] = [
    (what, re.compile(expression))
    for what, expression in [
        (
            promises.CALL_MADE,
            r"\b(?:call|calls|ring|rings|phone|phones|calling|ringing|phoning)\b(?: to)? (?:you|"
            r"back)\b|"
            r"\bgive you a (?:call|ring|bell)\b|\b(?:a|our|my|the) (?:phone )?call\b|"
            r"\b(?:be|get) called\b|\bspeak to you\b|\bcall back\b",
        ),
        (
            promises.ANSWER_GIVEN,
            r"\b(?:get|getting|come|coming|be|right) back (?:to|with)\b|\bhear (?:from|back|"
            r"more|what)\b|"
            r"\blet you know\b|\bupdate\b|\bin touch\b|\b(?:write|writing|reply|"
            r"answer)s?(?: to)? you\b|"
            r"\b(?:an?|our|my|your|the|full|have) (?:answer|reply|news|decision|feedback)\b|"
            r"\btell you\b|"
            r"^(?:your |an? )?(?:answer|reply)\b|\bknow more\b|\breport back\b|\byou(?:'ll|"
            r" will) know\b|"
            r"\blook(?:ing)? into\b",
        ),
        (promises.CREDIT_GIVEN, r"\b(?:store credit|voucher|gift card|coupon|discount code)\b"),
        (promises.LABEL_SENT, r"\blabel\b"),
        (
            promises.TRACE_ANSWERED,
            r"\b(?:carrier|courier)\b.*\b(?:answers?|looks?|find)\b|\btrac(?:e|ing)\b|"
            r"\bnews of your parcel\b|\bfind out where\b",
        ),
        (
            promises.REFUND_PAID,
            r"\b(?:refund\w*|money|reimburs\w+|credited|(?:paid|pay|paying) (?:it |you |that |"
            r"this )?"
            r"(?:all )?back)\b|[£€$]\s?\d|\b(?:your|the) (?:card|account|bank|paypal|visa)\b|"
            r"\bamount\b|"
            r"\b(?:difference|deposit)\b",
        ),
        (
            promises.MESSAGE_SENT,
            r"\be-?mail\w*\b|\b(?:send|sending|forward|share|get|have|receive)\b.*\b(?:details|"
            r"confirmation|invoice|receipt|list|link|photos?|instructions|quote|manual|copy|form|"
            r"statement)\b",
        ),
        (
            promises.PARCEL_SENT,
            rf"^(?!.*{_COMES}).*\b(?:ship\w*|dispatch\w*|posted|posting|send|sends|sending|sent|"
            r"leaves?|leaving|go(?:es|ing)? out|on (?:its|their) way|in the post)\b",
        ),
        (promises.REPAIR_DONE, r"\b(?:repair\w*|fixed|mended|workshop)\b"),
        (promises.EXCHANGE, r"\b(?:exchange|swap\w*|other size|right size|other colour)\b"),
        (
            promises.COLLECTED,
            r"\b(?:collect\w*|pick(?:s|ed|ing)? (?:it |them |this )?up|pick-?up)\b",
        ),
        (
            promises.REPLACEMENT,
            r"\b(?:replac\w+|new (?!order|address|label|e-?mail|code|link|password|date|time|"
            r"year)\w+|another one|(?:right|correct|missing) "
            r"(?:one|item|part|pair|piece)s?|spare part)\b",
        ),
        (promises.STOCK_BACK, r"\bstock\b"),
        (
            promises.PARCEL_DELIVERED,
            rf"{_COMES}|\b(?:parcel|order|package|comes?|coming)\b",
        ),
    ]
]
