"""Negatives that come with a corpus."""

import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from langmix.corpus import CombinedCorpus
from langmix.corpus.published.mr_tydi import mr_tydi
from langmix.store import Store
from tests.sampling.sample_corpus import full_corpus

ROWS = {
    "en": [
        {"id": "a", "query": "qa", "passage": "pa", "not": ["pb", "x"]},
        {"id": "b", "query": "qb", "passage": "pb"},
        {"id": "c", "query": "qc", "passage": "pc", "not": []},
    ],
    "fi": [
        {"id": "b", "query": "kb", "passage": "vb", "not": None},
        {"id": "a", "query": "ka", "passage": "va", "not": ["vx"]},
    ],
    "ur": [{"id": "a", "query": "ua", "passage": "wa"}],
}
NAMED = {"negatives": "not"}


def given(corpus, row, language):
    return corpus.negatives(np.array([row]), np.array([corpus.languages.index(language)]))[0]


@pytest.fixture
def trio(write, load):
    files = {language: write(f"{language}.jsonl", rows) for language, rows in ROWS.items()}
    return lambda columns=NAMED: load(files=files, columns=columns)


def test_a_column_of_negatives_is_kept(trio):
    corpus = trio()
    assert corpus.has_negatives
    found = {(row, code): given(corpus, row, code) for row in range(3) for code in corpus.languages}
    assert {key: texts for key, texts in found.items() if texts} == {(0, "en"): ["pb", "x"], (0, "fi"): ["vx"]}
    assert "negatives.ur" not in corpus.table.column_names


def test_negatives_are_content(trio, load, write):
    without = trio(columns={})
    assert not without.has_negatives
    assert given(without, 0, "en") == []
    changed = [ROWS["en"][0] | {"not": ["p", "bx"]}, *ROWS["en"][1:]]
    prints = [load(files={"en": write("en.jsonl", rows)}, columns=NAMED).fingerprint for rows in (ROWS["en"], changed)]
    assert len({*prints, trio().fingerprint, without.fingerprint}) == 4


def test_parquet_has_lists(load, tmp_path):
    path = tmp_path / "en.parquet"
    pq.write_table(pa.Table.from_pylist(ROWS["en"]), path)
    corpus = load(files={"en": path}, columns=NAMED)
    assert [given(corpus, row, "en") for row in range(3)] == [["pb", "x"], [], []]


def test_negatives_of_combined_corpora(trio):
    mine, other = trio(), full_corpus(4, ("de", "en"))
    corpus = CombinedCorpus("both", ("de", "en", "fi"), {"other": other, "mine": mine}, "0")
    assert corpus.has_negatives
    assert corpus.negatives(np.array([4, 0, 4, 4]), np.array([1, 1, 0, 2])) == [["pb", "x"], [], [], ["vx"]]
    assert not CombinedCorpus("one", ("de", "en"), {"other": other}, "0").has_negatives


def test_mr_tydi_has_negative_passages(tmp_path):
    line = {
        "query_id": "1",
        "query": "When?",
        "positive_passages": [{"docid": "2#0", "title": "T", "text": "Then."}],
        "negative_passages": [
            {"docid": "7#0", "title": "O", "text": "Not it."},
            {"docid": "8", "title": "", "text": ""},
        ],
    }
    rows = [line, {key: value for key, value in line.items() if key != "negative_passages"} | {"query_id": "2"}]
    path = tmp_path / "train.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    corpus = mr_tydi("tydi", {"en": path}, None, Store(tmp_path / "store"), 0.0)
    assert [given(corpus, row, "en") for row in range(2)] == [["O Not it."], []]


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("x", "line 4: column 'not' of id 'd' holds 'x', a list of texts is needed"),
        (["x", 3], "line 4: column 'not' of id 'd' holds ['x', 3], a list of texts is needed"),
        (["x", " "], "line 4: column 'not' of id 'd' holds ['x', ' '], a list of texts is needed"),
        (["x", "pd"], "line 4: column 'not' of id 'd' holds the passage itself"),
        (["\ud800"], "line 4: column 'not' is not Unicode text"),
    ],
)
def test_what_is_no_list_of_texts_is_refused(write, refused, value, message):
    row = json.dumps({"id": "d", "query": "qd", "passage": "pd", "not": value}) + "\n"
    text = "".join(json.dumps(row) + "\n" for row in ROWS["en"]) + row
    refused("en.jsonl", message, files={"en": write("en.jsonl", text)}, columns=NAMED)


def test_a_column_that_no_file_has_is_refused(write, refused):
    files = {language: write(f"{language}.jsonl", rows) for language, rows in ROWS.items()}
    refused("en.jsonl: no row has column 'nots'", files=files, columns={"negatives": "nots"})
