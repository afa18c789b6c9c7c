"""Joining a user's files: what comes back is what was written."""

import tempfile
from pathlib import Path

import numpy as np
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from omegaconf import OmegaConf

from langmix.configuration.part import Part
from langmix.corpus.jsonl import jsonl
from langmix.store import Store
from langmix.texts import is_empty
from tests.corpus.user_files import COLUMNS, encoded, grouping

CONF = Path(__file__).parents[2] / "conf" / "corpus" / "jsonl.yaml"


def rows_of(corpus):
    return corpus.table.to_pylist()


def test_pairs_stand_in_the_order_of_first_appearance_with_nulls_for_what_is_missing(load, trio):
    corpus = load(trio, columns={"group": "group"})
    assert corpus.languages == ("en", "fi")
    names = ["id", "group", "query.en", "passage.en", "query.fi", "passage.fi"]
    assert corpus.table.column_names == names
    assert [tuple(row.values()) for row in rows_of(corpus)] == [
        ("a", "g", "qa en", "pa en", "qa fi", None),
        ("b", "g", "qb en", "pb en", None, None),
        ("c", "h", "qc en", "pc en", "qc fi", "pc fi"),
    ]
    np.testing.assert_array_equal(corpus.has("passage"), [[True, False], [True, False], [True, True]])
    assert grouping(corpus) == [0, 0, 1]
    assert corpus.texts("query", np.array([2, 0]), np.array([1, 0])) == ["qc fi", "qa en"]


def test_languages_asked_for_decide_columns_and_order(load, trio):
    corpus = load(trio, languages=["fi", "en"])
    assert corpus.languages == ("fi", "en")
    assert corpus.table.column("id").to_pylist() == ["c", "a", "b"]
    assert load(trio, languages=["fi"]).table.column("id").to_pylist() == ["c", "a"]


def test_every_pair_is_a_group_of_its_own_unless_a_column_says_otherwise(load, trio):
    assert load(trio).table.column("group").to_pylist() == ["a", "b", "c"]


def test_one_file_with_a_language_column_joins_like_a_file_per_language(load, trio, write):
    rows = [
        {"pid": "a", "lang": "en", "q": "qa en", "p": "pa en"},
        {"pid": "a", "lang": "fi", "q": "qa fi"},
        {"pid": "b", "lang": "en", "q": "qb en", "p": "pb en"},
        {"pid": "c", "lang": "en", "q": "qc en", "p": "pc en"},
        {"pid": "c", "lang": "fi", "q": "qc fi", "p": "pc fi"},
    ]
    columns = {"id": "pid", "query": "q", "passage": "p", "language": "lang"}
    one = load(file=write("all.jsonl", rows), columns=columns)
    assert one.languages == ("en", "fi")
    assert one.fingerprint == load(trio).fingerprint
    swapped = load(file=write("all.jsonl", rows), columns=columns, languages=["fi", "en"])
    assert swapped.languages == ("fi", "en")
    assert swapped.table.column("query.fi").to_pylist() == ["qa fi", None, "qc fi"]


@pytest.mark.parametrize(
    "name", ["en.jsonl", "en.csv", "en.tsv", "en.parquet", "en.jsonl.gz", "en.csv.gz", "en.tsv.gz", "en.parquet.gz"]
)
def test_equal_content_has_an_equal_fingerprint_whatever_the_format(load, write, name):
    rows = [
        {"id": "1", "query": 'سؤال "واحد"', "passage": "a, b; c\u2028d\x85e"},
        {"id": "2", "query": None, "passage": "  खाली नहीं "},
        {"id": "3", "query": "only this", "passage": None},
    ]
    corpus = load({"en": write(name, rows)})
    assert [(row["id"], row["query.en"], row["passage.en"]) for row in rows_of(corpus)] == [
        tuple(row.values()) for row in rows
    ]
    assert corpus.fingerprint == load({"en": write("plain.jsonl", rows)}).fingerprint


def test_a_changed_text_changes_the_fingerprint(load, write):
    rows = [{"id": "1", "query": "ab", "passage": "c"}, {"id": "2", "query": "x", "passage": None}]
    seen = {load({"en": write("en.jsonl", rows)}).fingerprint}
    for change in ({"query": "a", "passage": "bc"}, {"query": "abc", "passage": None}, {"id": "3"}):
        seen.add(load({"en": write("en.jsonl", [rows[0] | change, rows[1]])}).fingerprint)
    seen.add(load({"en": write("en.jsonl", rows[::-1])}).fingerprint)
    seen.add(load({"de": write("en.jsonl", rows)}).fingerprint)
    assert len(seen) == 6


def test_csv_cells_may_span_lines_and_numbers_are_ids(load, write):
    rows = [
        {"id": "1", "query": "two\nlines", "passage": 'a "quoted", cell'},
        {"id": "2", "query": "q", "passage": "p"},
    ]
    from_csv = load({"en": write("en.csv", rows)})
    assert from_csv.table.column("query.en").to_pylist() == ["two\nlines", "q"]
    numbered = [row | {"id": int(row["id"])} for row in rows]
    assert load({"en": write("en.jsonl", numbered)}).fingerprint == from_csv.fingerprint


def test_byte_order_mark_and_blank_lines_are_skipped(load, write):
    corpus = load({"en": write("en.jsonl", '\ufeff{"id": "1", "query": "q", "passage": "p"}\n\n  \n')})
    assert len(corpus) == 1
    assert load({"en": write("en.csv", "\ufeffid,query,passage\n\n1,q,p\n\n")}).fingerprint == corpus.fingerprint


def test_a_language_may_have_queries_only(load, write):
    en = write("en.jsonl", [{"id": "1", "query": "q", "passage": "p"}])
    hi = write("hi.jsonl", [{"id": "1", "query": "सवाल"}])
    assert rows_of(load({"en": en, "hi": hi}))[0]["passage.hi"] is None


SEEN = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=6).filter(lambda text: not is_empty(text))
PAIRS = st.dictionaries(
    SEEN,
    st.tuples(st.none() | SEEN, st.none() | SEEN),
    min_size=1,
    max_size=6,
)


@settings(max_examples=60)
@given(
    st.dictionaries(st.sampled_from(["en", "fi", "ar", "zh"]), PAIRS, min_size=1), st.sampled_from(["jsonl", "parquet"])
)
def test_the_corpus_holds_exactly_the_texts_given(content, kind):
    with tempfile.TemporaryDirectory() as folder:
        files = {}
        for language, pairs in content.items():
            files[language] = Path(folder) / f"{language}.{kind}"
            rows = [{"id": key, "query": query, "passage": passage} for key, (query, passage) in pairs.items()]
            files[language].write_bytes(encoded(kind, rows))
        found = rows_of(jsonl("mine", files, None, COLUMNS, None, Store(Path(folder)), 0.0))
    assert [row["id"] for row in found] == list(dict.fromkeys(key for pairs in content.values() for key in pairs))
    for row in found:
        for language, pairs in content.items():
            assert (row[f"query.{language}"], row[f"passage.{language}"]) == pairs.get(row["id"], (None, None))


def test_the_shipped_configuration_loads_a_corpus(trio, tmp_path):
    cfg = OmegaConf.create(yaml.safe_load(CONF.read_text(encoding="utf-8")))
    cfg.files = {language: str(path) for language, path in trio.items()}
    cfg.columns.group = "group"
    cfg.languages = ["fi", "en"]
    cfg.validation_fraction = 0
    corpus = Part.of(OmegaConf.to_container(cfg), Store(tmp_path / "store")).build(split="train")
    assert (corpus.name, corpus.languages, len(corpus)) == ("jsonl", ("fi", "en"), 3)


def test_of_several_files_of_a_language_the_first_that_has_an_id_counts(load, write, caplog):
    first = write("a.jsonl", [{"id": "a", "query": "qa", "passage": "pa"}, {"id": "b", "query": "qb", "passage": "pb"}])
    second = write(
        "b.jsonl", [{"id": "b", "query": "other", "passage": "o"}, {"id": "c", "query": "qc", "passage": "pc"}]
    )
    with caplog.at_level("INFO"):
        corpus = load({"en": [str(first), str(second)]})
    assert [(row["id"], row["query.en"]) for row in rows_of(corpus)] == [("a", "qa"), ("b", "qb"), ("c", "qc")]
    assert "1 ids of b.jsonl are in an earlier file of 'en'" in caplog.text


def test_one_path_stands_for_the_files_of_all_languages(load, trio, tmp_path):
    path = str(trio["en"].parent / trio["en"].name.replace("en", "{language}"))
    one = load(path, columns={"group": "group"}, languages=["en", "fi"])
    assert one.fingerprint == load(trio, columns={"group": "group"}).fingerprint
    assert set(load(path, columns={"group": "group"}).languages) == {"en", "fi"}


def test_answers_are_kept_beside_the_texts(load, write):
    rows = [{"id": "a", "query": "q", "passage": "p. r.", "part": "r."}, {"id": "b", "query": "q", "passage": "s"}]
    corpus = load({"en": write("en.jsonl", rows)}, columns={"answer": "part"})
    assert corpus.answers(np.array([1, 0]), "en") == [None, "r."]
    assert corpus.answers(np.array([0]), "fi") == [None]
    assert load({"en": write("en.jsonl", rows)}).fingerprint != corpus.fingerprint
