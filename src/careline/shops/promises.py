"""What the embedded shop promises by when, and with whom it sends: all constants in one place.

Business days leave out the country's weekend; public holidays are not known here, so the
days are chosen with some room. A real order system gives its own dates.
"""

from datetime import datetime, time, timedelta

from careline.kit.zones import zone_of

DAYS_TO_DELIVER = {  # business days from now until the parcel is there
    "GB": 2, "IE": 3, "NL": 3, "BE": 3, "FR": 4, "DE": 4, "ES": 5, "IT": 5, "PL": 5, "SE": 5,
    "US": 6, "CA": 7, "AE": 7, "JP": 8, "IN": 8, "AU": 9, "BR": 10, "NG": 10,
}  # fmt: skip
DAYS_TO_DELIVER_ELSEWHERE = 10
DAYS_TO_PAY_BACK = {"PayPal": 2, "Klarna": 3, "invoice": 4, "bank transfer": 4, "Pix": 2}
DAYS_TO_PAY_BACK_TO_A_CARD = 5
DAYS_TO_REPAIR = 10
DAYS_TO_TRACE = 3
LABEL_VALID = timedelta(days=14)
CREDIT_VALID = timedelta(days=365)
END_OF_DAY = time(18, 0)  # where the customer is: a promise for a day holds all of that day

_SATURDAY_AND_SUNDAY = frozenset({5, 6})
_WEEKENDS = {c: frozenset({4, 5}) for c in ("BH", "EG", "JO", "KW", "QA", "SA")}

CARRIERS = {
    "GB": "Royal Mail", "IE": "An Post", "NL": "PostNL", "BE": "bpost", "FR": "Colissimo",
    "DE": "DHL", "ES": "Correos", "IT": "Poste Italiane", "PL": "InPost", "SE": "PostNord",
    "US": "UPS", "CA": "Canada Post", "AE": "Aramex", "JP": "Yamato Transport", "IN": "Blue Dart",
    "AU": "Australia Post", "BR": "Correios", "NG": "GIG Logistics",
}  # fmt: skip
DROP_OFFS = {
    "GB": "any Post Office", "IE": "any An Post office", "NL": "any PostNL point",
    "BE": "any bpost point", "FR": "any La Poste office", "DE": "any DHL Paketshop",
    "ES": "any Correos office", "IT": "any Poste Italiane office", "PL": "any InPost locker",
    "SE": "any PostNord point", "US": "any UPS Store", "CA": "any Canada Post office",
    "AE": "any Aramex outlet", "JP": "any Yamato sales office", "IN": "any Blue Dart counter",
    "AU": "any Australia Post office", "BR": "any Correios agency", "NG": "any GIG centre",
}  # fmt: skip


def business_days_after(now: datetime, days: int, *, country: str, zone: str) -> datetime:
    """The end of the day that is so many business days after today, where the customer is."""
    weekend = _WEEKENDS.get(country, _SATURDAY_AND_SUNDAY)
    local = now.astimezone(zone_of(zone))
    day, left = local.date(), days
    while left > 0:
        day += timedelta(days=1)
        if day.weekday() not in weekend:
            left -= 1
    return datetime.combine(day, END_OF_DAY, zone_of(zone))


def delivery_by(now: datetime, *, country: str, zone: str) -> datetime:
    days = DAYS_TO_DELIVER.get(country, DAYS_TO_DELIVER_ELSEWHERE)
    return business_days_after(now, days, country=country, zone=zone)


def money_back_by(now: datetime, *, method: str, country: str, zone: str) -> datetime:
    days = DAYS_TO_PAY_BACK.get(method, DAYS_TO_PAY_BACK_TO_A_CARD)
    return business_days_after(now, days, country=country, zone=zone)


def end_of_day_after(now: datetime, after: timedelta, *, zone: str) -> datetime:
    """Calendar days: a label's or a credit's last day, where the customer is."""
    day = (now.astimezone(zone_of(zone)) + after).date()
    return datetime.combine(day, END_OF_DAY, zone_of(zone))


def carrier_for(country: str) -> str:
    return CARRIERS.get(country, "DHL")


def drop_off_for(country: str) -> str:
    return DROP_OFFS.get(country, "any DHL service point")


def add_months(at: datetime, months: int) -> datetime:
    """The same day so many months later, or that month's last day."""
    month0 = at.month - 1 + months
    year, month = at.year + month0 // 12, month0 % 12 + 1
    for day in (at.day, 30, 29, 28):
        try:
            return at.replace(year=year, month=month, day=day)
        except ValueError:  # that month is shorter
            continue
    raise AssertionError("every month has 28 days")
