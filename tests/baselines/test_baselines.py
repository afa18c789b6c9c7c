"""Each baseline against its definition, spelled out on small numbers; and each does what it is for."""

from dataclasses import replace

import numpy as np
import pytest

from langmix import baselines
from langmix.baselines.parallel_embeddings import ParallelEmbeddings, normalised
from langmix.errors import LangmixError
from langmix.scoring.scores import Scoring
from langmix.scoring.search import search
from tests.sample_collection import LANGUAGES, sample_collection

DIM = 16
SIGNAL = 8  # dimensions that carry meaning; each language adds a constant in a dimension of its own beyond these


@pytest.fixture
def biased():
    """Parallel answers, made hard to find by what each language adds to its texts."""
    rng = np.random.default_rng(0)
    questions, candidates = 10, 30
    collection = sample_collection(rng, questions, candidates)
    relevant = [
        (language * questions + q, corpus * candidates + q)
        for language in range(3)
        for q in range(questions)
        for corpus in range(3)
    ]
    collection = replace(collection, relevant=np.array(sorted(relevant)))
    meaning = rng.standard_normal((candidates, SIGNAL))
    return (
        collection,
        texts(np.tile(meaning[:questions], (3, 1)), collection.query_languages, rng),
        texts(np.tile(meaning, (3, 1)), collection.candidate_languages, rng),
        fit(rng),
    )


def texts(meaning, languages, rng, noise=0.3):
    vectors = np.zeros((len(meaning), DIM))
    vectors[:, :SIGNAL] = meaning + noise * rng.standard_normal(meaning.shape)
    vectors[np.arange(len(meaning)), SIGNAL + languages] = 3
    return normalised(vectors.astype(np.float32))


def fit(rng, pairs=200):
    meaning = rng.standard_normal((pairs, SIGNAL))
    sides = [{name: texts(meaning, np.full(pairs, code), rng) for code, name in enumerate(LANGUAGES)} for _ in range(2)]
    return lambda: ParallelEmbeddings("fitting", *sides)


def ranks_of(baseline, collection, queries, candidates, fitted):
    return search(collection, baseline(collection, queries, candidates, fitted), 1)[0]


ALL = [
    baselines.mean_removal,
    baselines.language_offset,
    baselines.score_standardisation,
    baselines.round_robin,
    baselines.z_score,
]


@pytest.mark.parametrize("baseline", ALL)
def test_the_pool_becomes_less_biased(biased, baseline):
    plain, adjusted = ranks_of(baselines.none, *biased), ranks_of(baseline, *biased)
    assert adjusted.in_pool.mean() < 0.7 * plain.in_pool.mean()


@pytest.mark.parametrize("baseline", [baselines.score_standardisation, baselines.round_robin, baselines.z_score])
def test_merging_does_not_reorder_a_language(biased, baseline):
    assert np.array_equal(ranks_of(baseline, *biased).in_language, ranks_of(baselines.none, *biased).in_language)


def test_mean_removal_by_definition(biased):
    collection, queries, candidates, fitted = biased
    ranks = ranks_of(baselines.mean_removal, *biased)
    fitted_on = fitted()
    moved_queries = np.array(
        [
            moved(vector, fitted_on.queries[LANGUAGES[code]])
            for vector, code in zip(queries, collection.query_languages, strict=True)
        ]
    )
    moved_candidates = np.array(
        [
            moved(vector, fitted_on.passages[LANGUAGES[code]])
            for vector, code in zip(candidates, collection.candidate_languages, strict=True)
        ]
    )
    assert np.array_equal(ranks.in_pool, search(collection, Scoring(moved_queries, moved_candidates), 1)[0].in_pool)


def moved(vector, fitted_on):
    away = vector - fitted_on.mean(axis=0)
    return away / np.linalg.norm(away)


def test_language_offset_by_definition(biased):
    collection, queries, candidates, fitted = biased
    passages = fitted().passages
    shifted = candidates + np.array(
        [
            np.mean([p - own for p, own in zip(passages["en"], passages[LANGUAGES[code]], strict=True)], axis=0)
            for code in collection.candidate_languages
        ]
    )
    moved_there = (shifted / np.linalg.norm(shifted, axis=1)[:, None]).astype(np.float32)
    expected, _ = search(collection, Scoring(queries, moved_there), 1)
    found = ranks_of(baselines.language_offset, collection, queries, candidates, fitted)
    assert np.abs(found.in_pool - expected.in_pool).max() <= 1  # sums in another order


def test_round_robin_and_reciprocal_rank_fusion_by_definition(biased):
    collection, queries, candidates, fitted = biased
    ranks = ranks_of(baselines.round_robin, collection, queries, candidates, fitted)
    scores = queries @ candidates.T
    for (query, candidate), found in zip(collection.relevant, ranks.in_pool, strict=True):
        own = collection.query_languages[query]
        turns = [own, *(code for code in range(3) if code != own)]
        lists = []
        for code in turns:
            members = np.flatnonzero(collection.candidate_languages == code)
            lists.append(sorted(members, key=lambda c: (-scores[query, c], c)))
        merged = [lst[i] for i in range(max(map(len, lists))) for lst in lists if i < len(lst)]
        assert merged.index(candidate) + 1 == found
        for k in (0, 60):
            fused = sorted(merged, key=lambda c: -1 / (k + 1 + next(lst.index(c) for lst in lists if c in lst)))
            assert fused == merged


def test_round_robin_with_lists_of_unequal_length(biased):
    collection, queries, candidates, fitted = biased
    kept = np.r_[0:30, 30:42, 60:90]  # German has 12 candidates
    position = {old: new for new, old in enumerate(kept)}
    shorter = replace(
        collection,
        candidate_ids=[collection.candidate_ids[c] for c in kept],
        candidate_languages=collection.candidate_languages[kept],
        candidate_texts=[collection.candidate_texts[c] for c in kept],
        relevant=np.array([(q, position[c]) for q, c in collection.relevant]),
    )
    ranks = ranks_of(baselines.round_robin, shorter, queries, candidates[kept], fitted)
    everything = replace(shorter, relevant=np.array([(0, c) for c in range(len(kept))]))
    whole = ranks_of(baselines.round_robin, everything, queries, candidates[kept], fitted)
    assert sorted(whole.in_pool) == list(range(1, len(kept) + 1))
    assert ranks.in_pool.max() <= len(kept)


def test_z_score_by_definition(biased):
    collection, queries, candidates, fitted = biased
    ranks = ranks_of(baselines.z_score, collection, queries, candidates, fitted)
    scores = (queries @ candidates.T).astype(np.float64)
    for code in range(3):
        own = collection.candidate_languages == code
        scores[:, own] = (scores[:, own] - scores[:, own].mean(1, keepdims=True)) / scores[:, own].std(1, keepdims=True)
    expected = [1 + (scores[q] > scores[q, c]).sum() for q, c in collection.relevant]
    assert np.abs(ranks.in_pool - expected).max() <= 1  # float32 against float64


def test_a_language_without_fitting_texts_is_named(biased):
    collection, queries, candidates, fitted = biased
    texts_fitted = fitted()
    lacking = ParallelEmbeddings("mine", {"en": texts_fitted.queries["en"]}, {"en": texts_fitted.passages["en"]})
    with pytest.raises(LangmixError, match=r"corpus 'mine' has no texts in ar de to be fitted on \(has: en\)"):
        baselines.mean_removal(collection, queries, candidates, lambda: lacking)
    with pytest.raises(LangmixError, match=r"baseline\.pivot=fr: not a language of sample"):
        baselines.language_offset(collection, queries, candidates, fitted, pivot="fr")
