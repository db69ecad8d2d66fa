"""Prints what one query costs each encoder: `python -m eval.bench_encoder`.

The encoders take turns within one run, on one thread each, so that whatever else the machine does
falls on all of them alike; the last line is what to compare between runs and machines.
"""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np
import onnxruntime

from catalog import encoder, encoder_build
from catalog.encoder import OnnxEncoder, ReferenceEncoder, Tokenizer

ROUNDS = 40
SENTENCE = (
    "haluaisin tietää miten haen lapselle paikan päiväkodista ja kuinka paljon se maksaa meille"
)
LENGTHS = (10, 24)

Run = Callable[[str], object]


def main() -> None:
    """Builds the encoder in a temporary folder, measures, prints."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "encoder"
        encoder_build.build(folder, lambda step: None)
        questions = {tokens: _question(Tokenizer(folder), tokens) for tokens in LENGTHS}
        costs = _costs(_runs(folder), questions)
    for (name, tokens), cost in costs.items():
        print(f"{name:9} {tokens} tokens  {cost:6.2f} ms/query")
    ratios = [costs["reference", n] / costs["int8", n] for n in LENGTHS]
    print("reference / int8 " + "  ".join(f"{r:.1f}" for r in ratios))


def _question(tokenizer: Tokenizer, tokens: int) -> str:
    """The beginning of the sentence that makes so many tokens with its prefix."""
    for end in range(1, len(SENTENCE) + 1):
        if len(tokenizer.tokens(f"query: {SENTENCE[:end]}")) == tokens:
            return SENTENCE[:end]
    raise ValueError(f"no beginning of the sentence has {tokens} tokens")


def _runs(folder: Path) -> dict[str, Run]:
    reference, fast = ReferenceEncoder(), OnnxEncoder(folder)
    return {
        "reference": lambda text: reference.embed([text], "query"),
        "fp32": _fp32(folder),
        "int8": lambda text: fast.embed([text], "query"),
    }


def _fp32(folder: Path) -> Run:
    graph = encoder_build.fp32_graph(encoder_build.read_wheel()).SerializeToString()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
    tokenizer = Tokenizer(folder)
    words = np.load(folder / encoder.WORDS, mmap_mode="r")

    def run(text: str) -> object:
        rows = encoder.dequantised(words[tokenizer.tokens(f"query: {text}")])
        return session.run(["vector"], {"words": rows[np.newaxis]})

    return run


def _costs(runs: dict[str, Run], questions: dict[int, str]) -> dict[tuple[str, int], float]:
    """Median milliseconds by encoder and number of tokens."""
    times: dict[tuple[str, int], list[float]] = {(n, q): [] for n in runs for q in questions}
    for _ in range(ROUNDS):
        for (name, tokens), seen in times.items():
            begin = time.perf_counter()
            runs[name](questions[tokens])
            seen.append(1000 * (time.perf_counter() - begin))
    return {key: median(seen[1:]) for key, seen in times.items()}


if __name__ == "__main__":
    main()
