"""What a playbook may say: the shape of playbooks/*.yml, and nothing of what it does."""

from datetime import timedelta
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from careline.journey.words import CaseKind, Channel, FeedbackKind, Purpose, Resolution, Stage
from careline.service.policies.base import (
    Country,
    Days,
    MoneyByCurrency,
    Section,
    Sentence,
    Word,
)

Kind = Annotated[str, StringConstraints(pattern=r"^[a-z_]+\.[a-z_]+$")]  # of a touchpoint
Response = Annotated[str, StringConstraints(pattern=r"^utter_touch_[a-z0-9_]+$")]
Hour = Annotated[int, Field(ge=0, le=23, strict=True)]
Times = Annotated[int, Field(ge=1, le=100, strict=True)]
Score = Annotated[int, Field(ge=0, le=10, strict=True)]


class Span(Section):
    """A length of time: `{days: 2}`, `{hours: 4}`, or both."""

    days: Days = 0
    hours: Annotated[int, Field(ge=0, le=24 * 366, strict=True)] = 0
    minutes: Annotated[int, Field(ge=0, le=60 * 24, strict=True)] = 0

    @property
    def length(self) -> timedelta:
        return timedelta(days=self.days, hours=self.hours, minutes=self.minutes)


class Every(Span):
    """Of what repeats: a length, or `{years: 1}`, the same day of the calendar where they live."""

    years: Annotated[int, Field(ge=0, le=10, strict=True)] = 0

    @model_validator(mode="after")
    def _is_one_of_them(self) -> Self:
        if self.years and self.length:
            raise ValueError("give years alone, or days and hours")
        if not self.years and self.length.days < 1:
            raise ValueError("it is at least one day")
        return self


class When(Section):
    """What sets it off: exactly one of an event, a stage entered, or silence."""

    event: Kind | None = None
    stage: Stage | None = None
    silence: Span | None = None  # since the customer's or the shop's last touchpoint
    every: Every | None = None  # with `event`: again so long after, as long as they are a customer

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if sum(given is not None for given in (self.event, self.stage, self.silence)) != 1:
            raise ValueError("give exactly one of event, stage and silence")
        if self.every is not None and self.event is None:
            raise ValueError("every goes with event")
        return self


class Wait(Section):
    """How long after: a time, or until something happens, but no longer than a time."""

    time: Span = Span()
    until: Kind | None = None
    at_most: Span | None = None
    then: Literal["send", "drop"] = "drop"  # when `at_most` is over and it did not happen
    at_hour: Hour | None = None  # of the customer's day; the first such hour after the wait

    @model_validator(mode="after")
    def _until_ends(self) -> Self:
        if (self.until is None) != (self.at_most is None):
            raise ValueError("until and at_most belong together")
        return self


class Between(Section):
    at_least: Score | None = None
    at_most: Score | None = None

    def holds(self, score: int) -> bool:
        low = self.at_least is None or score >= self.at_least
        return low and (self.at_most is None or score <= self.at_most)


class Whom(Section):
    """For whom: all that is given has to hold, when it is planned and again when it is sent."""

    segments: list[Sentence] = Field(default_factory=list)
    countries: list[Country] = Field(default_factory=list)
    stages: list[Stage] = Field(default_factory=list)
    case_kinds: list[CaseKind] = Field(default_factory=list)  # of the case it is about
    resolutions: list[Resolution] = Field(default_factory=list)  # by which that case ended
    categories: list[Word] = Field(default_factory=list)  # of a product in the order it is about
    orders_at_least: Times | None = None
    order_worth_at_least: MoneyByCurrency = Field(default_factory=dict)
    feedback: list[FeedbackKind] = Field(default_factory=list)  # that it is about
    score: Between | None = None  # of the feedback that it is about
    pleased: bool | None = None  # true: the last they said of us was good, and nothing bad since
    after_a_case: bool | None = None  # true: they have had a case resolved; false: never one

    def ended_well(self, resolution: object) -> bool:
        """Where nobody tells how a case ended, nothing speaks against it."""
        return not self.resolutions or not resolution or resolution in self.resolutions


class AtMost(Section):
    """How often: so many times for each subject, or for each customer within a time."""

    times: Times = 1
    per: Literal["order", "case", "suggestion", "product", "customer"] = "customer"
    within: Span | None = None  # with `per: customer`; none: ever


class Goal(Section):
    event: Kind
    within: Span


class Gift(Section):
    """Store credit out of the goodwill budget, for the reason that set the playbook off."""

    worth: MoneyByCurrency
    why: Sentence  # with the fields of the words; goes into the record


class Playbook(Section):
    """One file of playbooks/. Its name is the file's."""

    name: Word = ""
    title: Sentence
    about: Sentence  # what it is for, in a sentence for the team
    owner: Word
    purpose: Purpose
    when: When
    whom: Whom = Whom()
    wait: Wait = Wait()
    unless: list[Kind] = Field(default_factory=list)  # happened since: it is dropped
    say: Response
    subject: Sentence  # of the e-mail; fields in braces as in the words
    templates: dict[Channel, Word] = Field(default_factory=dict)  # where a channel demands one
    channels: list[Channel] = Field(default_factory=lambda: [Channel.WEB, Channel.EMAIL])
    survey: FeedbackKind | None = None
    # What may come back, and the topic it opens with order and item filled in: intent → topic.
    replies: dict[Word, Word] = Field(default_factory=dict)
    at_most: AtMost = AtMost()
    too_late_after: Span
    goal: Goal | None = None
    gift: Gift | None = None
    cost: MoneyByCurrency = Field(default_factory=dict)  # of one that is sent
    priority: Annotated[int, Field(ge=0, le=100, strict=True)] = 50  # the higher goes first
    # Somebody may get hurt: it does not wait for caps, quiet hours, moods, open cases or the
    # hold-out group. Consent to service words, a person in charge and the channels' rules stay.
    safety: bool = False
    # News of their own order that they need now: it has a cap of its own, to which courtesies
    # yield, and nobody is kept from it for comparison.
    urgent: bool = False

    @model_validator(mode="after")
    def _urgent_serves(self) -> Self:
        if self.urgent and (self.purpose is not Purpose.SERVICE or self.survey is not None):
            raise ValueError("urgent is for service alone, and no survey")
        return self

    @property
    def is_survey(self) -> bool:
        return self.survey is not None
