"""Every reader takes a hostile string as it is, or says in one line why not."""

import csv
import io
import json
import tempfile
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from langmix.collection.lareqa import lareqa
from langmix.corpus.jsonl import jsonl
from langmix.corpus.mmarco import mmarco
from langmix.corpus.published.duorc import duorc
from langmix.corpus.published.entity_questions import entity_questions
from langmix.corpus.published.mfaq import mfaq
from langmix.corpus.published.mr_tydi import mr_tydi
from langmix.corpus.published.natural_questions import natural_questions
from langmix.corpus.published.newsqa import newsqa
from langmix.corpus.published.squad import squad
from langmix.corpus.published.wikiqa import wikiqa
from langmix.corpus.published.yahoo_qa import yahoo_qa
from langmix.errors import LangmixError
from langmix.languages import language, table
from langmix.store import Store
from langmix.texts import is_empty

from .strings import HOSTILE, NASTY, is_readable, is_unicode

COLUMNS = {"id": "id", "query": "query", "passage": "passage", "group": "group", "language": None}
ORDER = ("id", "group", "query", "passage")
FEW = settings(max_examples=40)


@contextmanager
def folder():
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


def told(load):
    """What ``load`` gives, or None where it refuses in one line that can be printed."""
    try:
        return load()
    except LangmixError as error:
        message = str(error)
        assert message.splitlines() == [message]
        assert is_unicode(message)
        assert len(message) < 5000
        return None


def read_back(corpus):
    """Id, group and texts of the first pair."""
    row = corpus.table.slice(0, 1).to_pylist()[0]
    return row["id"], row["group"], row["query.en"], row["passage.en"]


def separated(row, kind):
    """A row under its header as CSV or TSV."""
    text = io.StringIO(newline="")
    if kind == "csv":
        csv.writer(text).writerows([list(row), list(row.values())])
    else:
        text.write("\t".join(row) + "\n" + "\t".join(row.values()) + "\n")
    return text.getvalue().encode(errors="surrogatepass")


ROW = st.fixed_dictionaries(dict.fromkeys(ORDER, HOSTILE))


def load_own(at, name, content):
    (at / name).write_bytes(content)
    return told(lambda: jsonl("mine", {"en": at / name}, None, COLUMNS, None, Store(at / "store"), 0.0))


@FEW
@given(ROW)
def test_jsonl(row):
    with folder() as at:
        corpus = load_own(at, "en.jsonl", json.dumps(row).encode())
        assert (corpus is not None) == all(map(is_readable, row.values()))
        assert corpus is None or read_back(corpus) == tuple(row[column] for column in ORDER)


@FEW
@given(ROW)
def test_parquet(row):
    assume(all(map(is_unicode, row.values())))
    with folder() as at:
        sink = io.BytesIO()
        pq.write_table(pa.Table.from_pylist([row]), sink)
        corpus = load_own(at, "en.parquet", sink.getvalue())
        assert (corpus is not None) == all(map(is_readable, row.values()))
        assert corpus is None or read_back(corpus) == tuple(row[column] for column in ORDER)


@FEW
@given(ROW)
def test_csv(row):
    with folder() as at:
        corpus = load_own(at, "en.csv", separated(row, "csv"))
        # An empty cell is a text that is missing.
        texts = [row[side] or None for side in ("query", "passage")]
        readable = all(map(is_readable, (row["id"], row["group"], *filter(None, texts))))
        assert (corpus is not None) == readable
        assert corpus is None or read_back(corpus) == (row["id"], row["group"], *texts)


@FEW
@given(ROW)
def test_tsv(row):
    with folder() as at:
        corpus = load_own(at, "en.tsv", separated(row, "tsv"))
        if any("\t" in cell or "\n" in cell for cell in row.values()) or list(row.values())[-1].endswith("\r"):
            return  # what stands in the file is something else
        texts = [row[side] or None for side in ("query", "passage")]
        assert (corpus is not None) == all(map(is_readable, (row["id"], row["group"], *filter(None, texts))))
        assert corpus is None or read_back(corpus) == (row["id"], row["group"], *texts)


def lines(*rows):
    return "".join(json.dumps(row) + "\n" for row in rows)


def nq_row(row):
    answer = {"start_token": 0, "end_token": len(row["passage"].split(" "))}
    return {
        "example_id": row["id"],
        "question_text": row["query"],
        "document_text": row["passage"],
        "document_url": row["group"],
        "annotations": [{"long_answer": answer}],
    }


FORMATS = {
    "squad.json": (
        squad,
        lambda row: {
            "data": [
                {"paragraphs": [{"context": row["passage"], "qas": [{"id": row["id"], "question": row["query"]}]}]}
            ]
        },
    ),
    "duorc.json": (
        duorc,
        lambda row: [
            {
                "id": row["group"],
                "plot": row["passage"],
                "qa": [{"id": row["id"], "question": row["query"], "no_answer": False}],
            }
        ],
    ),
    "newsqa.json": (
        newsqa,
        lambda row: {
            "data": [
                {
                    "storyId": row["id"],
                    "text": row["passage"],
                    "questions": [{"q": row["query"], "consensus": {"s": 0, "e": len(row["passage"])}}],
                }
            ]
        },
    ),
    "mr_tydi.jsonl": (
        mr_tydi,
        lambda row: lines(
            {
                "query_id": row["id"],
                "query": row["query"],
                "positive_passages": [{"docid": row["group"], "title": "", "text": row["passage"]}],
                "negative_passages": [{"docid": "n", "title": row["group"], "text": row["id"]}],
            }
        ),
    ),
    "mfaq.jsonl": (
        mfaq,
        lambda row: lines(
            {
                "domain": row["group"],
                "qa_pairs": [{"question": row["query"], "answer": row["passage"], "language": "en"}],
            }
        ),
    ),
    "natural_questions.jsonl": (natural_questions, lambda row: lines(nq_row(row))),
    "yahoo_qa.json": (
        yahoo_qa,
        lambda row: [{"id": row["id"], "question": row["query"], "answer": row["passage"]}],
    ),
    "entity_questions.json": (
        entity_questions,
        lambda row: [{"question": row["query"], "positive_ctxs": [{"title": "", "text": row["passage"]}]}],
    ),
}


@pytest.mark.parametrize("name", FORMATS)
@settings(max_examples=15)
@given(row=ROW)
def test_published_formats(name, row):
    loader, content = FORMATS[name]
    written = content(row)
    with folder() as at:
        (at / name).write_text(written if isinstance(written, str) else json.dumps(written))
        corpus = told(
            lambda: loader(
                name="set",
                files={"en": at / name},
                translations=None,
                store=Store(at / "store"),
                validation_fraction=0.0,
            )
        )
        if all(map(is_readable, row.values())) and name not in {"natural_questions.jsonl", "newsqa.json"}:
            assert read_back(corpus)[2:] == (row["query"], row["passage"])
        if not is_readable(row["query"]):
            assert corpus is None


@FEW
@given(HOSTILE, HOSTILE)
def test_wikiqa(key, text):
    header = "QuestionID\tQuestion\tDocumentID\tDocumentTitle\tSentenceID\tSentence\tLabel\n"
    with folder() as at:
        row = f"{key}\t{text}\tD\tT\tS\t{text}\t1\n"
        (at / "w.tsv").write_bytes((header + row).encode(errors="surrogatepass"))
        corpus = told(
            lambda: wikiqa(
                name="set",
                files={"en": at / "w.tsv"},
                translations=None,
                store=Store(at / "store"),
                validation_fraction=0.0,
            )
        )
        if is_readable(key) and is_readable(text) and not any(each in key + text for each in "\t\n"):
            assert read_back(corpus) == (f"{key}/S", key, text, text)
        elif not is_readable(key):
            assert corpus is None


@FEW
@given(key=HOSTILE, question=HOSTILE, sentence=HOSTILE)
def test_lareqa(key, question, sentence):
    paragraph = {
        "context": sentence,
        "sentence_breaks": [[0, len(sentence)]],
        "qas": [{"id": key, "question": question, "answers": [{"text": "", "answer_start": 0}]}],
    }
    with folder() as at:
        (at / "en.json").write_text(json.dumps({"data": [{"paragraphs": [paragraph]}]}))
        collection = told(lambda: lareqa("toy", at, ["en"], "http://localhost:1", {"en": "0" * 64}, at))
        assert (collection is not None) == all(map(is_readable, (key, question, sentence)))
        if collection:
            texts = collection.query_questions + collection.query_texts + collection.candidate_texts
            assert texts == [key, question, sentence]


@FEW
@given(query=HOSTILE, passage=HOSTILE)
def test_mmarco(query, passage):
    with folder() as at:
        (at / "triples.tsv").write_text("1\t2\t3\n")
        (at / "q.tsv").write_bytes(f"1\t{query}\n".encode(errors="surrogatepass"))
        (at / "p.tsv").write_bytes(f"2\t{passage}\n".encode(errors="surrogatepass"))
        corpus = told(
            lambda: mmarco(
                "m", at / "triples.tsv", str(at / "q.tsv"), str(at / "p.tsv"), ["en"], Store(at / "store"), 0.0
            )
        )
        if any("\n" in text for text in (query, passage)):
            return
        kept = [text.rstrip("\r") for text in (query, passage)]
        assert (corpus is not None) == all(map(is_readable, kept))
        if corpus:
            rows, english = np.zeros(1, np.int64), np.zeros(1, np.int64)
            assert [corpus.texts(side, rows, english)[0] for side in ("query", "passage")] == kept


@FEW
@given(HOSTILE.map(lambda text: text.replace("/", "").replace("\0", "")[:40]))
def test_names_of_files(name):
    assume(is_unicode(name) or all(not "\ud800" <= each <= "\udc7f" and each < "\udd00" for each in name))
    with folder() as at:
        path = at / f"{name}.json"
        try:
            path.write_text(json.dumps(FORMATS["squad.json"][1]({"id": "1", "query": "q", "passage": "p"})))
        except (OSError, UnicodeEncodeError):
            assume(False)  # no such name can be
        load = {"name": "set", "translations": None, "store": Store(at / "store"), "validation_fraction": 0.0}
        corpus = told(lambda: squad(files={"en": path}, **load))
        assert (corpus is not None) == is_unicode(name)
        told(lambda: jsonl("mine", {"en": path}, None, COLUMNS, None, Store(at / "store"), 0.0))
        told(lambda: wikiqa(files={"en": at / name}, **load))


@FEW
@given(HOSTILE)
def test_codes_of_languages(code):
    found = told(lambda: language(code))
    assert (found is not None) == (code in table())


@pytest.mark.parametrize("text", [text for text in NASTY if is_unicode(text)])
def test_ids_of_different_forms_are_different(text):
    other = f"{text}\u0301"
    with folder() as at:
        rows = [{"id": key, "group": "g", "query": "q", "passage": "p"} for key in (text, other, f"x{other}")]
        corpus = load_own(at, "en.jsonl", lines(*rows).encode())
        assert (corpus is None) == is_empty(text)
        assert corpus is None or corpus.table.column("id").to_pylist() == [text, other, f"x{other}"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("[" * 100_000, "nested too deep to be read"),
        ('{"id": ' + "9" * 5000 + "}", "holds a whole number of too many digits"),
        ("", "not JSON"),
        ("\ufeff", "not JSON"),
        ("nul", "not JSON"),
    ],
)
def test_json_that_no_reader_can_take(content, said):
    with folder() as at:
        (at / "a.json").write_text(content, encoding="utf-8")
        (at / "a.jsonl").write_text(content + "\n", encoding="utf-8")
        load = {"name": "set", "translations": None, "store": Store(at / "store"), "validation_fraction": 0.0}
        with pytest.raises(LangmixError, match=said):
            squad(files={"en": at / "a.json"}, **load)
        if content.strip("\ufeff"):
            with pytest.raises(LangmixError, match=f"line 1: .*{said}"):
                mfaq(files={"en": at / "a.jsonl"}, **load)


def test_parquet_that_is_no_text(tmp_path):
    offsets, data = pa.py_buffer(np.array([0, 1], np.int32).tobytes()), pa.py_buffer(b"\xff")
    column = pa.Array.from_buffers(pa.string(), 1, [None, offsets, data])
    pq.write_table(pa.table({"id": ["a"], "group": ["g"], "query": column, "passage": ["p"]}), tmp_path / "en.parquet")
    with pytest.raises(LangmixError, match=r"en.parquet: a text behind row 0 is not UTF-8"):
        jsonl("mine", {"en": tmp_path / "en.parquet"}, None, COLUMNS, None, Store(tmp_path / "store"), 0.0)


@pytest.mark.parametrize("name", ["x" * 5000, "a\0b", "x/" * 3000])
def test_paths_that_no_file_can_have(tmp_path, name):
    path = tmp_path / f"{name}.jsonl"
    load = {"name": "set", "translations": None, "store": Store(tmp_path / "store"), "validation_fraction": 0.0}
    for read in (
        lambda: jsonl("mine", {"en": path}, None, COLUMNS, None, Store(tmp_path / "store"), 0.0),
        lambda: squad(files={"en": path}, **load),
        lambda: lareqa("toy", path, ["en"], "http://localhost:1", {"en": "0" * 64}, Store(tmp_path)),
    ):
        assert told(read) is None


def test_json_lines_where_one_document_is_needed(tmp_path):
    (tmp_path / "en.json").write_text('{"id": 1}\n{"id": 2}\n')
    load = {"name": "set", "translations": None, "store": Store(tmp_path / "store"), "validation_fraction": 0.0}
    with pytest.raises(LangmixError, match="it seems to hold a value per line, where one for all is needed"):
        squad(files={"en": tmp_path / "en.json"}, **load)
