"""Collections in BEIR's layout."""

import gzip
import json

import numpy as np
import pytest
from datasets import Dataset, DatasetDict

from langmix.collection.beir import beir, hub
from langmix.errors import LangmixError

CORPUS = [
    {"_id": "d1", "title": "Nile", "text": "It flows north."},
    {"_id": "d2", "title": "", "text": "A desert."},
    {"_id": "d3", "text": "A sea."},
]
QUERIES = [
    {"_id": "q1", "text": "Where does the Nile flow?"},
    {"_id": "q2", "text": "Dry?"},
    {"_id": "q3", "text": "Wet?"},
]
QRELS = "query-id\tcorpus-id\tscore\nq1\td1\t2\nq1\td3\t1\nq2\td2\t0\n"


def write(folder, corpus=CORPUS, queries=QUERIES, qrels=QRELS):
    (folder / "qrels").mkdir(parents=True, exist_ok=True)
    for name, rows in (("corpus", corpus), ("queries", queries)):
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    (folder / "qrels" / "test.tsv").write_text(qrels, encoding="utf-8")
    return folder


def test_one_folder_is_a_monolingual_collection(tmp_path, caplog):
    collection = beir("mine", write(tmp_path), ["en"])
    assert collection.candidate_texts == ["Nile It flows north.", "A desert.", "A sea."]
    assert collection.query_ids == ["q1"]  # q2 is judged and unanswered, q3 is of another split
    assert collection.unanswered == 1
    np.testing.assert_array_equal(collection.grades, [2, 1])
    assert "1 of 2 queries have no relevant candidate, such as 'q2'" in caplog.text


def test_packed_files_hold_the_same(tmp_path):
    plain = beir("mine", write(tmp_path), ["en"])
    for name in ("corpus.jsonl", "queries.jsonl", "qrels/test.tsv"):
        file = tmp_path / name
        file.with_name(f"{file.name}.gz").write_bytes(gzip.compress(file.read_bytes()))
        file.unlink()
    assert beir("mine", tmp_path, ["en"]).fingerprint == plain.fingerprint


@pytest.mark.parametrize("parallel", [False, True])
def test_a_folder_per_language(tmp_path, parallel):
    for code in ("en", "de"):
        write(tmp_path / code)
    collection = beir("mine", str(tmp_path / "{language}"), ["de", "en"], parallel=parallel)
    assert collection.query_ids == ["de/q1", "en/q1"]
    assert collection.query_questions == (["q1", "q1"] if parallel else ["de/q1", "en/q1"])
    assert len(collection.relevant) == (8 if parallel else 4)
    assert collection.candidate_ids[3:] == ["en/d1", "en/d2", "en/d3"]


def spoken(rows, code):
    return [row | {"_id": f"{code}-{row['_id']}", "lang": code} for row in rows]


def test_one_folder_with_a_key_of_the_language(tmp_path):
    codes = ("de", "fr", "en")
    judged = [f"{code}-{query}\t{code}-{document}\t{grade}\n" for code in codes for query, document, grade in JUDGED]
    write(
        tmp_path,
        [row for code in codes for row in spoken(CORPUS, code)],
        [row for code in codes for row in spoken(QUERIES, code)],
        "".join(judged),
    )
    collection = beir("mine", tmp_path, ["en", "de"], language_key="lang")
    assert collection.query_ids == ["en-q1", "de-q1"]
    assert collection.candidate_ids[2:4] == ["en-d3", "de-d1"]
    assert len(collection.relevant) == 4
    with pytest.raises(LangmixError, match=r"corpus\.jsonl: has no rows in sw"):
        beir("mine", tmp_path, ["sw"], language_key="lang")
    with pytest.raises(LangmixError, match=r"corpus\.jsonl: line 1: key 'tongue' is missing"):
        beir("mine", tmp_path, ["en"], language_key="tongue")


JUDGED = [("q1", "d1", 2), ("q1", "d3", 1), ("q2", "d2", 0)]
ROWS = ["corpus:train", "queries:train", "default:test"]  # files that name no split are of train, for datasets


def saved(folder, mark="", judged=JUDGED):
    """The same collection as files that `datasets` reads: Parquet, JSON lines, and what it saves itself."""
    qrels = [dict(zip(("query-id", "corpus-id", "score"), row, strict=True)) for row in judged]
    (folder / f"{mark}corpus").mkdir(parents=True)
    Dataset.from_list(CORPUS).to_parquet(folder / f"{mark}corpus" / "corpus.parquet")
    (folder / f"{mark}queries").mkdir()
    lines = "".join(json.dumps(row) + "\n" for row in QUERIES)
    (folder / f"{mark}queries" / "queries.jsonl").write_text(lines, encoding="utf-8")
    DatasetDict({"test": Dataset.from_list(qrels)}).save_to_disk(folder / f"{mark}default")
    return folder


def test_what_datasets_reads(tmp_path):
    read = hub("mine", saved(tmp_path / "saved"), ["en"], ROWS)
    assert read.fingerprint == beir("mine", write(tmp_path / "files"), ["en"]).fingerprint


def test_a_subset_per_language(tmp_path):
    for code in ("en", "de"):
        saved(tmp_path / "saved", f"{code}-")
        write(tmp_path / code)
    rows = [f"{{language}}-{each}" for each in ROWS]
    read = hub("mine", tmp_path / "saved", ["de", "en"], rows, parallel=True)
    files = beir("mine", str(tmp_path / "{language}"), ["de", "en"], parallel=True)
    assert read.fingerprint == files.fingerprint


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"rows": ["corpus:corpus"]}, "dataset.rows has to name documents, queries and judgements"),
        ({"rows": ["corpus:test", *ROWS[1:]]}, "corpus/test: datasets cannot load it (Bad split: test"),
        ({"rows": [*ROWS[:2], "default:dev"]}, "default: has no split 'dev' (has: test)"),
        (
            {"rows": ["texts:corpus", *ROWS[1:]]},
            "texts/corpus: datasets cannot load it (BuilderConfig 'texts' not found",
        ),
        ({"languages": ["en", "de"]}, "is one file or folder for en de: write {language}"),
        ({"path": None}, "a path is null: give OWNER/NAME@COMMIT"),
        ({"path": "nowhere"}, "nowhere: no such folder, and not OWNER/NAME@COMMIT of a data set on the hub"),
        ({"path": "owner/name"}, "owner/name: needs a commit of 40 hexadecimal digits, as in owner/name@COMMIT"),
        ({"path": "owner/name@main"}, "owner/name@main: needs a commit of 40 hexadecimal digits"),
        ({"path": f"owner/name@{'0' * 40}"}, "datasets cannot load it (Couldn't reach 'owner/name' on the Hub"),
    ],
)
def test_what_datasets_cannot_read_is_told(tmp_path, change, message):
    arguments = {"path": saved(tmp_path / "saved"), "languages": ["en"], "rows": ROWS} | change
    with pytest.raises(LangmixError) as caught:
        hub("mine", **arguments)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_wrong_row_of_a_hub_is_told_with_its_number(tmp_path):
    with pytest.raises(LangmixError, match=r"default/test, row 4: query 'q9' is judged, and not among the 3 queries"):
        hub("mine", saved(tmp_path, judged=[*JUDGED, ("q9", "d1", 1)]), ["en"], ROWS)


def test_a_byte_order_mark_is_no_text(tmp_path):
    write(tmp_path)
    for file in (tmp_path / "corpus.jsonl", tmp_path / "qrels" / "test.tsv"):
        file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes())
    assert beir("mine", tmp_path, ["en"]).candidate_ids == ["d1", "d2", "d3"]


def test_a_part_of_the_candidates(tmp_path, caplog):
    write(tmp_path, corpus=CORPUS[:2])
    with pytest.raises(LangmixError, match=r"test\.tsv, line 3: candidate 'd3' is judged, and not among the 2 candid"):
        beir("mine", tmp_path, ["en"])
    assert len(beir("mine", tmp_path, ["en"], partial=True).relevant) == 1
    assert "1 of 3 judgements are of candidates that are not here" in caplog.text


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"corpus": []}, "corpus.jsonl: has no rows"),
        ({"corpus": [*CORPUS, CORPUS[0]]}, "corpus.jsonl, line 4: document id 'd1' occurs twice"),
        ({"queries": [*QUERIES, {"_id": "q1", "text": "Else?"}]}, "queries.jsonl, line 4: query id 'q1' occurs twice"),
        (
            {"corpus": [*CORPUS, {"_id": "d4", "text": " "}]},
            "corpus.jsonl: line 4: has no text (under text) and no title",
        ),
        ({"corpus": [{"id": "d1", "text": "A"}]}, "corpus.jsonl: line 1: key '_id' is missing (has: id text)"),
        ({"qrels": QRELS + "q9\td1\t1\n"}, "test.tsv, line 5: query 'q9' is judged, and not among the 3 queries"),
        ({"qrels": QRELS + "q1 d1\n"}, "test.tsv, line 5: not a judgement: needed are query, iteration"),
        ({"qrels": QRELS + "q1\td1\tyes\n"}, "test.tsv, line 5: not a judgement"),
        ({"qrels": "q1\td1\tyes\n"}, "test.tsv, line 1: not a judgement"),
        (
            {"qrels": "query-id\tcorpus-id\tscore\nq1\td1\t0\n"},
            "no judgement of grade 1 or above, so none of 1 queries",
        ),
    ],
)
def test_what_is_wrong_is_told_with_its_place(tmp_path, change, message):
    write(tmp_path, **change)
    with pytest.raises(LangmixError) as caught:
        beir("mine", tmp_path, ["en"])
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_what_is_missing_is_told(tmp_path):
    write(tmp_path)
    for arguments, message in (
        ({"path": None}, "a path is null"),
        ({"languages": None}, "dataset.languages is null"),
        ({"languages": ["en", "de"]}, "is one file or folder for en de: write {language}"),
        ({"split": "dev"}, "dev.tsv: no such file (qrels has: test.tsv)"),
        ({"path": tmp_path / "none"}, "none: no such folder"),
    ):
        with pytest.raises(LangmixError) as caught:
            beir("mine", **{"path": tmp_path, "languages": ["en"]} | arguments)
        assert message in str(caught.value)


def test_files_that_are_cut_off_or_of_another_encoding(tmp_path):
    write(tmp_path)
    corpus = tmp_path / "corpus.jsonl"
    whole = corpus.read_bytes()
    corpus.write_bytes(whole.decode().encode("utf-16"))
    with pytest.raises(LangmixError, match=r"corpus\.jsonl, line 1: not UTF-8"):
        beir("mine", tmp_path, ["en"])
    corpus.unlink()
    packed = gzip.compress(whole)
    (tmp_path / "corpus.jsonl.gz").write_bytes(packed[: len(packed) - 12])
    with pytest.raises(LangmixError, match=r"corpus\.jsonl\.gz, line \d: gzip data is cut off or damaged"):
        beir("mine", tmp_path, ["en"])
