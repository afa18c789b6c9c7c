"""Rows of CSV and TSV with cells that few writers make."""

import csv

import numpy as np
import pytest

LONG = "word " * 400_000


@pytest.mark.parametrize("kind", ["csv", "tsv", "jsonl", "parquet"])
def test_a_cell_may_be_of_any_length(load, write, kind):
    before = csv.field_size_limit(131_072)
    rows = [{"id": "a", "query": "q", "passage": LONG}, {"id": "b", "query": "q", "passage": "p"}]
    corpus = load({"en": write(f"en.{kind}", rows)})
    assert corpus.texts("passage", np.arange(2), np.zeros(2, np.int64)) == [LONG, "p"]
    csv.field_size_limit(before)


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_carriage_return_is_a_character_of_a_cell(load, write, end):
    rows = [{"id": "a", "query": "q\rr", "passage": "p\r\rq"}, {"id": "b", "query": '\r"', "passage": "p"}]
    twin = load({"en": write("en.jsonl", rows)})
    tsv = end.join("\t".join(cells) for cells in [rows[0].keys(), *(row.values() for row in rows)]) + end
    assert load({"en": write("en.tsv", tsv)}).fingerprint == twin.fingerprint
    assert load({"en": write("en.csv", rows)}).fingerprint == twin.fingerprint


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("en.csv", "id,query,passage\na,q\rr,p\n", "en.csv, line 2: not CSV: a carriage return is in a cell without"),
        ("en.csv", "id,query,passage\ra,q,p\r", "en.csv, line 1: not CSV: a carriage return"),
        (
            "en.tsv",
            "id\tquery\tpassage\ra\tq\tp\r",
            "en.tsv, line 1: not TSV; its lines seem to end in carriage returns",
        ),
        ("en.jsonl", '{"id": "a"}\r{"id": "b"}\r', "its lines seem to end in carriage returns alone; end them in line"),
    ],
)
def test_carriage_returns_that_cannot_be_read_are_told(refused, write, name, content, said):
    refused(said, files={"en": write(name, content)})


def test_texts_without_a_letter_or_a_digit_are_counted(load, write, caplog):
    rows = [{"id": str(number), "query": "." * 61, "passage": text} for number, text in enumerate(["?!", "p", "p"])]
    load({"en": write("en.jsonl", rows), "fi": write("fi.jsonl", [{"id": "0", "query": "q", "passage": "p"}])})
    assert [each.getMessage() for each in caplog.records] == ["mine: texts without a letter or a digit: 2 in 'en'"]


@pytest.mark.parametrize("text", ["\u200b\u200b", "\ufeff", "\xad\xad", "\0"])
def test_a_text_of_which_nothing_is_seen_is_empty(refused, write, text):
    rows = [{"id": "a", "query": text, "passage": "p"}]
    for kind in ("jsonl", "parquet", "csv"):
        refused("'query' of id 'a' is an empty text", files={"en": write(f"en.{kind}", rows)})
    refused("no id", files={"en": write("en.jsonl", [{"id": text, "query": "q", "passage": "p"}])})
