"""policies/contact.yml: how often, and at which hours, anybody hears from us unasked."""

from typing import Annotated

from pydantic import Field, StringConstraints

from careline.journey.words import Channel, Purpose
from careline.service.policies.base import Days, Percent, Section, Sentence

ClockTime = Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
Count = Annotated[int, Field(ge=0, le=1000, strict=True)]
Rate = Annotated[int, Field(ge=1, le=10_000, strict=True)]


class QuietHours(Section):
    from_: ClockTime = Field(alias="from")
    until: ClockTime
    sundays: bool  # quiet all day


class Caps(Section):
    per_day: Count
    per_week: Count
    per_month: Count  # of 30 days
    urgent_per_day: Count  # these wait for one another alone


class HoldOut(Section):
    percent: Percent
    salt: Sentence  # changed, other customers are held out: begin measuring anew


class ContactPolicy(Section):
    quiet_hours: QuietHours
    caps: Caps
    survey_cooldown_days: Days
    needs_consent: list[Purpose]  # the others go until they are refused
    open_case_holds: bool
    open_promise_holds: bool
    anger_rests_days: Days  # after an angry message
    underway_minutes: Count  # after a message in a conversation that the bot has
    counts_as_there_days: Days  # in the web chat, since they were last seen
    hold_out: HoldOut
    stop_words: list[Sentence]
    start_words: list[Sentence]
    rate_per_second: dict[Channel, Rate]
    # Channels that take free words only so long after the customer wrote there; then a template.
    window_hours: dict[Channel, Count] = Field(default_factory=dict)
    look_again_minutes: Count  # at what is held without an end in sight
