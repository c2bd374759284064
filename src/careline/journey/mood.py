"""How a customer's feeling turned over one conversation. Pure: feelings in, in their order."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from careline.journey.feelings import valence
from careline.journey.words import Emotion

CALM_AFTER = 3  # plain messages in a row, after which an earlier feeling is over


class Turn(StrEnum):
    WORSENED = "worsened"
    STEADY = "steady"
    IMPROVED = "improved"


@dataclass(frozen=True)
class Mood:
    began: Emotion
    worst: Emotion
    now: Emotion
    turn: Turn

    def in_words(self) -> str:
        """ "angry, then pleased"; each feeling once."""
        told = [self.began, self.worst, self.now]
        changes = [e for i, e in enumerate(told) if i == 0 or e != told[i - 1]]
        return ", then ".join(changes)


def mood_over(emotions: Sequence[str]) -> Mood:
    """A plain message says nothing of feelings: who was angry and then gives an order number is
    angry still. Three plain ones in a row say that it is over."""
    felt = [Emotion(emotion) for emotion in emotions] or [Emotion.NEUTRAL]
    now = _now(felt)
    return Mood(felt[0], min(felt, key=valence), now, _turn(felt[0], now))


def _now(felt: Sequence[Emotion]) -> Emotion:
    lately = [emotion for emotion in felt[-CALM_AFTER:] if emotion is not Emotion.NEUTRAL]
    return lately[-1] if lately else Emotion.NEUTRAL


def _turn(began: Emotion, now: Emotion) -> Turn:
    change = valence(now) - valence(began)
    if change == 0 or (valence(began) > 0 and valence(now) > 0):  # content is no worse than joy
        return Turn.STEADY
    return Turn.IMPROVED if change > 0 else Turn.WORSENED
