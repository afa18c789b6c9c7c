"""Collections in TREC's formats."""

import gzip
import json

import pytest

from langmix.collection.trec import trec
from langmix.errors import LangmixError

DOCUMENTS = [
    {"docid": "1#0", "title": "Nile", "text": "It flows north."},
    {"docid": "1#1", "title": "Nile", "text": "It is long."},
]
LINES = "1\tWhere does the Nile flow?\n2\tHow long is it?\n"
SGML = """<top>
<num> Number: 1
<title> Where does the
 Nile flow?
<desc> Description:
The direction.
</top>
<top><num>Number: 2</num><title>How long &amp; wide is it?</title></top>
"""
XML = (
    '<topics><topic number="1"><query>Where?</query></topic><topic number="2"><query>How long?</query></topic></topics>'
)
QRELS = "1 0 1#0 1\n1 0 1#1 0\n2\tQ0\t1#1\t1\n"


@pytest.fixture
def load(tmp_path):
    (tmp_path / "topics").write_text(LINES, encoding="utf-8")
    (tmp_path / "qrels").write_text(QRELS, encoding="utf-8")
    rows = "".join(json.dumps(row) + "\n" for row in DOCUMENTS)
    (tmp_path / "docs.jsonl").write_text(rows, encoding="utf-8")

    def load(documents="docs.jsonl", languages=("en",), **options):
        return trec("mine", tmp_path / "topics", tmp_path / "qrels", tmp_path / documents, languages, **options)

    return load


def pairs(collection):
    return {
        (collection.query_ids[query], collection.candidate_ids[candidate]) for query, candidate in collection.relevant
    }


def test_lines_judgements_and_rows(load):
    collection = load()
    assert collection.query_texts == ["Where does the Nile flow?", "How long is it?"]
    assert collection.candidate_texts == ["Nile It flows north.", "Nile It is long."]
    assert pairs(collection) == {("1", "1#0"), ("2", "1#1")}


def test_topics_in_sgml(load, tmp_path):
    (tmp_path / "topics").write_text(SGML, encoding="utf-8")
    assert load().query_texts == ["Where does the Nile flow?", "How long & wide is it?"]
    with pytest.raises(LangmixError, match=r"topics: topic 2 has no <desc>; dataset\.field names the tag"):
        load(field="desc")


def test_topics_in_xml(load, tmp_path):
    (tmp_path / "topics").write_text(XML, encoding="utf-8")
    assert load(field="query").query_texts == ["Where?", "How long?"]


def test_documents_in_sgml(load, tmp_path):
    documents = (
        "<DOC>\n<DOCNO> 1#0 </DOCNO>\n<TEXT>It flows\nnorth.</TEXT></DOC><DOC><DOCNO>1#1</DOCNO>It is long.</DOC>"
    )
    (tmp_path / "docs.sgml").write_text(documents, encoding="utf-8")
    collection = load("docs.sgml")
    assert collection.candidate_texts == ["It flows north.", "It is long."]
    assert pairs(collection) == pairs(load())
    (tmp_path / "docs.sgml").write_text("<DOC>It flows.</DOC>", encoding="utf-8")
    with pytest.raises(LangmixError, match="document 1 has no <DOCNO>"):
        load("docs.sgml")
    (tmp_path / "docs.sgml").write_text("It flows.", encoding="utf-8")
    with pytest.raises(LangmixError, match="holds no <DOC>"):
        load("docs.sgml")


def test_shards_hold_the_same_as_one_file(load, tmp_path):
    for number, row in enumerate(DOCUMENTS):
        (tmp_path / f"shard-{number}.jsonl.gz").write_bytes(gzip.compress(json.dumps(row).encode()))
    assert load("shard-*.jsonl.gz").fingerprint == load().fingerprint
    with pytest.raises(LangmixError, match="no file is called so"):
        load("part-*.jsonl.gz")


def test_pyserini_s_rows(load, tmp_path):
    rows = "".join(json.dumps({"id": row["docid"], "contents": row["text"]}) + "\n" for row in DOCUMENTS)
    (tmp_path / "contents.jsonl").write_text(rows, encoding="utf-8")
    assert load("contents.jsonl").candidate_texts == ["It flows north.", "It is long."]


@pytest.mark.parametrize(
    ("file", "content", "message"),
    [
        ("topics", "1 Where?\n", "topics, line 1: not a topic: an id, a tab and a text are needed"),
        ("topics", "1\t \n", "topics, line 1: not a topic"),
        ("topics", "<html></html>\n", "topics: begins with '<' and holds neither <top> nor <topic>"),
        ("topics", "1\tA?\n1\tB?\n", "topics: topic '1' occurs twice"),
        ("qrels", "1 0 1#0 1\n3 0 1#0 1\n", "qrels, line 2: query '3' is judged, and not among the 2 queries"),
        ("qrels", "1 0 1#0 1\n1 0 9 1\n", "qrels, line 2: candidate '9' is judged, and not among the 2 candidates"),
        ("qrels", "", "no judgement of grade 1 or above"),
        ("docs.jsonl", "{}\n", "key 'docid' is missing"),
        (
            "docs.jsonl",
            '{"docid": "1#0"}\n',
            "docs.jsonl: line 1: has no text (under text or contents or body) and no title",
        ),
    ],
)
def test_what_is_wrong_is_told(load, tmp_path, file, content, message):
    (tmp_path / file).write_text(content, encoding="utf-8")
    with pytest.raises(LangmixError) as caught:
        load(partial=False)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
