"""policies/queue.yml: which conversations come first, and when somebody is told that they wait."""

from typing import Annotated

from pydantic import Field, field_validator

from careline.journey.words import Urgency
from careline.service.policies.base import MoneyByCurrency, Section

MinutesAhead = Annotated[int, Field(ge=0, le=60 * 24 * 7, strict=True)]


class QueuePolicy(Section):
    ahead_minutes: dict[Urgency, MinutesAhead]
    urgent_for: list[Urgency]
    high_for: list[Urgency]
    valued_from: MoneyByCurrency
    alert_after_minutes: MinutesAhead

    @field_validator("ahead_minutes")
    @classmethod
    def _every_reason_counts(cls, minutes: dict[Urgency, int]) -> dict[Urgency, int]:
        missing = [reason.value for reason in Urgency if reason not in minutes]
        if missing:
            raise ValueError("minutes are missing for " + ", ".join(missing))
        return minutes
