"""The best candidates of every language by an index of FAISS, and how many of the true ones it finds.

One index per language, whose candidates settings of one language rank; the pool is those lists merged.
"""

import hashlib
import logging
import re
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from langmix.collection import Collection
from langmix.errors import LangmixError
from langmix.finished import build_once, verify
from langmix.scoring.run_file import Run
from langmix.scoring.scores import TILE, Embeddings, Scoring, language_bounds

if TYPE_CHECKING:
    import faiss

_FILE = "index.faiss"
_DIGITS = 32  # of the hash that names a folder: 128 bits
_TRAINED_ON = 256  # vectors for each centroid, which is what FAISS's own k-means takes at most
_CODES = 256  # centroids of a code of eight bits
_DIM = 384  # which most codes divide
_MEASURED_ON = 200  # queries whose true best candidates are looked for

log = logging.getLogger(__name__)
logging.getLogger("faiss.loader").setLevel(logging.WARNING)  # says at INFO which instructions it has tried


@dataclass(frozen=True)
class Index:
    """How the best candidates of a query are found.

    Attributes:
        factory: FAISS's description of an index: ``Flat``, ``HNSW32``, ``IVF1024,PQ48``.
        search: FAISS's parameters of a search: ``efSearch=128``, ``nprobe=32``; None: its own.
        depth: Candidates that are asked for, per query and language.
    """

    factory: str
    search: str | None
    depth: int


@dataclass(frozen=True)
class Nearest:
    """What an index found.

    Attributes:
        run: Its rankings of the pool, `Index.depth` candidates for a query.
        in_language: Rank of each judgement among those found in its candidate's language, ``[judgements]``.
        recall: Share of the true `Index.depth` best candidates of a query and language that are among those found,
            over up to 200 queries in the order of the collection, evenly spaced.
    """

    run: Run
    in_language: npt.NDArray[np.int64]
    recall: float


def check(index: Index) -> None:
    """Refuse what FAISS does not know, before anything is encoded.

    Raises:
        LangmixError: It does not know the index, or the parameters.
    """
    import faiss

    try:
        made = faiss.index_factory(_DIM, index.factory, faiss.METRIC_INNER_PRODUCT)
    except RuntimeError as error:
        if "could not parse" in str(error):  # whether codes fit the dimension depends on the encoder
            raise LangmixError(f"retrieval.index={index.factory}: FAISS says: {_told(error)}") from error
    else:
        _set(index, made)


def nearest(collection: Collection, scoring: Scoring, index: Index, folder: Path) -> Nearest:
    """Ask an index for the best candidates of each query in each language; built once, and kept.

    Args:
        collection: What is searched.
        scoring: Embeddings, whose inner products are the scores.
        index: Which index, and how it is asked.
        folder: Where indexes are kept, by the vectors that are in them.

    Raises:
        LangmixError: FAISS does not know the index or the parameters, scores are adjusted, or what is kept is not what
            was written.
    """
    if scoring.adjust is not None:
        raise LangmixError("retrieval.index: this baseline adjusts scores, which an index does not know of")
    queries = np.ascontiguousarray(scoring.queries)
    sample = np.unique(np.linspace(0, len(queries) - 1, min(_MEASURED_ON, len(queries))).astype(np.int64))
    found: list[tuple[npt.NDArray[np.int64], npt.NDArray[np.float32]]] = []
    recalls = []
    for start, stop in pairwise(language_bounds(collection).tolist()):
        if start == stop:
            continue
        vectors, depth = scoring.candidates[start:stop], min(index.depth, stop - start)
        scores, candidates = _asked(index, _kept(index, vectors, folder), queries, depth)
        true = _best(queries[sample], vectors, depth)
        recalls += [len(np.intersect1d(*each)) / depth for each in zip(candidates[sample], true, strict=True)]
        found.append((np.where(candidates < 0, -1, candidates + start), scores))
    candidates, scores = (np.concatenate(parts, axis=1) for parts in zip(*found, strict=True))
    rows = np.repeat(np.arange(len(queries)), candidates.shape[1])
    there = candidates.ravel() >= 0  # an index may find fewer than it is asked for
    rows, flat, of = rows[there], candidates.ravel()[there], scores.ravel()[there].astype(np.float64)
    order = np.lexsort((flat, -of, rows))
    run = Run(index.factory, rows[order], flat[order], of[order])
    first = run.places <= index.depth  # behind them the pool may hold what no language's list does
    pool = Run(run.tag, run.queries[first], run.candidates[first], run.scores[first])
    return Nearest(pool, run.ranks_in_language(collection), float(np.mean(recalls)))


def _kept(index: Index, vectors: Embeddings, folder: Path) -> "faiss.Index":
    """The index of some vectors, built unless it is kept."""
    import faiss

    digest = hashlib.sha256(f"{index.factory} {version('faiss-cpu')} {vectors.shape}".encode())
    for start in range(0, len(vectors), TILE):
        digest.update(np.ascontiguousarray(vectors[start : start + TILE]).tobytes())
    target = folder / digest.hexdigest()[:_DIGITS]
    about = {"factory": index.factory, "vectors": len(vectors), "faiss": version("faiss-cpu")}
    build_once(target, partial(_build, factory=index.factory, vectors=vectors), about)
    verify(target)
    return faiss.read_index(str(target / _FILE))


def _build(folder: Path, factory: str, vectors: Embeddings) -> None:
    import faiss

    log.info("building index %s of %d vectors", factory, len(vectors))
    try:
        made = faiss.index_factory(vectors.shape[1], factory, faiss.METRIC_INNER_PRODUCT)
        if not made.is_trained:
            _train(made, vectors)
        threads = faiss.omp_get_max_threads()
        faiss.omp_set_num_threads(1)  # threads that insert into one graph give another graph each time
        try:
            for start in range(0, len(vectors), TILE):
                made.add(np.ascontiguousarray(vectors[start : start + TILE]))
        finally:
            faiss.omp_set_num_threads(threads)
    except RuntimeError as error:
        raise LangmixError(f"retrieval.index={factory}: FAISS says: {_told(error)}") from error
    faiss.write_index(made, str(folder / _FILE))


def _asked(
    index: Index, made: "faiss.Index", queries: Embeddings, depth: int
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.int64]]:
    """Scores and numbers of what an index finds, ``[queries, depth]``."""
    _set(index, made)
    scores, candidates = made.search(queries, depth)
    return scores, candidates


def _set(index: Index, made: "faiss.Index") -> None:
    import faiss

    if index.search:
        try:
            faiss.ParameterSpace().set_index_parameters(made, index.search)  # type: ignore[arg-type]
        except RuntimeError as error:
            raise LangmixError(
                f"retrieval.index_search={index.search}: FAISS says: {_told(error)} (index {index.factory})"
            ) from error


def _best(queries: Embeddings, vectors: Embeddings, depth: int) -> npt.NDArray[np.int64]:
    """The true best vectors of each query, ``[queries, depth]``, in no order."""
    best = np.empty((len(queries), 0), np.int64)
    scores = np.empty((len(queries), 0), np.float32)
    for start in range(0, len(vectors), TILE):
        tile = queries @ np.asarray(vectors[start : start + TILE]).T
        numbers = np.broadcast_to(np.arange(start, start + tile.shape[1]), tile.shape)
        scores, best = np.hstack([scores, tile]), np.hstack([best, numbers])
        if best.shape[1] > depth:
            first = np.argpartition(-scores, depth - 1, axis=1)[:, :depth]
            scores, best = np.take_along_axis(scores, first, 1), np.take_along_axis(best, first, 1)
    return best


def _train(made: "faiss.Index", vectors: Embeddings) -> None:
    """Train on as many of the vectors as count, evenly spaced."""
    import faiss

    inverted = faiss.try_extract_index_ivf(made)
    for each in filter(None, (made, inverted)):
        if hasattr(each, "do_polysemous_training"):
            each.do_polysemous_training = False  # a second and a half for each eight bits, for a search nobody asks for
        if hasattr(each, "pq"):
            each.pq.cp.min_points_per_centroid = 1  # below which FAISS writes a line for each part of the code
    centroids = max(_CODES, inverted.nlist if inverted else 0)
    made.train(np.ascontiguousarray(vectors[:: max(1, len(vectors) // (_TRAINED_ON * centroids))]))


def _told(error: RuntimeError) -> str:
    """FAISS's message without where in its source the error is."""
    return " ".join(re.sub(r"^Error in .*?:\d+:\s*(Error:\s*)?", "", str(error), flags=re.DOTALL).split())
