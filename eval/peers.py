"""How the desk's search stands beside others on the same texts: `make eval-peers`.

Word TF-IDF, BM25 with the Snowball stemmers, character TF-IDF and the sentence encoder alone, as
released and as tuned, beside the desk's own search; on the same questions in one run, first with
the customers' phrases and then without them. Each peer gets every text that the desk's search has.
Writes eval/PEERS.md. The first run embeds every text with the released encoder and takes long.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path

import bm25s
import numpy as np
import numpy.typing as npt
import Stemmer
from scipy import sparse
from sklearn.feature_extraction.text import TfidfVectorizer

from api.settings import Settings
from catalog import encoder, encoder_build
from catalog.encoder import Encoder, OnnxEncoder
from catalog.find import Finder
from catalog.fusion import Fusion
from catalog.lexical import Ngrams
from catalog.search_rows import RowKind, Rows
from catalog.semantic import Vectors
from catalog.vectors import VectorCache
from eval.fit_fusion import catalogue_rows, finder_over, thinned
from eval.machine import today_here
from eval.questions_data import LANGUAGES, Question, blind, development, passers, strangers

FILE = Path(__file__).parent / "PEERS.md"
TEXTS: tuple[RowKind, ...] = ("name", "summary", "labels", "description")
AMONG = (1, 3, 5)
WORD = re.compile(r"\w+")
STEMMERS = {"fi": "finnish", "sv": "swedish"}
RELEASED = "released-encoder"  # the folder of the one without the tuned layers

Scores = npt.NDArray[np.float32]
Judge = Callable[[Question], Scores]  # a score for each service, shape (services,)
Ranking = Callable[[Question], list[str]]  # service ids, best first


def words(rows: Rows, kinds: Sequence[RowKind]) -> Judge:
    """Cosines of word TF-IDF, words as they are written but for their case."""
    vectorizer = TfidfVectorizer(sublinear_tf=True, token_pattern=WORD.pattern)
    documents = vectorizer.fit_transform(rows.documents(*kinds)).T.tocsr()
    return lambda one: _dense(vectorizer.transform([one.text]) @ documents)


def stems(rows: Rows, kinds: Sequence[RowKind]) -> Judge:
    """BM25 (Lucene's, with its usual constants) over Snowball stems, each text by its language."""
    documents: list[list[str]] = [[] for _ in rows.service_ids]
    for row in rows.of(*kinds):
        documents[row.service] += stemmed(row.text, row.language)
    index = bm25s.BM25()
    index.index(documents, show_progress=False)
    return lambda one: np.asarray(index.get_scores(stemmed(one.text, one.language)), np.float32)


def letters(rows: Rows, kinds: Sequence[RowKind]) -> Judge:
    """Cosines of character TF-IDF, as the desk's own search makes them."""
    ngrams = Ngrams(rows.documents(*kinds))
    return lambda one: ngrams.scores(one.text)


def meaning(rows: Rows, kinds: Sequence[RowKind], chosen: Encoder, cache: VectorCache) -> Judge:
    """The best cosine of the question with any of a service's texts and phrases."""
    count = len(rows.service_ids)
    told = rows.of(*(kind for kind in kinds if kind != "phrase"))
    texts = Vectors(told, count, chosen, cache, "passage")
    if "phrase" not in kinds:
        return lambda one: texts.best(_asked(chosen, one.text), missing=-1.0)
    said = Vectors(rows.of("phrase"), count, chosen, cache, "query")

    def judged(one: Question) -> Scores:
        vector = _asked(chosen, one.text)
        return np.maximum(texts.best(vector, missing=-1.0), said.best(vector, missing=-1.0))

    return judged


def stemmed(text: str, language: str) -> list[str]:
    """The text's words without their endings, in lower case; as they are in other languages."""
    found = WORD.findall(text.lower())
    if language not in STEMMERS:
        return found
    return list(_stemmer(language).stemWords(found))


@lru_cache
def _stemmer(language: str) -> Stemmer.Stemmer:
    return Stemmer.Stemmer(STEMMERS[language])


def _asked(chosen: Encoder, text: str) -> npt.NDArray[np.float32]:
    vector: npt.NDArray[np.float32] = chosen.embed([text], "query")[0]
    return vector


def _dense(row: sparse.csr_matrix) -> Scores:
    return np.asarray(row.toarray()[0], np.float32)


def released(folder: Path, shipped: Path) -> OnnxEncoder:
    """The encoder without the tuned layers, put together like the shipped one; built once."""
    stamp = json.dumps({"build": encoder.BUILD_VERSION, "weights": "as released"})
    if not (folder / encoder.STAMP).is_file():
        folder.mkdir(parents=True, exist_ok=True)
        for name in (encoder.WORDS, encoder.PIECES, encoder.SCORES, encoder.SPELLINGS):
            shutil.copyfile(shipped / name, folder / name)
        graph = encoder_build.int8_graph(encoder_build.read_wheel())
        (folder / encoder.GRAPH).write_bytes(graph.SerializeToString(deterministic=True))
        (folder / encoder.STAMP).write_text(stamp, "utf-8")
    return OnnxEncoder(folder)


def best(judge: Judge, service_ids: Sequence[str]) -> Ranking:
    """The first five by their scores; what matches in nothing is not found."""

    def ranked(one: Question) -> list[str]:
        scores = judge(one)
        order = np.argsort(-scores, kind="stable")[: max(AMONG)]
        return [service_ids[i] for i in order if scores[i] != 0]

    return ranked


def peers(
    rows: Rows, kinds: Sequence[RowKind], encoders: dict[str, tuple[Encoder, VectorCache]]
) -> dict[str, Ranking]:
    """Every peer over these texts, by its name."""
    judges = {
        "word TF-IDF": words(rows, kinds),
        "BM25, stems": stems(rows, kinds),
        "character TF-IDF": letters(rows, kinds),
    }
    judges |= {
        f"encoder {name}": meaning(rows, kinds, chosen, cache)
        for name, (chosen, cache) in encoders.items()
    }
    return {name: best(judge, rows.service_ids) for name, judge in judges.items()}


def the_desk(finder: Finder) -> Ranking:
    def ranked(one: Question) -> list[str]:
        found = finder.find(one.text, one.language, limit=max(AMONG)).services
        return [each.service_id for each in found]

    return ranked


def sets() -> dict[str, list[Question]]:
    """The questions that some service answers."""
    every = {
        "development": development(),
        "strangers": strangers(),
        "passers": passers(),
        "blind": blind(),
    }
    return {name: [one for one in asked if one.expect] for name, asked in every.items()}


def table(rankings: dict[str, Ranking], asked: dict[str, list[Question]]) -> Iterator[str]:
    """First, among three and among five, in per cent: a line for each set and language."""
    yield f"| questions | language | count | {' | '.join(rankings)} |"
    yield "|---" * (3 + len(rankings)) + "|"
    for name, questions in asked.items():
        for language in LANGUAGES:
            own = [one for one in questions if one.language == language]
            cells = [_cell(ranking, own) for ranking in rankings.values()]
            yield f"| {name} | {language} | {len(own)} | {' | '.join(cells)} |"
    yield ""


def _cell(ranking: Ranking, asked: Sequence[Question]) -> str:
    if not asked:
        return "–"
    found = [(ranking(one), set(one.expect)) for one in asked]
    shares = [sum(bool(set(ids[:n]) & right) for ids, right in found) / len(found) for n in AMONG]
    return " / ".join(f"{100 * share:.0f}" for share in shares)


def main() -> None:
    settings = Settings()
    rows, asked = catalogue_rows(), sets()
    plain = settings.data_dir / RELEASED
    encoders: dict[str, tuple[Encoder, VectorCache]] = {
        "released": (released(plain, settings.encoder), VectorCache(plain / "vectors.db")),
        "tuned": (encoder.load(settings.encoder), VectorCache(settings.data_dir / "vectors.db")),
    }
    lines = list(_head(rows))
    for title, some, kinds in (
        ("With the customers' phrases", rows, (*TEXTS, "phrase")),
        ("Without the customers' phrases", thinned(rows, 0), TEXTS),
    ):
        print(f"{title}: building the indexes", flush=True)
        rankings = peers(some, kinds, encoders)
        rankings["the desk"] = the_desk(finder_over(some, Fusion.shipped()))
        lines += [f"## {title}", "", *table(rankings, asked)]
    lines += _what_to_know()
    FILE.write_text("\n".join(lines) + "\n", "utf-8")
    print("\n".join(lines))


def _head(rows: Rows) -> Iterator[str]:
    yield "# The desk's search beside others"
    yield ""
    yield "Written by `make eval-peers`; the right one of all services first / among three / among"
    yield "five, in per cent of the questions that some service answers."
    yield f"{today_here()}."
    yield ""
    phrases = len(rows.of("phrase"))
    texts = len(rows.rows) - phrases
    yield f"{len(rows.service_ids):,} services, {texts:,} texts (names, summaries,"
    yield f"labels, descriptions) and {phrases:,} customers' phrases, the same for all."
    yield ""
    for name, told in PEERS.items():
        yield f"- {name}: {told}"
    yield ""


PEERS = {
    "word TF-IDF": "scikit-learn's, one document per service, words as written, cosine",
    "BM25, stems": "`bm25s` (Lucene's form, k1 1.5, b 0.75), one document per service, words by "
    "the Snowball stemmers (`PyStemmer`) of each text's and question's language",
    "character TF-IDF": "n-grams of 3 to 5 letters within words, one document per service, cosine",
    "encoder": "multilingual-e5-small in int8, best cosine with any of a service's texts and "
    "phrases; as released, and with the desk's tuned last layers",
    "the desk": "`catalog/find.py` as shipped",
}


def _what_to_know() -> Iterator[str]:
    yield "What to know when reading them. The desk's weights are fitted on development, strangers"
    yield "and passers, so its figures there are kinder than a new question's; nothing is fitted or"
    yield "tuned on blind. The encoder's last layers are tuned on the customers' phrases, and the"
    yield "development questions come from the same hands as these. No other peer was tuned on"
    yield "anything. Beside the texts the desk has an estimate, not a count, of how often each"
    yield "service is asked for (`catalog/data/demand.csv`); the peers have none. Without the"
    yield "phrases the desk runs with the weights that were fitted with them. Of a hundred"
    yield "questions, a difference below ten points may be chance."


if __name__ == "__main__":
    main()
