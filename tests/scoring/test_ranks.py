import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from langmix.errors import LangmixError
from langmix.scoring import ranks as ranks_module
from langmix.scoring import scores as scores_module
from langmix.scoring.scores import Scoring
from langmix.scoring.search import search
from tests.sample_collection import sample_collection, sample_embeddings


def sorted_rank(scores, own, among):
    """By definition: sort by falling score, then index; count from 1."""
    order = sorted(among, key=lambda c: (-scores[c], c))
    return order.index(own) + 1


@settings(max_examples=25)
@given(st.integers(0, 10_000), st.integers(1, 3))
def test_ranks_are_places_in_the_sorted_list(seed, levels):
    rng = np.random.default_rng(seed)
    collection = sample_collection(rng)
    queries, candidates = sample_embeddings(rng, collection, levels=levels)
    ranks = search(collection, Scoring(queries, candidates), 1)[0]
    scores = queries @ candidates.T
    everything = range(len(candidates))
    for (query, own), *found in zip(collection.relevant, *vars(ranks).values(), strict=True):
        in_language, in_pool, tied = found
        same = np.flatnonzero(collection.candidate_languages == collection.candidate_languages[own])
        assert in_language == sorted_rank(scores[query], own, same)
        assert in_pool == sorted_rank(scores[query], own, everything)
        assert tied == ((scores[query] == scores[query, own]).sum() > 1)


@pytest.mark.parametrize("block", [1, 60, 61, 10**9])
def test_block_size_changes_nothing(monkeypatch, block):
    rng = np.random.default_rng(0)
    collection = sample_collection(rng)
    queries, candidates = sample_embeddings(rng, collection)
    whole = search(collection, Scoring(queries, candidates), 1)[0]
    monkeypatch.setattr(scores_module, "SCORES_PER_BLOCK", block)
    blocked = search(collection, Scoring(queries, candidates), 1)[0]
    assert np.array_equal(whole.in_pool, blocked.in_pool)
    assert np.array_equal(whole.in_language, blocked.in_language)
    assert np.array_equal(whole.tied, blocked.tied)


@settings(max_examples=60)
@given(st.integers(0, 10_000), st.integers(1, 70), st.integers(1, 3), st.integers(1, 400))
def test_tiles_of_candidates_change_nothing(seed, tile, levels, block):
    rng = np.random.default_rng(seed)
    collection = sample_collection(rng)
    scoring = Scoring(*sample_embeddings(rng, collection, levels=levels))
    depth = min(10, len(collection.candidate_ids))
    ranks, top = search(collection, scoring, depth)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scores_module, "WHOLE_ROWS", 0)
        patch.setattr(scores_module, "TILE", tile)
        patch.setattr(scores_module, "SCORES_PER_BLOCK", block)
        tiled_ranks, tiled_top = search(collection, scoring, depth)
    for whole, tiled in [(ranks, tiled_ranks), (top, tiled_top)]:
        for name, values in vars(whole).items():
            assert np.array_equal(values, vars(tiled)[name]), name


@pytest.mark.parametrize("likely", [8.0, 0.0])
def test_tiles_are_exact_where_products_round(likely):
    rng = np.random.default_rng(0)
    collection = sample_collection(rng)
    sizes = len(collection.query_ids), len(collection.candidate_ids)
    queries, candidates = (rng.normal(size=(size, 384)).astype(np.float32) for size in sizes)
    candidates[1::2] = candidates[::2][: len(candidates[1::2])]  # each next to one that scores the same
    candidates[::7] = np.nextafter(candidates[::7], np.float32(1))  # and some to one that scores nearly the same
    tile = 16
    scores = np.hstack([queries @ candidates[start : start + tile].T for start in range(0, len(candidates), tile)])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scores_module, "WHOLE_ROWS", 0)
        patch.setattr(scores_module, "TILE", tile)
        patch.setattr(ranks_module, "_LIKELY", likely)  # 0: every product lies beyond, and all is read again
        ranks = search(collection, Scoring(queries, candidates), 1)[0]
    near = 0
    for row, (query, own) in enumerate(collection.relevant):
        same = np.flatnonzero(collection.candidate_languages == collection.candidate_languages[own])
        assert ranks.in_pool[row] == sorted_rank(scores[query], own, range(len(candidates)))
        assert ranks.in_language[row] == sorted_rank(scores[query], own, same)
        assert ranks.tied[row] == ((scores[query] == scores[query, own]).sum() > 1)
        near += ((scores[query] != scores[query, own]) & np.isclose(scores[query], scores[query, own], rtol=1e-6)).sum()
    assert near > 10
    assert 0 < ranks.tied.mean() < 1


def test_bad_embeddings():
    rng = np.random.default_rng(0)
    collection = sample_collection(rng)
    queries, candidates = sample_embeddings(rng, collection)
    with pytest.raises(LangmixError, match="sample: 35 query embeddings for 36 texts"):
        search(collection, Scoring(queries[1:], candidates), 1)[0]
    candidates[7, 1] = np.nan
    with pytest.raises(LangmixError, match="embedding of candidate 7 is not finite"):
        search(collection, Scoring(queries, candidates), 1)[0]
