"""Patterns of what somebody or something is reached by: order number, e-mail, phone, postcode."""

from __future__ import annotations

import re

from bot.found import after, before, lower, pattern, upper

# A number that follows one of these is that, and neither an order nor a phone.
_OF_SOMETHING_ELSE = re.compile(
    r"\b(?:case|ticket|invoice|serial|model|tracking|sku|article|gift ?card|card|voucher|"
    r"complaint|reg(?:istration)?|docket|barcode|awb|consignment|"
    r"coupon|code|pin|otp|error|vat|iban|account|member(?:ship)?|room|flight)\b"
    r"\W*(?:number|num|no|nr|id|code|is|was)?[\W_]*(?:is\s+|was\s+)?$"
)
_ELSEWHERE = frozenset({"CL", "INV", "SN", "RE", "VAT", "SKU", "GC", "MODEL"})  # CL: our cases
_STREET = re.compile(
    r"\s+(?:[A-Z][\w'.-]*\s+){1,3}(?:street|st|road|rd|avenue|ave|lane|ln|drive|dr|way|court|ct|"
    r"boulevard|blvd|place|pl|highway|hwy|parkway|square)\b",
    re.IGNORECASE,
)
# "12000 steps": a number of things; "10482 is late": an order.
_COUNTED = re.compile(
    r"\s+(?:steps|followers|people|customers|reviews|words|times|miles|km|rupees|points|hours|"
    r"minutes|days|years|orders|stores|shops|others|fans|views|likes)\b",
    re.IGNORECASE,
)
_STATES = (
    "A[KLRZ]|C[AOT]|DC|DE|FL|GA|HI|I[ADLN]|K[SY]|LA|M[ADEINOST]|N[CDEHJMVY]|O[HKR]|PA|RI|S[CD]|"
    "T[NX]|UT|V[AT]|W[AIVY]"
)
_IN_STATE = re.compile(rf"(?:,\s*|[A-Za-z]\s)(?:{_STATES})\s+$")


_OF_AN_ORDER = re.compile(r"\b(?:order|customer|reference|ref)\b\W*(?:number|num|no|nr|id)?[\W_]*$")


def _order(match: re.Match[str], text: str) -> str | None:
    value = match.group("value").upper()
    if value.split("-")[0] in _ELSEWHERE or _OF_SOMETHING_ELSE.search(before(match, text)):
        return None
    following = after(match, text)
    if _STREET.match(following) or _COUNTED.match(following):
        return None
    # A handful of figures after a US state is a ZIP code; capitals tell, so not in lower case.
    if _IN_STATE.search(text[max(0, match.start("value") - 30) : match.start("value")]):
        return None
    return value


def _spelled_out(match: re.Match[str], text: str) -> str | None:
    """ "anna at example dot com"."""
    domain = re.sub(r"\s*(?:\(dot\)|\[dot\]|\bdot\b|\.)\s*", ".", match.group("domain").lower())
    return f"{match.group('name').lower()}@{domain}"


def _phone(match: re.Match[str], text: str) -> str | None:
    """Nine to fifteen digits (E.164), or seven if it starts like a dialled number."""
    preceding = before(match, text)
    if _OF_SOMETHING_ELSE.search(preceding) or _OF_AN_ORDER.search(preceding):
        return None
    written = re.sub(r"^(\+\d{1,3}\s*)\(0\)", r"\1", match.group("value"))  # +49 (0)30 …
    digits = re.sub(r"\D", "", written)
    dialled = written.startswith(("+", "0", "("))
    if not (9 if not dialled else 7) <= len(digits) <= 15:
        return None
    return ("+" if written.startswith("+") else "") + digits


# Cities whose postcodes could be taken for our order numbers, or for one-time codes: only these
# are believed beside a bare number. Elsewhere a capital after five figures tells enough.
_ONES = (
    "berlin|potsdam|rostock|schwerin|cottbus|marseille|brooklyn|new york|queens|bronx|albany|"
    "philadelphia|torino|turin|genova|genoa|tallinn|stockholm|athens|zagreb|seoul|bangkok"
)
_INDIAN = (
    "mumbai|bombay|delhi|new delhi|bangalore|bengaluru|chennai|kolkata|hyderabad|pune|ahmedabad|"
    "jaipur|lucknow|kanpur|nagpur|indore|bhopal|patna|vadodara|surat|kochi|noida|gurgaon|gurugram|"
    "chandigarh|coimbatore|mysore|mysuru|thane|goa|guwahati|visakhapatnam"
)
_EIRCODE = r"(?:[AC-FHKNPRTV-Y]\d{2}|D6W) ?[0-9AC-FHKNPRTV-Y]{4}"
_CANADIAN = r"[ABCEGHJ-NPRSTVXY]\d[A-Z][ -]?\d[A-Z]\d"
_SENTENCE_STARTS = """
Please Thanks Thank Hi Hello Hey The This That Where When What Why How It Its Is And Not No Yes My
I Still Cheers Ordered Order Arrived Never Was Can Could Any But For Wrong
"""
_NO_CITY = frozenset(_SENTENCE_STARTS.split())


def _before_a_city(match: re.Match[str], text: str) -> str | None:
    return None if match.group("city") in _NO_CITY else upper(match, text)


ADDRESS_PATTERNS = (
    pattern(
        "email",
        r"(?<![\w.+'-])(?P<value>[\w.+-][\w.+'-]*@[a-z\d-]+(?:\.[a-z\d-]+)+)(?![\w@])",
        lower,
    ),
    pattern(
        "email",
        r"(?<![\w.])(?P<value>(?P<name>\w[\w.+-]*)\s+(?:at|\(at\)|\[at\])\s+"
        r"(?P<domain>[a-z\d-]+(?:\s*(?:\.|dot|\(dot\)|\[dot\])\s*[a-z]{2,})*"
        r"\s+(?:dot|\(dot\)|\[dot\])\s+[a-z]{2,}))(?!\w)",
        _spelled_out,
    ),
    pattern(
        "postcode",
        r"\b(?P<value>(?:GIR ?0AA|[A-PR-UWYZ](?:\d{1,2}|[A-HK-Y]\d{1,2}|\d[A-HJKSTUW]|"
        r"[A-HK-Y]\d[ABEHMNPRV-Y]) ?\d(?!(?:st|nd|rd|th)\b)[ABD-HJLNP-UW-Z]{2}))\b",
        upper,
    ),
    pattern("postcode", rf"(?<![\w-])(?P<value>{_CANADIAN}|{_EIRCODE})(?![\w-])", upper, flags=0),
    pattern(
        "postcode",
        r"\b(?:post ?code|zip(?: ?code)?|postal code|pin ?code|plz|eircode)\s*(?:is|was|:|to)?\s*"
        rf"(?P<value>\d{{5}}(?:-\d{{4}})?|\d{{4}} ?[a-z]{{2}}|{_CANADIAN}|{_EIRCODE}|"
        r"\d{3} \d{3}|\d{4,6})\b",
        upper,
    ),
    pattern("postcode", rf"\b(?:{_STATES}),?\s+(?P<value>\d{{5}}(?:-\d{{4}})?)\b", upper, flags=0),
    pattern("postcode", r"\b(?:NSW|VIC|QLD|WA|SA|TAS|ACT|NT)\s+(?P<value>\d{4})\b", flags=0),
    pattern("postcode", r"\b(?P<value>[1-9]\d{3} ?[A-Z]{2})(?=,?\s+[A-Z][a-z])", flags=0),
    pattern("postcode", rf"(?<![\w#-])(?P<value>1\d{{4}})(?=\s+(?:{_ONES})\b)", upper),
    pattern("postcode", rf"\b(?:{_INDIAN})\s*[-,]?\s*(?P<value>[1-8]\d{{2}} ?\d{{3}})\b", upper),
    pattern(
        "postcode",
        r"(?<![\w#.,£€$₹-])(?P<value>[02-9]\d{4})(?=\s+(?P<city>[A-ZÄÖÜÉ][\w'-]+))",
        _before_a_city,
        flags=0,
    ),
    pattern("order_number", r"(?<![\w-])#?(?P<value>\d{3}-\d{7}-\d{7})(?![\w-])"),
    pattern("order_number", r"(?<![\w-])#?(?P<value>[A-Z]{2,4}-\d{4,8})(?![\w-])", _order),
    # Our own numbers: five digits that start with a 1; a code of six digits is another thing.
    pattern(
        "order_number", r"(?<![\w.,£€$₹+-])#?(?P<value>1\d{4})(?![\w-]|[.,]\d)", _order
    ),
    pattern(
        "order_number",
        r"\b(?:order|ordr|ord|bestell(?:ung|nummer)?|no)\s*(?:number|num|no|nr|id|ref(?:erence)?)?"
        r"\s*(?:is|was|[:.#])*\s*#?(?P<value>[A-Z]{0,4}-?\d{5,12}|\d{3}-\d{7}(?:-\d{4,7})?)(?![\w-]|[.,]\d)",
        _order,
    ),
    pattern("order_number", r"(?<!\w)#(?P<value>\d{5,12})(?![\w-])"),
)  # fmt: skip

# An optional sign, then digits in groups; checked for length.
PHONE = pattern("phone", r"(?<![\w/.#-])(?P<value>\+?\(?\d[\d ()./-]{5,18}\d)(?![\w/-])", _phone)
