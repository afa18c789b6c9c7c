"""Each baseline against its definition, spelled out on small numbers; and each does what it is for."""

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

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
    baselines.lir,
    baselines.leace,
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


def test_lir_by_definition(biased):
    collection, queries, candidates, fitted = biased
    found = baselines.lir(collection, queries, candidates, fitted, rank=2)
    for side, languages, moved_there in (
        (queries, collection.query_languages, found.queries),
        (candidates, collection.candidate_languages, found.candidates),
    ):
        for row in (0, 7, len(side) - 1):
            name = LANGUAGES[languages[row]]
            on = np.concatenate([fitted().queries[name], fitted().passages[name]]).astype(np.float64)
            directions = np.linalg.eigh(on.T @ on)[1][:, -2:]  # of the uncentred second moments
            left = side[row] - directions @ (directions.T @ side[row])
            np.testing.assert_allclose(moved_there[row], left / np.linalg.norm(left), atol=1e-5)


def test_leace_is_the_published_codes():
    """Expected numbers are those of the package of its authors."""
    made = json.loads(Path(__file__).with_name("leace.json").read_text())
    on, given, expected = (np.array(made[key]) for key in ("texts", "given", "expected"))
    codes = np.arange(3).repeat(2)[:4]
    collection = SimpleNamespace(languages=LANGUAGES, query_languages=codes, candidate_languages=codes)
    halves = [dict(zip(LANGUAGES, part.astype(np.float32), strict=True)) for part in (on[:, :6], on[:, 6:])]
    found = baselines.leace(collection, given, given, lambda: ParallelEmbeddings("published", *halves))
    for side in (found.queries, found.candidates):
        np.testing.assert_allclose(side, expected / np.linalg.norm(expected, axis=1)[:, None], atol=2e-4)


def test_leace_makes_the_means_of_all_languages_one(biased):
    collection, _, _, fitted = biased
    on = fitted()
    texts_of = {name: np.concatenate([on.queries[name], on.passages[name]]) for name in LANGUAGES}
    every = np.concatenate(list(texts_of.values()))
    # An affine map is known by its differences: scaling to length 1 is taken back by a text's own length.
    moved_there = baselines.leace(collection, every, every, fitted).queries
    before = np.stack([own.mean(0) for own in texts_of.values()])
    after = np.stack([own.mean(0) for own in np.split(moved_there, len(LANGUAGES))])
    assert np.abs(before - before.mean(0)).max() > 0.1
    assert np.abs(after - after.mean(0)).max() < 0.02


def test_csls_by_definition(biased):
    collection, queries, candidates, fitted = biased
    on = np.concatenate([fitted().queries[name] for name in LANGUAGES])
    scoring = baselines.csls(collection, queries, candidates, fitted, neighbours=3)
    scores = queries @ candidates.T
    expected = 2 * scores
    expected -= np.sort(candidates @ on.T, axis=1)[:, -3:].mean(1)
    expected -= np.sort(scores, axis=1)[:, -3:].mean(1)[:, None]
    scoring.adjust(scores, collection.query_languages, np.zeros(1, np.int64))
    np.testing.assert_allclose(scores, expected, atol=1e-5)


@pytest.mark.parametrize(
    ("baseline", "values", "message"),
    [
        (baselines.lir, {"rank": 0}, "baseline.rank=0: must be a whole number from 1 to 15"),
        (baselines.lir, {"rank": 16}, "baseline.rank=16: must be a whole number from 1 to 15"),
        (baselines.csls, {"neighbours": 91}, "baseline.neighbours=91: must be a whole number from 1 to 90"),
        (baselines.language_offset, {"alpha": 0.0}, "baseline.alpha=0: must be a number above 0, up to 2"),
        (baselines.language_offset, {"alpha": float("nan")}, "baseline.alpha=nan: must be a number above 0"),
    ],
)
def test_values_out_of_range(biased, baseline, values, message):
    with pytest.raises(LangmixError) as caught:
        baseline(*biased, **values)
    assert message in str(caught.value)


def test_too_few_texts_for_a_covariance(biased):
    collection, queries, candidates, _ = biased
    few = fit(np.random.default_rng(0), pairs=2)  # 12 texts
    with pytest.raises(
        LangmixError, match=r"12 texts cannot give the covariance of 16 dimensions; raise baseline\.fit"
    ):
        baselines.leace(collection, queries, candidates, few)


def test_half_an_offset(biased):
    collection, queries, candidates, fitted = biased
    passages = fitted().passages
    found = baselines.language_offset(collection, queries, candidates, fitted, alpha=0.5)
    for row in (0, 40, 80):
        own = passages[LANGUAGES[collection.candidate_languages[row]]]
        there = candidates[row] + 0.5 * (passages["en"] - own).mean(0)
        np.testing.assert_allclose(found.candidates[row], there / np.linalg.norm(there), atol=1e-5)
