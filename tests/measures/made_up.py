"""Small collections with scores written down, so that every rank can be read off by eye."""

from dataclasses import replace

import numpy as np

from langmix.measures.evidence import Evidence
from langmix.measures.pooled_answers import PooledAnswers
from langmix.measures.relevant_ranks import RelevantRanks
from langmix.scoring.ranks import Ranks
from langmix.scoring.scores import Scoring
from langmix.scoring.search import search
from langmix.scoring.top import Top
from tests.sample_collection import sample_collection, sample_embeddings

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
    "tlr_at_20",
    "tlr_at_100",
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
    """A random collection with many ties, its scores, ranks and top."""
    rng = np.random.default_rng(seed)
    collection = sample_collection(rng, questions=questions, answers=answers)
    embeddings = sample_embeddings(rng, collection, levels=levels)
    return collection, embeddings[0] @ embeddings[1].T, *search(collection, Scoring(*embeddings), k)


def found(collection, ranks=None, top=None):
    """`Evidence` with ranks and first candidates that do not matter where they are not given."""
    judgements, queries = len(collection.relevant), len(collection.query_ids)
    ranks = ranks or made_up_ranks(np.ones(judgements, np.int64), np.ones(judgements, np.int64))
    top = top or Top(np.zeros((queries, 1), np.int64), np.zeros((queries, 1), np.float32))
    return Evidence.of(collection, ranks, top)


def made_up_ranks(in_language, in_pool):
    """Ranks without a tie."""
    return Ranks(in_language, in_pool, np.zeros(len(in_pool), bool))


def one_each(collection):
    """The same collection with one relevant candidate in every language for every query."""
    candidates = np.searchsorted(collection.candidate_languages, np.arange(len(collection.languages)))
    queries = np.arange(len(collection.query_ids))
    pairs = np.stack([np.repeat(queries, len(candidates)), np.tile(candidates, len(queries))], axis=1)
    return replace(collection, relevant=pairs)


def sorted_pool(scores):
    """Candidates of one query, best first: by falling score, then index."""
    return sorted(range(len(scores)), key=lambda c: (-scores[c], c))
