"""Names of people, where the words around them announce one.

"My name is", "Regards,", "I spoke to", "Emma here": who gives a name in a chat announces it.
A capital alone tells little: customers shout, shops and couriers have names too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.found import Found

_LETTER = r"[^\W\d_]"
_TOKEN = rf"{_LETTER}(?:\.|{_LETTER}*(?:['’-]{_LETTER}+)*)"
_NAME = rf"{_TOKEN}(?:[ ]{_TOKEN}){{0,3}}"
_LONGEST = 4  # words
_READ_AT_MOST = 1_000

# After these comes a name, however it is written.
_SAYS_NAME = re.compile(
    r"\b(?:(?:my|the|her|his|full|customer) (?:full |first |last |sur)?name(?:['’]?s| is|:| was)|"
    r"name['’]s|names(?= \w+$)|^name is|\b(?:name|details)\s*[:=-]|(?:i am|i['’]?m) called|"
    r"(?:under|in) the name(?: of)?)\s*",
    re.IGNORECASE,
)
# A greeting and "this is" announce one even without its capital.
_GREETS_WITH_NAME = re.compile(
    r"^\W*(?:hi|hello|hey|hiya|good (?:morning|afternoon|evening))\b[\s,.!]*(?:there|team|all)?"
    r"[\s,.!]*(?:my name is|this is|i am|i['’]?m|it['’]?s)\s+(?=\S+\W*$)",
    re.IGNORECASE,
)
# After these comes one if it has a capital and is nothing else.
_MAY_NAME = re.compile(
    r"\b(?i:i am|i['’]?m|this is|it['’]?s|it is|here is|who is|who's|call me|signed(?: for)? by|"
    r"(?:spoke|speak|spoken|speaking|talked|talking|chatted|chatting|dealt) (?:to|with)|"
    r"(?:told|helped|served|emailed|called|answered|promised|informed|assured|contacted) by|"
    r"attn\.?|attention|c/o|care of|addressed to|ordered by)\s+"
)
_PERSON = re.compile(
    r"\b(?:colleague|agent|assistant|manager|driver|courier|employee|supervisor|operator|rep|"
    r"advis[eo]r|husband|wife|son|daughter|mum|mom|mother|dad|father|brother|sister|friend|partner|"
    r"neighbou?r|flatmate|roommate|boss|aunt|uncle|niece|nephew|girlfriend|boyfriend|lady|guy|"
    r"gentleman|man|woman)(?:,| called| named)?\s+"
)
_TITLE = re.compile(r"\b(?:[Mm]rs?|[Mm]s|[Mm]iss|[Dd]r|[Pp]rof|[Mm]adam|[Ss]ir)\.?\s+")
_SIGN_OFF = re.compile(
    r"(?:^|[\n.!?,;]|\s-+\s*|\s)(?:(?:kind|best|warm|with|many)\s+)*(?:regards|wishes|cheers|thanks|"
    r"thank you|thx|ta|sincerely|yours|love|best|greetings|rgds|xx?)(?:\s+(?:again|in advance))?"
    rf"\s*[,!.\n-]+\s*(?P<name>{_NAME})\s*[.!x]*\s*$",
    re.IGNORECASE,
)
_OPENING = re.compile(
    rf"^\W*(?:(?i:hi|hello|hey|good \w+)(?i: there| all| team)?[\s,.!]+)?(?P<name>{_NAME})\s+"
    r"(?:(?i:here|speaking|is my (?:sur|first |last |full )?name)\b|from\s+[A-Z]\w+)",
)
_ALONE = re.compile(rf"^\W*(?P<name>{_TOKEN} {_TOKEN}(?: {_TOKEN})?)(?:\W*$|, )")
_REST = re.compile(rf"{_NAME}(?!\w)")

_AFTER_NAMES = """
and or but my order from i i'm im here the a an with who that is was has he she his her at in on
of for to number email mail phone thanks thank please can could would not need want have about
regarding it this they we you your our by as if so when where speaking again told said promised
signed left took will just also who's both sent got yesterday today
"""
_ENDS_A_NAME = frozenset(_AFTER_NAMES.split())
_STATES_AND_THINGS = """
furious angry upset sorry happy unhappy sad disappointed confused worried tired sick done fed mad
livid glad pleased sure certain aware unable afraid ready late new old back home away out still
also now not never always really very so too just only trying waiting looking writing calling
having going getting asking hoping thinking missing starting sending returning interested
concerned frustrated annoyed stuck locked ridiculous unacceptable urgent outrageous disgusting
disgraceful absolutely totally completely extremely beyond literally great fine good bad awful
terrible horrible important serious correct right wrong true allergic pregnant disabled vegan
irish english british scottish welsh american canadian german french spanish italian indian
australian polish dutch african asian european muslim jewish christian catholic the my your our a
an in on at from with about it its that this there what where when why how which who whose because
since after before until while if as for to by and or but yes no ok okay please thanks thank hi
hello hey dear sir madam bye all team folks guys everyone everybody anyone someone nobody support
customer service help helpdesk order orders refund return returns exchange delivery parcel package
item items product products shop store website app account card payment invoice case number code
email mail
"""
# Who and what has a name in a shop, and is no person; and what starts a sentence with a capital.
_OTHER_NAMES = """
careline harbour vine amazon ebay klarna paypal visa mastercard amex apple google pay stripe dhl
ups fedex dpd hermes evri royal usps gls yodel parcelforce anpost correos tnt whatsapp facebook
instagram twitter trustpilot iphone android samsung sony bosch ikea monday tuesday wednesday
thursday friday saturday sunday january february march april june july september october november
december christmas easter black cyber merry morning afternoon evening night good best kind warm
again me us we he she they you i one two three first second last next another other more most mine
yours dr mr mrs ms president united plus jai master once
"""
_NO_NAME = frozenset((_STATES_AND_THINGS + _OTHER_NAMES).split())
_STREETS = {"road", "street", "lane", "avenue", "drive", "close", "court", "way", "square", "place"}
_IS_LIKELY_STATE = re.compile(r"(?:ing|ed|ful|ous|able|ible|ly|less|ive|ish|est)$")
_SAID_OF_A_NAME = re.compile(
    r"(?:ing|(?:spell|print|list|register|mention|chang|delet|stor)ed|spelt|given)$"
)


def announced_names(text: str) -> list[Found]:
    """In the order of the text, no two overlapping."""
    text = text[:_READ_AT_MOST]
    kept: list[Found] = []
    for found in _announced(text):
        if all(found.end <= other.start or found.start >= other.end for other in kept):
            kept.append(found)
    return sorted(kept, key=lambda found: found.start)


def _announced(text: str) -> Iterator[Found]:
    for match in _SAYS_NAME.finditer(text):
        yield from _name_at(text, match.end(), any_case=True, unlike=_SAID_OF_A_NAME)
    greeting = _GREETS_WITH_NAME.match(text)
    if greeting:
        yield from _name_at(text, greeting.end(), any_case=True)
    for announcement in (_TITLE, _MAY_NAME, _PERSON):
        for match in announcement.finditer(text):
            yield from _name_at(text, match.end())
    for expression in (_SIGN_OFF, _OPENING, _ALONE):
        match = expression.search(text)
        if match:
            yield from _whole_name(text, match)


def _name_at(
    text: str,
    start: int,
    *,
    any_case: bool = False,
    unlike: re.Pattern[str] = _IS_LIKELY_STATE,
) -> Iterator[Found]:
    match = _REST.match(text, start)
    if match is None:
        return
    words = _leading_name(match.group().split(" "), any_case=any_case, unlike=unlike)
    if words:
        yield _found(text, start, " ".join(words))


def _whole_name(text: str, match: re.Match[str]) -> Iterator[Found]:
    """All of the match is a name, or none of it."""
    words = match.group("name").split(" ")
    if len(_leading_name(words)) == len(words):
        yield _found(text, match.start("name"), " ".join(words))


def _leading_name(
    words: list[str], *, any_case: bool = False, unlike: re.Pattern[str] = _IS_LIKELY_STATE
) -> list[str]:
    name: list[str] = []
    for word in words[:_LONGEST]:
        if not _could_be_a_name(word, any_case=any_case, unlike=unlike, first=not name):
            break
        name.append(word)
    if name and (len(name) > 1 and name[-1].lower() in _STREETS):
        return []
    return name


def _could_be_a_name(word: str, *, any_case: bool, unlike: re.Pattern[str], first: bool) -> bool:
    plain = word.lower().replace("’", "'").rstrip(".")
    if plain in _ENDS_A_NAME or plain in _NO_NAME:
        return False
    if word[0].isupper():
        return not (len(word) > 3 and word.isupper() and first and not any_case)
    if len(word) == 1:  # a letter is an initial only as a capital
        return False
    return any_case and not unlike.search(plain)


def _found(text: str, start: int, name: str) -> Found:
    name = name.rstrip(".-") if not re.search(r"\b\w\.$", name) else name
    name = re.sub(r"['’]s$", "", name)
    return Found("person", name, start, start + len(name))
