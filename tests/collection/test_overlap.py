"""Which texts of a collection are trained on."""

import json

import pytest

from langmix.collection import Candidate, Collection, Query
from langmix.collection.overlap import COLUMNS, overlap
from langmix.corpus.jsonl import jsonl
from langmix.store import Store

NAMES = {"id": "id", "query": "q", "passage": "p", "group": None, "language": None}

COLLECTION = Collection.build(
    "test",
    ["de", "en"],
    [
        Query("en/1", "1", "en", "Where does the Nile flow?"),
        Query("de/1", "1", "de", "Wohin fließt der Nil?"),
        Query("en/2", "2", "en", "How long is it?"),
    ],
    [
        Candidate("en/a", "en", "It flows to the north."),
        Candidate("en/b", "en", "It is very long, though."),
        Candidate("de/a", "de", "Er fließt nach Norden."),
        Candidate("en/c", "en", "Yes."),
    ],
    [("en/1", "en/a"), ("de/1", "de/a"), ("en/2", "en/b")],
)


@pytest.fixture
def found(tmp_path):
    def found(**rows):
        files = {}
        for code, pairs in rows.items():
            files[code] = tmp_path / f"{code}.jsonl"
            lines = (json.dumps(dict(zip(("id", "q", "p"), pair, strict=True))) for pair in pairs)
            files[code].write_text("\n".join(lines), encoding="utf-8")
        corpus = jsonl("train", files, None, NAMES, None, Store(tmp_path / "store"), 0)
        return overlap(corpus, COLLECTION)

    return found


def test_nothing_is_shared(found):
    audit = found(en=[("9", "Is it wet?", "The sea is wet. Yes.")])
    assert audit.hits.empty
    assert tuple(audit.hits.columns) == COLUMNS
    assert audit.compared == {"question id": 2, "question": 3, "candidate": 4, "sentence": 3}
    assert audit.found == dict.fromkeys(audit.compared, 0)


def test_each_kind_with_both_texts(found):
    audit = found(
        en=[
            ("1", "Who?", "A river. IT FLOWS to the  north. It ends."),
            ("7", "how long is it?", "It is very long, though."),
            ("8", "how long is it?", "It is short."),
        ],
        de=[("1", "Wer?", "Ein Fluss. Er fließt nach Norden.")],
    )
    rows = {(row.kind, row.test_id, row.corpus_language, row.pair_id) for row in audit.hits.itertuples()}
    assert rows == {
        ("question id", "de/1", "", "1"),
        ("question", "en/2", "en", "7"),
        ("candidate", "en/b", "en", "7"),
        ("sentence", "en/a", "en", "1"),
        ("sentence", "en/b", "en", "7"),
        ("sentence", "de/a", "de", "1"),
    }
    sentence = audit.hits[audit.hits["test_id"] == "en/a"].iloc[0]
    assert sentence["test_text"] == "It flows to the north."
    assert sentence["corpus_text"] == "A river. IT FLOWS to the  north. It ends."


def test_a_text_is_found_in_any_language_of_the_corpus(found):
    audit = found(de=[("9", "Where does the Nile flow?", "Nirgends.")], en=[("8", "Else?", "No.")])
    assert audit.found["question"] == 1
    assert audit.hits.iloc[0]["corpus_language"] == "de"


def test_a_pair_may_lack_a_text(found):
    audit = found(en=[("9", None, "It flows to the north."), ("8", "How long is it?", None)])
    assert audit.found == {"question id": 0, "question": 1, "candidate": 1, "sentence": 1}
