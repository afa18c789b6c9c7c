"""Pairs that a corpus holds out, as a collection."""

import json

import numpy as np
import pytest

from langmix.collection.pairs import pairs
from langmix.configuration.composition import composed
from langmix.configuration.opened import opened
from langmix.corpus.jsonl import jsonl
from langmix.errors import LangmixError
from langmix.store import Store

COLUMNS = {"id": "id", "query": "query", "passage": "passage", "group": None, "negatives": None, "language": None}
ROWS = {
    "en": [("1", "Who?", "A man."), ("2", "Whom?", "A  MAN."), ("3", "Why?", None), ("4", None, "Alone.")],
    "de": [("1", "Wer?", "Ein Mann."), ("2", None, "Ein Mann."), ("3", "Warum?", None)],
}


@pytest.fixture
def corpus(tmp_path):
    files = {}
    for language, rows in ROWS.items():
        files[language] = tmp_path / f"{language}.jsonl"
        files[language].write_text(
            "".join(json.dumps(dict(zip(("id", "query", "passage"), row, strict=True))) + "\n" for row in rows)
        )

    def split(fraction=1.0, **given):
        return jsonl("mine", files, None, COLUMNS, None, Store(tmp_path / "store"), fraction, **given)

    return split


def test_questions_ask_for_their_passages_in_every_language(corpus):
    found = pairs("held", corpus, None, None)
    assert found.languages == ("en", "de")
    assert found.candidate_ids == ["en/1", "en/4", "de/1"]  # the second pair's passages are the first's
    assert found.query_ids == ["en/1", "en/2", "de/1"]  # nothing answers the third
    assert found.query_questions == ["1", "2", "1"]
    np.testing.assert_array_equal(found.relevant, [[0, 0], [0, 2], [1, 0], [1, 2], [2, 0], [2, 2]])


def test_fewer_languages_and_pairs(corpus):
    found = pairs("held", corpus, ["de"], 1)
    assert (found.query_ids, found.candidate_ids) == (["de/1"], ["de/1"])


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"languages": ["fi"]}, r"corpus 'mine' is not in 'fi' \(has: en de\)"),
        ({"limit": 0}, "limit=0 has to be a whole number from 1, or null"),
    ],
)
def test_what_cannot_be(corpus, given, message):
    with pytest.raises(LangmixError, match=message):
        pairs("held", corpus, **{"languages": None, "limit": None, **given})


def test_a_corpus_that_holds_nothing_out(corpus):
    with pytest.raises(LangmixError, match="leaves split 'validation' none of the 4 pairs"):
        pairs("held", lambda split: corpus(0.0, split=split), None, None)


def test_the_corpus_of_the_cell_is_what_it_reads(monkeypatch, tmp_path):
    monkeypatch.setenv("LANGMIX_HOME", str(tmp_path))
    asked = opened(composed(["dataset=pairs", "corpus=atlas", "dataset.languages=[en,ar]"]))
    found, corpus = asked.dataset.shared(), asked.to_train.validation.shared(split="validation")
    assert found.languages == ("en", "ar")
    assert set(found.query_questions) <= set(corpus.ids(np.arange(len(corpus))))
