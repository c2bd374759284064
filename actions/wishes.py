"""What the customer wants done, and why, read from their own words. Pure."""

import re

from careline.journey.words import Resolution

_WISHES: tuple[tuple[Resolution, re.Pattern[str]], ...] = tuple(
    (resolution, re.compile(pattern, re.IGNORECASE))
    for resolution, pattern in (
        (
            Resolution.REFUND,
            r"\brefund(?:ed|s)?\b|\bmoney\s*back\b|\bmy\s+money\b|\breimburs|\bpay\s+me\s+back\b"
            r"|\bcredit(?:ed)?\s+(?:to\s+)?my\s+(?:card|account)\b",
        ),
        (
            Resolution.EXCHANGE,
            r"\bexchang|\bswap|\b(?:another|different|other|bigger|smaller|larger)\s+"
            r"(?:size|colou?r)\b|\bsize\s+(?:up|down)\b|\bchange\s+(?:the|it\s+for)\b",
        ),
        (Resolution.REPAIR, r"\brepair|\bfix(?:ed)?\s+(?:it|the|my)\b|\bmend\b|\bget\s+it\s+fixed"),
        (
            Resolution.REPLACEMENT,
            r"\breplac|\bsend\s+(?:me\s+)?(?:the\s+)?(?:right|correct|proper|real|new|another|one)"
            r"|\b(?:a\s+)?new\s+one\b|\bre-?send|\bwhat\s+i\s+(?:actually\s+)?(?:ordered|paid)"
            r"|\bthe\s+(?:right|correct)\s+(?:one|item|thing|product)s?\b|\bworking\s+one\b"
            r"|\b(?:one|an?\s+\w+)\s+that\s+(?:actually\s+)?works\b",
        ),
    )
)
# "I'll keep it if I get some money back" speaks of money, and wishes to keep it.
_KEEPS = re.compile(
    r"\bkeep(?:ing)?\s+(?:it|them|this|that|these|the|my)\b.*\b(?:back|off|price|discount|refund|less)"
    r"|\b(?:discount|(?:part|bit|some)\s+of\s+(?:the|my)\s+(?:price|money))\b",
    re.IGNORECASE,
)
_NOT = re.compile(
    r"\b(?:no|not|(?:don'?t|do\s+not)\s+(?:want|need)|without|than|instead\s+of)\s+"
    r"(?:(?:to|have|get|be|you\s+to|an?|the|any|another|your|my)\s+)*$"
)

_REASONS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (reason, re.compile(pattern, re.IGNORECASE))
    for reason, pattern in (
        (
            "doesnt_fit",
            r"\b(?:doesn'?t|does\s+not|don'?t|do\s+not|didn'?t|won'?t)\s+(?:really\s+)?fit\b"
            r"|\btoo\s+(?:small|big|large|tight|loose|long|short|wide|narrow)\b|\bwrong\s+size\b"
            r"|\b(?:bigger|smaller|larger)\s+(?:size|one)\b|\bpinch(?:es)?\b",
        ),
        (
            "charged_twice",
            r"\b(?:charged|billed|debited|paid|took|taken)\b.{0,25}\b(?:twice|two\s+times)\b"
            r"|\bdouble[\s-]?(?:charg|bill|pa(?:id|yment))|\bduplicate\s+(?:charge|payment)"
            r"|\bextra\s+(?:charge|payment)|\bovercharg",
        ),
        ("late", r"\b(?:late|delay(?:ed)?|overdue|still\s+waiting)\b"),
        (
            "part_missing",
            r"\b(?:missing|without)\s+(?:an?|one|the|some|half|part)\b|\bpart\s+of\s+(?:my|the)\b"
            r"|\bonly\s+(?:got|received|one|half)\b|\b(?:is|was|are|were)\s+missing\b"
            r"|\bmissing\s+(?:from|in)\b|\bleft\s+out\b"
            r"|(?:\bnot|n'?t)\s+in\s+(?:(?:the|my)\s+)?(?:box|parcel|package|bag|there|it)\b"
            r"|\bonly\s+(?:the|my|an?|\d|one|two)\b.{1,40}\b(?:arrived|came|was\s+in|were\s+in)\b"
            r"|\bincomplete\b",
        ),
        (
            "says_delivered",
            r"\b(?:says?|said|marked|shows?|tracking)\b.{0,30}\bdelivered\b"
            r"|\bdelivered\b.{0,80}\b(?:nothing|not\s+(?:here|received)|never|no\s+parcel)\b"
            r"|\b(?:box|parcel|package|envelope|bag)\s+(?:was|is|came|arrived)\s+(?:\w+\s+)?empty\b"
            r"|\ban?\s+empty\s+(?:box|parcel|package|envelope|bag)\b",
        ),
        (
            "never_came",
            r"\bnever\s+(?:even\s+)?(?:came|come|arrived?|showed|turned|got|received|delivered)\b"
            r"|\b(?:not|hasn'?t|haven'?t|didn'?t|still\s+not)\s+(?:yet\s+)?"
            r"(?:come|came|arrived?|received?|get|got|been\s+delivered|delivered|shown)\b"
            r"|\blost\b|\bstolen\b|\bstill\s+nothing\b|\bnothing\s+(?:has\s+)?(?:came|come|arrived?)\b",
        ),
        (
            "changed_mind",
            r"\bchanged\s+my\s+mind\b|\bdon'?t\s+(?:want|need|like)\b|\bno\s+longer\s+(?:want|need)"
            r"|\bnot\s+what\s+i\s+expected\b|\b(?:doesn|don)'?t\s+suit\b|\bunwanted\b|\bnot\s+needed\b|\bugly\b"
            r"|\bnot\s+my\s+(?:style|taste|thing|colou?r)\b|\b(?:hate|dislike)\s+(?:it|them)\b",
        ),
        (
            "broken",
            r"\bbroken?\b|\bcrack|\bsmash|\bshatter|\bdamag|\bfault|\bdefect|\bdead\b|\bdent"
            r"|\bstopped\s+(?:working|after|dead|ticking|charging|turning)\b"
            r"|\b(?:it|has|just|suddenly)\s+stopped\b|\b(?:came|come|fell|falls?|falling)\s+(?:apart|off)\b|\b(?:doesn'?t|does\s+not|not|won'?t)\s+(?:work|turn\s+on)"
            r"|\btorn\b|\bripped\b|\bleak|\bscratch|\bmou?ldy\b|\bchipped\b|\bholes?\b"
            r"|\bin\s+(?:\w+\s+){0,3}(?:pieces|bits|smithereens)\b",
        ),
        (
            "wrong_item",
            r"\bwrong\b|\bmix(?:ed)?[\s-]?up\b|\bturned\s+out\s+to\s+be\b|\binstead\s+of\b|\bnot\s+what\s+i\s+ordered\b"
            r"|\basked\s+for\b.{1,60}\b(?:found|came)\b"
            r"|\b(?:ordered|bought|buyed|wanted)\b.{1,60}\b(?:got|received|sent|came|bec[ao]me)\b"
            r"|\b(?:got|received|sent|came)\b.{1,40}\b(?:ordered|bought|wanted|paid\s+for)\b",
        ),
    )
)


# What the matter is, by the reason given.
TOPIC_OF_REASON = {
    "wrong_item": "wrong_item_received",
    "broken": "faulty_or_damaged_product",
    "never_came": "missing_or_late_delivery",
    "says_delivered": "missing_or_late_delivery",
    "late": "missing_or_late_delivery",
    "part_missing": "missing_or_late_delivery",
    "changed_mind": "return_item",
    "doesnt_fit": "return_item",
    "charged_twice": "payment_or_billing_problem",
}


def keeps_it(text: str) -> bool:
    """They keep the thing, for a part of its price."""
    return _KEEPS.search(text) is not None


def wish_in(text: str) -> Resolution | None:
    """The resolution asked for; the one named last wins, one that is refused does not count."""
    best: tuple[int, Resolution] | None = None
    for resolution, pattern in _WISHES:
        for found in pattern.finditer(text):
            refused = _NOT.search(text[max(0, found.start() - 40) : found.start()].casefold())
            if not refused and (best is None or found.start() > best[0]):
                best = (found.start(), resolution)
    return best[1] if best else None


def refuses_in(text: str) -> bool:
    """Whether a resolution is named in order to refuse it."""
    return any(
        _NOT.search(text[max(0, found.start() - 40) : found.start()].casefold())
        for _, pattern in _WISHES
        for found in pattern.finditer(text)
    )


def reason_in(text: str) -> str:
    """The first reason, most telling first, that the words give; "" if none."""
    return next((reason for reason, pattern in _REASONS if pattern.search(text)), "")
