"""Report on the training sentences: `make nlu-report`; the whole list is written as Markdown.

    .venv-rasa/bin/python -m bench.nlu_report [--data data/nlu] [--out var/nlu-report.md]

Of each intent: how many sentences, how varied they are, what a model that had not seen them takes
them for. Then the sentences to look at: said twice, nearly said twice, made over one frame, and
contradicting their label. A contradiction is a question, not a verdict: read the sentence, then
move it, mend it, or leave it and add more like it.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import yaml

from bench.nlu_figures import Pair, Report, Sentence, likeness_of, report
from bench.nlu_frames import WornFrame, worn_frames
from bot.calibration import fit_temperature, softmax
from bot.encoder import SentenceEncoder, encoder_or_none
from bot.ngrams import Vocabulary

ROOT = Path(__file__).parents[1]
FOLDS = 4
SEED = 7
STRENGTH = 8.0  # as the classifier's own
ROUNDS = 30
SHOWN = 15  # of each list in the terminal
ENCODED_AT_ONCE = 1000

Say = Callable[[str], None]


class NothingToReport(Exception):
    """There are no labelled sentences, or too few of an intent to learn from the others."""


def main() -> None:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--data", type=Path, default=ROOT / "data" / "nlu")
    options.add_argument("--out", type=Path, default=ROOT / "var" / "nlu-report.md")
    given = options.parse_args()
    started = time.monotonic()

    def say(what: str) -> None:
        print(f"· {time.monotonic() - started:4.0f} s  {what}", file=sys.stderr)

    try:
        sentences = read_sentences(given.data)
        found = examine(sentences, encoder_or_none(threads=2), say)
        say("looking for sentences over one frame")
        worn = worn_frames(sentences)
    except (NothingToReport, yaml.YAMLError) as error:
        sys.exit(f"No report on {given.data}: {error}")
    print(in_terminal(found, worn))
    given.out.parent.mkdir(parents=True, exist_ok=True)
    given.out.write_text(as_markdown(found, worn), encoding="utf-8")
    print(f"\nAll of it: {given.out}")


def read_sentences(folder: Path) -> list[Sentence]:
    """All examples in the folder's files, in their order."""
    found = []
    for path in sorted(folder.glob("*.yml")):
        for block in (yaml.safe_load(path.read_text(encoding="utf-8")) or {}).get("nlu", []):
            for line in block.get("examples", "").splitlines():
                text = line.strip().removeprefix("- ").strip()
                if text and "intent" in block:
                    found.append(Sentence(text, block["intent"], path.name))
    if not found:
        raise NothingToReport("there are no sentences with an intent in its *.yml files.")
    return found


def examine(sentences: Sequence[Sentence], encoder: SentenceEncoder | None, say: Say) -> Report:
    texts = [sentence.text for sentence in sentences]
    intents = [sentence.intent for sentence in sentences]
    words = _word_features(texts)
    if encoder is None:
        say("no sentence encoder: likeness and readings go by words alone")
        vectors = _narrowed(words)
    else:
        vectors = _vectors(encoder, texts, say)
    say("comparing each sentence with all others")
    likeness = likeness_of(vectors, intents)
    names, held_out = _held_out(vectors, words, intents, say)
    return report(sentences, likeness, names, held_out)


def _vectors(encoder: SentenceEncoder, texts: Sequence[str], say: Say) -> np.ndarray:
    parts = []
    for start in range(0, len(texts), ENCODED_AT_ONCE):
        say(f"encoding sentences: {start:,} of {len(texts):,}")
        parts.append(encoder.encode_many(texts[start : start + ENCODED_AT_ONCE]))
    return np.concatenate(parts)


def _word_features(texts: Sequence[str]):  # type: ignore[no-untyped-def]
    from scipy import sparse

    vocabulary = Vocabulary.learn("words", texts, at_least=1 if len(texts) < 500 else 2)
    rows = [vocabulary.weigh(text) for text in texts]
    starts = np.cumsum([0] + [len(places) for places, _ in rows])
    values = np.concatenate([values for _, values in rows])
    places = np.concatenate([places for places, _ in rows])
    return sparse.csr_matrix((values, places, starts), shape=(len(texts), len(vocabulary.index)))


def _narrowed(words) -> np.ndarray:  # type: ignore[no-untyped-def]
    """The words in few dimensions, of length 1, in place of sentence vectors."""
    from sklearn.decomposition import TruncatedSVD

    size = max(2, min(200, min(words.shape) - 1))
    narrow = TruncatedSVD(size, random_state=SEED).fit_transform(words).astype(np.float32)
    return narrow / np.maximum(np.linalg.norm(narrow, axis=1, keepdims=True), 1e-9)


def _held_out(vectors, words, intents, say):  # type: ignore[no-untyped-def]
    """Confidences for each sentence, by a model learnt from the other folds."""
    from scipy import sparse
    from sklearn.model_selection import StratifiedKFold

    names = sorted(set(intents))
    truth = np.array([names.index(intent) for intent in intents])
    rarest = int(np.bincount(truth).min())
    if len(names) < 2 or rarest < 2:
        few = names[int(np.bincount(truth).argmin())]
        raise NothingToReport(f"{few} is the only intent, or has one sentence; two are needed.")
    matrix = sparse.hstack([sparse.csr_matrix(vectors), words], format="csr").astype(np.float32)
    scores = np.zeros((len(truth), len(names)), dtype=np.float32)
    splitter = StratifiedKFold(min(FOLDS, rarest), shuffle=True, random_state=SEED)
    folds = list(splitter.split(matrix, truth))
    for number, (seen, unseen) in enumerate(folds, start=1):
        say(f"reading sentences that the model has not seen: part {number} of {len(folds)}")
        scores[unseen] = _learn(matrix[seen], truth[seen], matrix[unseen])
    return names, softmax(scores, fit_temperature(scores, truth))


def _learn(seen, truth, unseen):  # type: ignore[no-untyped-def]
    import warnings

    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    learner = LogisticRegression(
        C=STRENGTH, max_iter=ROUNDS, tol=1e-3, class_weight="balanced", random_state=SEED
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # we stop early on purpose
        learner.fit(seen, truth)
    scores = learner.decision_function(unseen)
    return np.stack([-scores, scores], axis=1) if scores.ndim == 1 else scores


COLUMNS = ("intent", "n", "distinct", "nearest", "recognised", "doubles", "contra", "read as")


def rows(found: Report) -> list[tuple[str, ...]]:
    return [
        (
            f.intent,
            str(f.sentences),
            f"{f.distinct:.2f}",
            f"{f.nearest:.2f}",
            f"{f.recognised:.2f}",
            str(f.doubles),
            str(f.contradicted),
            ", ".join(f"{name} {times}" for name, times in f.confused_with),
        )
        for f in found.intents
    ]


def in_terminal(found: Report, worn: Sequence[WornFrame] = ()) -> str:
    table = [COLUMNS, *rows(found)]
    width = [max(len(row[column]) for row in table) for column in range(len(COLUMNS))]
    lines = [
        "  ".join(
            cell.ljust(width[i]) if i in (0, 7) else cell.rjust(width[i])
            for i, cell in enumerate(row)
        ).rstrip()
        for row in table
    ]
    for title, listed in _lists(found, worn):
        lines += ["", f"{title}: {len(listed)}", *(f"  {line}" for line in listed[:SHOWN])]
    return "\n".join([*lines, "", _summary(found)])


def as_markdown(found: Report, worn: Sequence[WornFrame] = ()) -> str:
    lines = ["# Training sentences", "", _summary(found), "", *_EXPLANATION, ""]
    lines += ["| " + " | ".join(COLUMNS) + " |", "|---" * len(COLUMNS) + "|"]
    lines += ["| " + " | ".join(row) + " |" for row in rows(found)]
    for title, listed in _lists(found, worn):
        lines += ["", f"## {title}: {len(listed)}", ""]
        lines += [f"- {line}" for line in listed] or ["None."]
    return "\n".join(lines) + "\n"


_EXPLANATION = (
    "- **distinct**: share of neighbouring word pairs that are not said twice; higher is richer.",
    "- **nearest**: mean likeness to the nearest other sentence of the intent; lower is richer.",
    "- **recognised**: share that a model which had not seen it reads as labelled; **read as**:",
    "  what it takes the others for.",
    "- **doubles**: near-copies of an earlier sentence; **contra**: sentences contradicting their",
    "  label, that is, surely read as something else.",
)


def _summary(found: Report) -> str:
    count = sum(f.sentences for f in found.intents)
    return (
        f"{count:,} sentences of {len(found.intents)} intents; {found.recognised:.1%} read as "
        "labelled by a model that had not seen them."
    )


def _lists(found: Report, worn: Sequence[WornFrame]) -> list[tuple[str, list[str]]]:
    return [
        (
            "Contradicting their label",
            [
                f"{c.sentence.intent} → {c.read_as} {c.confidence:.2f}  “{c.sentence.text}” "
                f"({c.sentence.file})"
                for c in found.contradictions
            ],
        ),
        ("The same words twice", [_pair(pair) for pair in found.duplicates]),
        ("Nearly the same under two intents", [_pair(pair) for pair in found.across]),
        ("Nearly the same under one intent", [_pair(pair) for pair in found.within]),
        ("Many sentences over one frame", [_frame(one) for one in worn]),
    ]


def _frame(worn: WornFrame) -> str:
    examples = " · ".join(sentence.text for sentence in worn.sentences[:3])
    return f"{len(worn.sentences)} {worn.intent}: {worn.frame}  ({examples})"


def _pair(pair: Pair) -> str:
    first, second = pair.first, pair.second
    intents = first.intent if first.intent == second.intent else f"{first.intent} / {second.intent}"
    return f"{pair.likeness:.2f} {intents}: “{first.text}” ~ “{second.text}”"


if __name__ == "__main__":
    main()
