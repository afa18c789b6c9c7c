"""Run files of other systems: the figures of the encoder that made them, and trec_eval's where they are cut off."""

import ir_measures
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from ir_measures import AP, RR, R, nDCG

from langmix.errors import LangmixError
from langmix.evaluation.run_files import ranked
from langmix.measures.evidence import Evidence
from langmix.measures.results import Results
from langmix.scoring.scores import Scoring
from langmix.scoring.search import search
from langmix.scoring.trec import write_trec
from tests.sample_collection import sample_collection, sample_embeddings


def made(folder, seed, depth, levels=1000):
    """A collection, what an encoder finds in it, and its run files."""
    rng = np.random.default_rng(seed)
    collection = sample_collection(rng, questions=8, answers=(0, 1, 2))
    scoring = Scoring(*sample_embeddings(rng, collection, levels=levels))
    write_trec(collection, scoring, depth, "a system", folder)
    top = min(10, len(collection.candidate_ids))
    return collection, Results.of(Evidence.of(collection, *search(collection, scoring, top)))


@settings(max_examples=15)
@given(st.integers(0, 1000), st.sampled_from([2, 1000]))
def test_a_whole_ranking_has_the_figures_of_its_encoder(tmp_path_factory, seed, levels):
    folder = tmp_path_factory.mktemp("runs")
    collection, expected = made(folder, seed, 10**6, levels)
    for path in (folder, folder / "pool.run"):
        found = ranked(path, collection)
        assert (found.tag, found.missing) == ("a_system", 0.0)
        figures = found.figures
        assert figures.keys() == expected.figures.keys()
        for name, value in expected.figures.items():
            if not name.removesuffix("_micro").endswith("/tied"):  # run files tell equal scores apart
                assert figures[name] == pytest.approx(value, abs=1e-12, nan_ok=True), name


@settings(max_examples=15)
@given(st.integers(0, 1000))
def test_a_ranking_that_is_cut_off_has_trec_evals_figures(tmp_path_factory, seed):
    folder = tmp_path_factory.mktemp("runs")
    collection, _ = made(folder, seed, 3)
    found = ranked(folder / "pool.run", collection)
    assume(found.missing)
    assert found.settings == ("multilingual",)
    assert not {"rank_distance", "kendall_w"} & {name.split("/")[-1] for name in found.figures}
    qrels, run = (list(read(str(folder / f"pool.{kind}"))) for kind, read in READERS)
    for measure, column in COLUMNS.items():
        expected = {one.query_id: one.value for one in ir_measures.iter_calc([measure], qrels, run)}
        for query, value in zip(found.table["query_id"], found.table[column], strict=True):
            assert value == pytest.approx(expected[query], abs=1e-9)
    both = ranked(folder, collection)
    assert both.settings == ("monolingual", "cross_lingual", "multilingual")


COLUMNS = {AP: "average_precision", R @ 10: "recall_at_10", nDCG @ 10: "ndcg_at_10", RR: "reciprocal_rank"}
READERS = (("qrels", ir_measures.read_trec_qrels), ("run", ir_measures.read_trec_run))


def test_equal_scores_are_in_trec_evals_order(tmp_path):
    collection, _ = made(tmp_path, 0, 10**6)
    lines = (tmp_path / "pool.run").read_text().splitlines()
    equal = [" ".join([*line.split()[:4], "1.5", "tied"]) for line in lines]
    (tmp_path / "equal.run").write_text("\n".join(equal))
    found = ranked(tmp_path / "equal.run", collection)
    qrels = list(ir_measures.read_trec_qrels(str(tmp_path / "pool.qrels")))
    run = list(ir_measures.read_trec_run(str(tmp_path / "equal.run")))
    expected = {one.query_id: one.value for one in ir_measures.iter_calc([AP], qrels, run)}
    table = found.table[found.table["setting"] == "multilingual"]
    for query, value in zip(table["query_id"], table["average_precision"], strict=True):
        assert value == pytest.approx(expected[query], abs=1e-9)
    assert found.figures["sample/multilingual/tied"] == 1.0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda lines: [*lines, "q Q0 d 1"], "not a run: needed are query, Q0, candidate, rank, score and tag"),
        (lambda lines: [*lines, lines[0]], "is there twice for query '"),
        (
            lambda lines: [*lines, lines[0].replace(lines[0].split()[2], "nobody")],
            "candidate 'nobody' is none of sample's",
        ),
        (
            lambda lines: [line for line in lines if not line.startswith(lines[0].split()[0] + " ")],
            "ranks nothing for 1 of",
        ),
        (lambda _: [], "ranks nothing for any query of sample (0 lines)"),
        (lambda lines: [" ".join([*lines[0].split()[:4], "high", "x"])], "score 'high' is no number"),
        (lambda lines: [" ".join([*lines[0].split()[:4], "nan", "x"])], "score 'nan' is no number"),
    ],
)
def test_a_wrong_file_is_told_in_a_line(tmp_path, change, message):
    collection, _ = made(tmp_path, 0, 10**6)
    path = tmp_path / "pool.run"
    path.write_text("\n".join(change(path.read_text().splitlines())))
    with pytest.raises(LangmixError) as raised:
        ranked(path, collection)
    assert message in str(raised.value)
    assert str(raised.value).startswith(str(path))


def test_a_missing_file_is_named(tmp_path):
    collection, _ = made(tmp_path, 0, 10**6)
    with pytest.raises(LangmixError, match=r"nothing\.run"):
        ranked(tmp_path / "nothing.run", collection)
