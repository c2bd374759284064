"""Facts in the customer's language and zone: money, days and times, as they stand in sentences."""

from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_time
from babel.numbers import format_currency

from careline.kit.zones import zone_of
from careline.shops.protocol import Money

_ENGLISH = Locale("en", "GB")  # sentences are English, so dates are too, whatever the country


@dataclass(frozen=True)
class FactsInWords:
    """How facts are written for one customer."""

    locale: Locale
    zone: ZoneInfo

    @classmethod
    def for_customer(cls, locale: str, time_zone: str) -> "FactsInWords":
        return cls(locale=_english(locale), zone=zone_of(time_zone))

    def money(self, money: Money) -> str:
        return format_currency(money.amount, money.currency, locale=self.locale)

    def day(self, day: date, *, today: date) -> str:
        """ "today", "tomorrow", "Friday 27 November"."""
        if isinstance(day, datetime):
            day = day.astimezone(self.zone).date()
        near = {0: "today", 1: "tomorrow", -1: "yesterday"}.get((day - today).days)
        if near:
            return near
        pattern = "EEEE d MMMM" if abs((day - today).days) < 300 else "d MMMM y"
        return format_date(day, pattern, locale=self.locale)

    def moment(self, at: datetime, *, now: datetime) -> str:
        """ "14:30", "tomorrow at 09:30", "Monday 23 November at 09:30"."""
        here, today = at.astimezone(self.zone), now.astimezone(self.zone).date()
        clock = format_time(here, "HH:mm", locale=self.locale)
        return clock if here.date() == today else f"{self.day(here.date(), today=today)} at {clock}"


@lru_cache(maxsize=256)
def _english(locale: str) -> Locale:
    """The customer's English, else that of Britain."""
    try:
        theirs = Locale.parse(locale.replace("-", "_"))
    except (ValueError, UnknownLocaleError):
        return _ENGLISH
    return theirs if theirs.language == "en" else _ENGLISH
