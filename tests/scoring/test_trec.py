"""Run files: read back by ir_measures and ranx's format, they rank as langmix does."""

from dataclasses import replace

import ir_measures
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ir_measures import AP, RR, R, nDCG

from langmix.errors import LangmixError
from langmix.measures.evidence import Evidence
from langmix.measures.per_query import per_query
from langmix.scoring.scores import Scoring
from langmix.scoring.search import search
from langmix.scoring.trec import strictly_falling, write_trec
from tests.sample_collection import sample_collection, sample_embeddings

COLUMNS = {AP: "average_precision", RR: "reciprocal_rank", R @ 10: "recall_at_10", nDCG @ 10: "ndcg_at_10"}


@pytest.mark.parametrize("seed", range(6))
def test_trec_eval_sees_the_same_order_ties_included(tmp_path, seed):
    rng = np.random.default_rng(seed)
    collection = sample_collection(rng, questions=6, grades=(1, 2, 3) if seed % 2 else None)
    scoring = Scoring(*sample_embeddings(rng, collection, levels=1 + seed % 3))
    write_trec(collection, scoring, 1000, "a tag", tmp_path)
    table = per_query(Evidence.of(collection, *search(collection, scoring, 1)))
    for corpus, rows in table.groupby("candidate_language", observed=True):
        run = list(ir_measures.read_trec_run(str(tmp_path / f"{corpus}.run")))
        qrels = list(ir_measures.read_trec_qrels(str(tmp_path / f"{corpus}.qrels")))
        ours = rows.set_index("query_id")
        values = list(ir_measures.iter_calc(list(COLUMNS), qrels, run))
        assert {value.query_id for value in values} == set(ours.index)
        for value in values:
            assert value.value == pytest.approx(ours.loc[value.query_id, COLUMNS[value.measure]], abs=1e-9)


def test_lines(tmp_path):
    rng = np.random.default_rng(0)
    collection = sample_collection(rng)
    scoring = Scoring(*sample_embeddings(rng, collection, levels=3))
    write_trec(collection, scoring, 7, "x_y α=.5", tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        f"{name}.{kind}" for name in ("pool", *collection.languages) for kind in ("run", "qrels")
    )
    top = search(collection, scoring, 7)[1]
    lines = [line.split(" ") for line in (tmp_path / "pool.run").read_text(encoding="utf-8").splitlines()]
    asked = np.unique(collection.relevant[:, 0])
    assert len(lines) == 7 * len(asked)
    query, q0, candidate, place, score, tag = lines[7]
    assert (query, q0, place, tag) == (collection.query_ids[asked[1]], "Q0", "1", "x_y_α=.5")
    assert candidate == collection.candidate_ids[top.candidates[asked[1], 0]]
    assert np.float32(score) == top.scores[asked[1], 0]


@settings(max_examples=100)
@given(st.lists(st.floats(-1, 1, width=32), min_size=1, max_size=30))
def test_scores_fall_strictly_and_hardly_move(values):
    scores = np.sort(np.array([values], np.float32))[:, ::-1]
    falling = strictly_falling(scores)
    assert (np.diff(falling) < 0).all()
    assert (falling <= scores).all()
    if len(set(values)) == len(values):
        assert np.array_equal(falling, scores)


def test_ids_that_cannot_be_written_are_refused(tmp_path):
    rng = np.random.default_rng(0)
    collection = sample_collection(rng)
    scoring = Scoring(*sample_embeddings(rng, collection))
    for wrong in ("two words", ""):
        named = replace(collection, query_ids=[wrong, *collection.query_ids[1:]])
        with pytest.raises(LangmixError, match=f"query id '{wrong}' has white space"):
            write_trec(named, scoring, 5, "tag", tmp_path)
    assert not list(tmp_path.iterdir())
