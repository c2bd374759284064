"""Give each named emotion its number, from -3 (angry) to 3 (delighted)."""

from careline.journey.words import Emotion

_VALENCE = {
    Emotion.ANGRY: -3,
    Emotion.FRUSTRATED: -2,
    Emotion.SAD: -2,
    Emotion.WORRIED: -1,
    Emotion.NEUTRAL: 0,
    Emotion.PLEASED: 2,
    Emotion.DELIGHTED: 3,
}


def valence(emotion: str) -> int:
    return _VALENCE[Emotion(emotion)]
