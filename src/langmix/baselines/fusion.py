"""Baselines that search each language by itself and merge the lists."""

import itertools

import numpy as np
import numpy.typing as npt

from langmix.baselines.parallel_embeddings import Embeddings, Fit
from langmix.benchmark import Benchmark
from langmix.retrieval.ranks import Ranks, rank


def round_robin(benchmark: Benchmark, queries: Embeddings, candidates: Embeddings, fit: Fit) -> Ranks:
    """First the best candidate of every language, then the second best, and so on.

    Within a round the query's own language comes first, then the others in the benchmark's order. Reciprocal rank
    fusion, 1 / (k + rank) (Cormack, Clarke and Buettcher 2009, SIGIR), is the same order whatever k: the lists share no
    candidate, so a candidate's sum has one term and falls with its rank. Where every language holds one answer, as in
    XQuAD-R, taking turns has the advantage of knowing so.

    Args:
        benchmark: What to rank.
        queries: ``[queries, dim]``.
        candidates: ``[candidates, dim]``.
        fit: Not used.
    """
    ranks = rank(benchmark, queries, candidates)
    query_of, candidate_of = benchmark.relevant.T
    own = benchmark.query_languages[query_of]
    language = benchmark.candidate_languages[candidate_of]
    sizes = np.bincount(benchmark.candidate_languages, minlength=len(benchmark.languages))
    before = np.minimum(sizes[None, :], ranks.in_language[:, None] - 1).sum(axis=1)  # all earlier rounds
    # Turn of each language in a round, [judgements, languages]: the query's own is taken out of line and put first.
    order = np.arange(len(benchmark.languages))
    turn = np.where(order[None, :] == own[:, None], -1, order[None, :])
    still_there = sizes[None, :] >= ranks.in_language[:, None]
    earlier = turn < np.take_along_axis(turn, language[:, None], axis=1)
    return Ranks(ranks.in_language, before + (still_there & earlier).sum(axis=1) + 1)


def z_score(benchmark: Benchmark, queries: Embeddings, candidates: Embeddings, fit: Fit) -> Ranks:
    """Standardise each query's scores within each language's list, then merge by them.

    s' = (s - mean of the list) / standard deviation of the list. Unlike `langmix.baselines.score_standardisation` it
    needs no fitting, but the whole list.

    Args:
        benchmark: What to rank.
        queries: ``[queries, dim]``.
        candidates: ``[candidates, dim]``.
        fit: Not used.
    """

    def adjust(
        scores: npt.NDArray[np.float32], query_languages: npt.NDArray[np.int64], bounds: npt.NDArray[np.int64]
    ) -> None:
        for start, stop in itertools.pairwise(bounds):
            own = scores[:, start:stop]
            own -= own.mean(axis=1, keepdims=True)
            own /= np.maximum(own.std(axis=1, keepdims=True), np.finfo(np.float32).tiny)

    return rank(benchmark, queries, candidates, adjust)
