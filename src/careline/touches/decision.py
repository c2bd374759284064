"""What the gate answers."""

from dataclasses import dataclass
from datetime import datetime

from careline.journey.words import Channel, TouchReason, Verdict


@dataclass(frozen=True)
class Decision:
    """`until` is set when, and only when, the verdict is to hold; `channel` when it may go."""

    verdict: Verdict
    why: TouchReason
    channel: Channel | None = None
    until: datetime | None = None
    template: str | None = None  # instead of free words, where the channel demands one
    note: str = ""  # in words, for the people who ask why
