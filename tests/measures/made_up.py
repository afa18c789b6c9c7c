"""Small benchmarks with scores written down, so that every rank can be read off by eye."""

from dataclasses import replace

import numpy as np

from langmix.measures.evidence import Evidence
from langmix.measures.pooled_answers import PooledAnswers
from langmix.measures.relevant_ranks import RelevantRanks
from langmix.retrieval.ranks import Ranks
from langmix.retrieval.scores import Scoring
from langmix.retrieval.search import search
from langmix.retrieval.top import Top
from tests.sample_benchmark import sample_benchmark, sample_embeddings

BIAS = {
    "rank_distance_median",
    "rank_distance_share",
    "log_rank_range",
    "same_language_first",
    "same_language_chance",
    "lang_ndcg_at_10",
    "first_relevant_same_language",
    "first_relevant_other_language",
    "first_irrelevant_same_language",
    "first_irrelevant_other_language",
    "top10_same_language",
    "top10_kl",
    "single_answer_same_language",
    "single_answer_other_language",
    "single_answer_bias",
    "peer_relevant_at_10",
    "peer_irrelevant_at_10",
    "kendall_w",
    "kendall_w_chance",
    "mrc_at_10",
}
"""Every figure of language bias that a cell has."""


def pooled(*lists, languages=3):
    """`PooledAnswers` from one (query language, {rank: language of the relevant candidate}) per query."""
    ranks = [rank for _, answers in lists for rank in sorted(answers)]
    sizes = [len(answers) for _, answers in lists]
    return PooledAnswers(
        RelevantRanks(np.array(ranks), np.cumsum(sizes) - sizes),
        np.array([answers[rank] for _, answers in lists for rank in sorted(answers)]),
        np.arange(len(lists)),
        np.array([language for language, _ in lists]),
        languages,
    )


def evaluated(seed, answers=(0, 1, 2), k=10, levels=2, questions=8):
    """A random benchmark with many ties, its scores, ranks and top."""
    rng = np.random.default_rng(seed)
    benchmark = sample_benchmark(rng, questions=questions, answers=answers)
    embeddings = sample_embeddings(rng, benchmark, levels=levels)
    return benchmark, embeddings[0] @ embeddings[1].T, *search(benchmark, Scoring(*embeddings), k)


def found(benchmark, ranks=None, top=None):
    """`Evidence` with ranks and first candidates that do not matter where they are not given."""
    judgements, queries = len(benchmark.relevant), len(benchmark.query_ids)
    ranks = ranks or made_up_ranks(np.ones(judgements, np.int64), np.ones(judgements, np.int64))
    top = top or Top(np.zeros((queries, 1), np.int64), np.zeros((queries, 1), np.float32))
    return Evidence.of(benchmark, ranks, top)


def made_up_ranks(in_language, in_pool):
    """Ranks without a tie."""
    return Ranks(in_language, in_pool, np.zeros(len(in_pool), bool))


def one_each(benchmark):
    """The same benchmark with one relevant candidate in every language for every query."""
    candidates = np.searchsorted(benchmark.candidate_languages, np.arange(len(benchmark.languages)))
    queries = np.arange(len(benchmark.query_ids))
    pairs = np.stack([np.repeat(queries, len(candidates)), np.tile(candidates, len(queries))], axis=1)
    return replace(benchmark, relevant=pairs)


def sorted_pool(scores):
    """Candidates of one query, best first: by falling score, then index."""
    return sorted(range(len(scores)), key=lambda c: (-scores[c], c))
