"""The files of a cell: they give every figure again, and are refused where they are not what they should be."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from langmix.errors import LangmixError
from langmix.measures.evidence import JUDGEMENTS, TOP, Evidence
from langmix.measures.parquet import read_table, write_table
from langmix.measures.results import Results
from langmix.scoring.scores import Scoring
from langmix.scoring.search import search
from tests.measures.made_up import evaluated, found
from tests.sample_collection import sample_collection, sample_embeddings

IDENTITY = {"cell": "c1", "collection": "d1"}


def evidence_of(seed, sources=False, **options):
    collection, _, ranks, top = evaluated(seed, **options)
    if sources:
        paragraphs = [f"p{cluster[-1]}" for cluster in collection.query_questions]
        collection = replace(collection, query_paragraphs=paragraphs, query_articles=["a"] * len(paragraphs))
    return found(collection, ranks, top)


@pytest.fixture
def folder(tmp_path):
    evidence_of(1, sources=True).write(tmp_path, IDENTITY)
    return tmp_path


def test_grades_come_back_and_files_from_before_them_have_ones(tmp_path):
    collection = sample_collection(np.random.default_rng(0), grades=(1, 3))
    scoring = Scoring(*sample_embeddings(np.random.default_rng(1), collection))
    evidence = Evidence.of(replace(collection, unanswered=7), *search(collection, scoring, 5))
    evidence.write(tmp_path, IDENTITY)
    again = Evidence.read(tmp_path)
    np.testing.assert_array_equal(again.grades, collection.grades)
    assert again.collection.unanswered == 7
    assert Results.of(again).figures == Results.of(evidence).figures
    judged = pq.read_table(tmp_path / JUDGEMENTS)
    pq.write_table(judged.drop_columns("grade"), tmp_path / JUDGEMENTS)
    assert Evidence.read(tmp_path).grades is None
    column = pa.array(np.zeros(len(judged), np.int32))
    pq.write_table(judged.set_column(judged.column_names.index("grade"), "grade", column), tmp_path / JUDGEMENTS)
    with pytest.raises(LangmixError, match="has a grade below 1"):
        Evidence.read(tmp_path)


@settings(max_examples=8)
@given(st.integers(0, 1000), st.booleans(), st.sampled_from([1, 2, 10]))
def test_files_give_every_table_and_figure_again(tmp_path_factory, seed, sources, k):
    folder = tmp_path_factory.mktemp("cell")
    evidence = evidence_of(seed, sources, k=k)
    evidence.write(folder, IDENTITY)
    before, after = Results.of(evidence), Results.of(Evidence.read(folder, IDENTITY))
    assert after.figures == before.figures
    for name in ("table", "pairs", "languages", "bias", "favours"):
        pd.testing.assert_frame_equal(getattr(after, name), getattr(before, name))


def test_xquad_r_from_its_files(xquad_r, tmp_path):
    rng = np.random.default_rng(0)
    queries = rng.standard_normal((len(xquad_r.query_ids), 16)).astype(np.float32)
    candidates = rng.standard_normal((len(xquad_r.candidate_ids), 16)).astype(np.float32)
    np.add.at(candidates, xquad_r.relevant[:, 1], 0.1 * queries[xquad_r.relevant[:, 0]])
    evidence = Evidence.of(xquad_r, *search(xquad_r, Scoring(queries, candidates), 10))
    evidence.write(tmp_path, IDENTITY)
    assert Results.of(Evidence.read(tmp_path)).figures == Results.of(evidence).figures
    assert pq.read_metadata(tmp_path / JUDGEMENTS).num_rows == 13_090 * 11
    assert (tmp_path / JUDGEMENTS).stat().st_size < 1e6
    assert (tmp_path / TOP).stat().st_size < 2e6


def test_rows_say_what_they_are_about(folder):
    evidence = Evidence.read(folder)
    judged, best = pd.read_parquet(folder / JUDGEMENTS), pd.read_parquet(folder / TOP)
    query, candidate = evidence.relevant[4]
    assert judged.iloc[4].to_dict() == {
        "query_id": evidence.query_ids[query],
        "question": evidence.query_questions[query],
        "query_language": evidence.query_ids[query][:2],
        "candidate_id": evidence.candidate_ids[candidate],
        "candidate_language": evidence.candidate_ids[candidate][:2],
        "rank_in_language": evidence.ranks.in_language[4],
        "rank_in_pool": evidence.ranks.in_pool[4],
        "tied": evidence.ranks.tied[4],
        "grade": 1,
    }
    assert best["place"].tolist() == list(range(1, 11)) * 24
    assert best["paragraph"].iloc[0] == "p0"
    ranked = best.merge(judged, on=["query_id", "candidate_id"], how="left")
    assert (ranked["rank_in_pool"].notna() == ranked["relevant"]).all()
    assert (ranked["rank_in_pool"] == ranked["place"])[ranked["relevant"]].all()


@pytest.mark.parametrize("name", [JUDGEMENTS, TOP, "collection.json"])
def test_files_that_are_not_there_or_damaged_or_another_cells(folder, tmp_path_factory, name):
    path = folder / name
    with pytest.raises(LangmixError) as caught:
        Evidence.read(folder, {"cell": "c2"})
    assert str(caught.value) == f"{folder / TOP}: belongs to cell c1, not to c2"

    other = tmp_path_factory.mktemp("other")
    evidence_of(1, sources=True).write(other, {"cell": "c2", "collection": "d1"})
    whole = path.read_bytes()
    path.write_bytes((other / name).read_bytes())
    with pytest.raises(LangmixError, match=r"belongs to cell c[12], not to c[12]") as caught:
        Evidence.read(folder)
    with pytest.raises(LangmixError, match=r"belongs to cell c2, not to c1") as caught:
        Evidence.read(folder, IDENTITY)
    assert str(path) in str(caught.value)

    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(LangmixError) as caught:
        Evidence.read(folder, IDENTITY)
    assert str(path) in str(caught.value)

    path.unlink()
    with pytest.raises(LangmixError, match=f"has no {name}, as cells of older versions: run the cell again"):
        Evidence.read(folder, IDENTITY)


def changed(path, column, row, value):
    """Write a Parquet file again with one cell changed."""
    table = pd.read_parquet(path)
    if isinstance(value, str):
        table[column] = table[column].astype("str")
    table.loc[row, column] = value
    write_table(pq.read_table(path).from_pandas(table, preserve_index=False), path, IDENTITY)


@pytest.mark.parametrize(
    ("name", "column", "value", "message"),
    [
        (JUDGEMENTS, "query_id", "fr/q0", "'fr/q0' is a query that is not in top.parquet"),
        (JUDGEMENTS, "question", "q7", "is a query with another question in top.parquet"),
        (JUDGEMENTS, "query_language", "en", "is a query with another query_language in top.parquet"),
        (JUDGEMENTS, "candidate_id", "ar/c99", "is not at its rank in top.parquet"),
        (JUDGEMENTS, "candidate_language", "de", "is a candidate in another language in judgements.parquet"),
        (JUDGEMENTS, "rank_in_pool", 61, "has no possible ranks among 60 candidates"),
        (JUDGEMENTS, "rank_in_language", 0, "has no possible ranks among 60 candidates"),
        (TOP, "place", 2, "not places 1 to 10 of 24 queries, as collection.json says"),
        (TOP, "query_id", "ar/q1", "not places 1 to 10 of 24 queries, as collection.json says"),
        (TOP, "relevant", None, "is relevant here or in judgements.parquet, but not in both"),
        (TOP, "score", "high", "column 'score' is large_string, not float"),
        (TOP, "candidate_id", None, "column 'candidate_id' has 1 empty cells"),
    ],
)
def test_files_that_contradict_each_other(folder, name, column, value, message):
    judged, best = pd.read_parquet(folder / JUDGEMENTS), pd.read_parquet(folder / TOP)
    if column == "relevant":
        value = not best["relevant"].iloc[0]
    row = int(np.argmax(judged["rank_in_pool"] <= 10)) if name == JUDGEMENTS else 0
    changed(folder / name, column, row, value)
    with pytest.raises(LangmixError) as caught:
        Evidence.read(folder, IDENTITY)
    assert message in str(caught.value)
    assert str(folder) in str(caught.value)


def test_a_table_that_was_cut_off(folder):
    table = pq.read_table(folder / JUDGEMENTS)
    write_table(table.slice(0, 10), folder / JUDGEMENTS, IDENTITY)
    with pytest.raises(LangmixError, match=f"10 rows, where collection.json says {len(table)}"):
        Evidence.read(folder, IDENTITY)
    write_table(table.drop_columns("tied"), folder / JUDGEMENTS, IDENTITY)
    with pytest.raises(LangmixError, match="has no column 'tied'"):
        Evidence.read(folder, IDENTITY)


def test_a_description_of_another_collection(folder):
    path = folder / "collection.json"
    content = json.loads(path.read_text())
    content["languages"] = content["languages"][::-1]
    content["queries"] = {"en": 8, "de": 8, "fr": 8}
    path.write_text(json.dumps(content))
    with pytest.raises(LangmixError, match=r"collection\.json: queries: key 'ar' is missing"):
        Evidence.read(folder, IDENTITY)
    content["queries"] = {"en": 7, "de": 8, "ar": 9}
    path.write_text(json.dumps(content))
    with pytest.raises(LangmixError, match=r"languages and numbers of queries are not those of collection\.json"):
        Evidence.read(folder, IDENTITY)


def test_tables_of_earlier_versions_are_read_by_their_former_names(tmp_path):
    former = pa.table({"cluster": ["q1"], "corpus_language": ["de"], "map": [0.5]})
    write_table(former, tmp_path / "per_query.parquet", {"cell": "c1"})
    table = read_table(tmp_path / "per_query.parquet", {"cell": "c1"})
    assert table.column_names == ["question", "candidate_language", "map"]
