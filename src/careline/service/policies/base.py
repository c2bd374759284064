"""The building blocks of policy files: strict sections, money by currency, figures by category."""

from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
Word = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
Sentence = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
Days = Annotated[int, Field(ge=0, le=3660, strict=True)]
Months = Annotated[int, Field(ge=0, le=240, strict=True)]
Minutes = Annotated[int, Field(ge=1, le=60 * 24 * 60, strict=True)]
Percent = Annotated[int, Field(ge=0, le=100, strict=True)]
Amount = Annotated[Decimal, Field(ge=0, max_digits=14)]
Words = Annotated[list[Word], AfterValidator(lambda words: list(dict.fromkeys(words)))]

MoneyByCurrency = dict[Currency, Amount]


class Section(BaseModel):
    """Unknown fields are refused: a misspelt one would be a rule that nobody applies."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def amount_in(amounts: MoneyByCurrency, currency: str) -> Decimal:
    """A currency that is not listed counts as 0, so that a person decides."""
    return amounts.get(currency, Decimal(0))


class DaysBy(Section):
    """Days for everything, for some categories, for some countries; the longer counts."""

    default: Days
    by_category: dict[Word, Days] = Field(default_factory=dict)
    by_country: dict[Country, Days] = Field(default_factory=dict)

    def of(self, category: str, country: str) -> int:
        days = self.by_category.get(category, self.default)
        return max(days, self.by_country.get(country, 0))


class DaysByCountry(Section):
    default: Days
    by_country: dict[Country, Days] = Field(default_factory=dict)

    def of(self, country: str) -> int:
        return self.by_country.get(country, self.default)


class DaysByCategory(Section):
    default: Days
    by_category: dict[Word, Days] = Field(default_factory=dict)

    def of(self, category: str) -> int:
        return self.by_category.get(category, self.default)


class MonthsByCategory(Section):
    default: Months
    by_category: dict[Word, Months] = Field(default_factory=dict)

    def of(self, category: str) -> int:
        return self.by_category.get(category, self.default)


class WordsByCountry(Section):
    default: Sentence
    by_country: dict[Country, Sentence] = Field(default_factory=dict)

    def of(self, country: str) -> str:
        return self.by_country.get(country, self.default)
