"""Tell how a customer feels from one message, and by which words.

Cues of our own (emotion_cues.py), with capitals, exclamation marks, denial and mock praise
taken into account. It reads the words only: what a plain report of a problem makes people
feel is not guessed, so "my television arrived broken" is neutral. Figures, also for mockery,
which it misses now and then: docs/measurements.md, printed by `python -m bench.emotion`.
"""

import re
import unicodedata
from collections import defaultdict
from dataclasses import dataclass

from careline.journey import emotion_cues as cues
from careline.journey.feelings import valence as valence
from careline.journey.words import Emotion

READ_AT_MOST = 2_000  # characters; who is angry says so before that
_SEVERITY = (Emotion.FRUSTRATED, Emotion.WORRIED, Emotion.SAD)
_CAPITALS = re.compile(r"\b[A-Z]{3,}\b")
_SHOUTED = re.compile(r"[!?]*!{2,}|\?{2,}|!\?|\?!")


@dataclass(frozen=True)
class EmotionReading:
    emotion: Emotion
    strength: float  # 0 nothing said of feelings, to 1
    because: tuple[str, ...]  # the words that told it


def emotion_of(text: str) -> EmotionReading:
    said = _plain(text[:READ_AT_MOST])
    return _made_good(said) or _reading(said)


def _made_good(said: str) -> EmotionReading | None:
    """Joy behind what was bad and is over: "I was worried, but it came in time, thank you"."""
    turn = cues.OVERCOME.search(said.casefold())
    if turn is None:
        return None
    now = _reading(said[_start_of_now(said, turn) :])
    return now if valence(now.emotion) > 0 else None


def _start_of_now(said: str, turn: "re.Match[str]") -> int:
    """Where the turning word starts, so that its "thanks" is heard."""
    return max(turn.end() - len("thank you"), turn.start() + 1)


def _reading(said: str) -> EmotionReading:
    found = _found(said.casefold())
    mockery = _mockery(said.casefold(), found)
    if mockery:
        return _mocking(said, found, mockery)
    angry, why = _anger(said, found)
    if angry >= 2:
        return EmotionReading(Emotion.ANGRY, _strength(angry), why)
    unhappy = _unhappiest(found)
    pleased = _pleasure(said.casefold(), found)
    if unhappy and (pleased is None or unhappy.strength >= pleased.strength):
        return unhappy
    return pleased or EmotionReading(Emotion.NEUTRAL, 0.0, ())


_Found = dict[Emotion, list[tuple[float, str]]]


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).replace("’", "'").replace("‘", "'")
    return " ".join(folded.split())


def _found(said: str) -> _Found:
    found: _Found = defaultdict(list)
    for cue in cues.CUES:
        for match in cue.pattern.finditer(said):
            before = said[max(0, match.start() - 40) : match.start()]
            clause = re.split(r"[.!?;:,]", before)[-1]
            if cue.deniable and cues.DENIAL.search(clause):
                continue
            found[cue.emotion].append((cue.weight, match.group()))
    return found


def _score(found: _Found, emotion: Emotion) -> float:
    return sum(weight for weight, _ in found.get(emotion, ()))


def _words(found: _Found, *emotions: Emotion) -> tuple[str, ...]:
    words = [word for emotion in emotions for _, word in found.get(emotion, ())]
    return tuple(dict.fromkeys(words))[:4]


def _anger(said: str, found: _Found) -> tuple[float, tuple[str, ...]]:
    """Words of anger; loudness counts only beside words, for some people always write so."""
    score, why = _score(found, Emotion.ANGRY), list(_words(found, Emotion.ANGRY))
    complaint = score or _score(found, Emotion.FRUSTRATED) or cues.PROBLEM.search(said.casefold())
    glad = found.get(Emotion.PLEASED) or found.get(Emotion.DELIGHTED)
    capitals = _CAPITALS.findall(said)
    letters = [c for c in said if c.isalpha()]
    all_capitals = len(letters) > 12 and sum(c.isupper() for c in letters) > 0.7 * len(letters)
    loud = bool(_SHOUTED.search(said))
    if not glad and all_capitals and (loud or complaint):
        score, why = score + (2 if loud else 1), [*why, "CAPITALS"]
    elif not glad and score and capitals:
        score, why = score + 0.5, [*why, capitals[0]]
    if not glad and loud and complaint:
        score, why = score + 1, [*why, "!!"]
    elif score and "!" in said:
        score += 0.5
    return score, tuple(why)


def _unhappiest(found: _Found) -> EmotionReading | None:
    scores = {emotion: _score(found, emotion) for emotion in _SEVERITY}
    # Mild anger is frustration.
    scores[Emotion.FRUSTRATED] += min(_score(found, Emotion.ANGRY), 1)
    emotion = max(_SEVERITY, key=lambda e: scores[e])
    if scores[emotion] < 2:
        return None
    why = (emotion, Emotion.ANGRY) if emotion == Emotion.FRUSTRATED else (emotion,)
    return EmotionReading(emotion, _strength(scores[emotion]), _words(found, *why))


def _pleasure(said: str, found: _Found) -> EmotionReading | None:
    mild, strong = _score(found, Emotion.PLEASED), _score(found, Emotion.DELIGHTED)
    if strong:
        lively = strong + mild + said.count("!")
        if not cues.PROBLEM.search(said) or strong >= 4:
            return EmotionReading(
                Emotion.DELIGHTED, _strength(lively), _words(found, Emotion.DELIGHTED)
            )
        mild += 1
    # Thanks are good manners in a request, and a kind word beside a trouble is no joy.
    if not mild or cues.PROBLEM.search(said) or cues.REQUEST.search(said):
        return None
    return EmotionReading(Emotion.PLEASED, _strength(mild + 1), _words(found, Emotion.PLEASED))


def _mockery(said: str, found: _Found) -> str:
    """Praise that opens a complaint; the words that gave it away, or ""."""
    always = cues.MOCKERY.search(said)
    if always:
        return always.group()
    opening = cues.MOCK_PRAISE.search(said)
    if opening is None:
        return ""
    rest = said[opening.end() :]
    trouble = (
        cues.PROBLEM.search(rest)
        or cues.NOBODY_PRAISES.search(rest)
        or found.get(Emotion.FRUSTRATED)
        or found.get(Emotion.ANGRY)
    )
    return opening.group() if trouble else ""


def _mocking(said: str, found: _Found, mockery: str) -> EmotionReading:
    angry, why = _anger(said, found)
    if angry >= 2:
        return EmotionReading(Emotion.ANGRY, _strength(angry), (mockery, *why))
    return EmotionReading(Emotion.FRUSTRATED, 0.6, (mockery,))


def _strength(score: float) -> float:
    return round(min(1.0, score / 5), 2)
