"""Building a collection: order, checks and hash."""

import dataclasses

import numpy as np
import pytest

from langmix.collection import Candidate, Collection, Judgement, Query
from langmix.errors import LangmixError

QUERIES = [
    Query("en/1", "1", "en", "one?"),
    Query("de/2", "2", "de", "zwei?"),
    Query("de/1", "1", "de", "eins?"),
]
CANDIDATES = [
    Candidate("en/a", "en", "one"),
    Candidate("de/a", "de", "eins"),
    Candidate("en/b", "en", "one"),
    Candidate("de/b", "de", "zwei"),
]
RELEVANT = [("de/1", "de/a"), ("en/1", "en/a"), ("en/1", "de/a"), ("de/2", "de/b"), ("en/1", "en/a")]


def build(queries=QUERIES, candidates=CANDIDATES, relevant=RELEVANT, languages=("de", "en"), name="toy"):
    return Collection.build(name, languages, queries, candidates, relevant)


def test_queries_and_candidates_stand_by_language_and_keep_their_order_inside():
    collection = build()
    assert collection.languages == ("de", "en")
    assert collection.query_ids == ["de/2", "de/1", "en/1"]
    assert collection.query_questions == ["2", "1", "1"]
    assert collection.query_texts == ["zwei?", "eins?", "one?"]
    np.testing.assert_array_equal(collection.query_languages, [0, 0, 1])
    assert collection.candidate_ids == ["de/a", "de/b", "en/a", "en/b"]
    assert collection.candidate_texts == ["eins", "zwei", "one", "one"]
    np.testing.assert_array_equal(collection.candidate_languages, [0, 0, 1, 1])
    np.testing.assert_array_equal(collection.relevant, [[0, 1], [1, 0], [2, 0], [2, 2]])
    assert collection.relevant.dtype == collection.query_languages.dtype == np.int64


def test_fingerprint_is_of_the_content_alone():
    fingerprint = build().fingerprint
    assert build(relevant=RELEVANT[::-1], name="other").fingerprint == fingerprint
    changed = [
        build(queries=[QUERIES[0]._replace(text="One?"), *QUERIES[1:]]),
        build(queries=[QUERIES[0]._replace(question="3"), *QUERIES[1:]]),
        build(queries=[QUERIES[0], *QUERIES[:0:-1]]),
        build(candidates=[CANDIDATES[0]._replace(text="One"), *CANDIDATES[1:]]),
        build(candidates=[*CANDIDATES, Candidate("en/c", "en", "two")]),
        build(relevant=[*RELEVANT, ("en/1", "en/b")]),
        build(languages=("en", "de")),
    ]
    assert len({fingerprint, *(collection.fingerprint for collection in changed)}) == 8


def test_plain_construction_stays_possible():
    collection = build()
    assert dataclasses.replace(collection, name="renamed").fingerprint == collection.fingerprint


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"queries": [*QUERIES, QUERIES[0]]}, "query id 'en/1' occurs twice"),
        ({"candidates": [*CANDIDATES, CANDIDATES[1]]}, "candidate id 'de/a' occurs twice"),
        (
            {"queries": [*QUERIES, Query("en/9", "9", "en", " ")]},
            "query 'en/9' has an empty text, nothing of which can be seen",
        ),
        (
            {"candidates": [*CANDIDATES, Candidate("en/9", "en", "")]},
            "candidate 'en/9' has an empty text, nothing of which can be seen",
        ),
        ({"queries": [*QUERIES, Query("fr/1", "1", "fr", "un?")]}, "query 'fr/1' is in 'fr' (languages: de en)"),
        ({"languages": ("de", "en", "fr")}, "no query and no candidate in language 'fr'"),
        ({"candidates": []}, "there is no candidate"),
        ({"queries": []}, "there is no query"),
        ({"relevant": [*RELEVANT, ("fr/1", "en/a")]}, "judgement of query 'fr/1', which there is not"),
        ({"relevant": [*RELEVANT, ("en/1", "en/z")]}, "judgement of candidate 'en/z', which there is not"),
        ({"relevant": []}, "no judgement of grade 1 or above, so none of 3 queries has a relevant candidate"),
        (
            {"relevant": [Judgement(*pair, grade=0) for pair in RELEVANT]},
            "no judgement of grade 1 or above, so none of 3 queries has a relevant candidate",
        ),
    ],
)
def test_content_that_is_no_collection_is_refused(arguments, message):
    with pytest.raises(LangmixError) as caught:
        build(**arguments)
    assert str(caught.value) == f"collection 'toy': {message}"


def test_queries_without_an_answer_are_counted_told_and_left_out(caplog):
    collection = build(relevant=[*RELEVANT[:3], Judgement("de/2", "de/b", 0)])
    assert collection.unanswered == 1
    assert collection.query_ids == ["de/1", "en/1"]
    np.testing.assert_array_equal(collection.relevant, [[0, 0], [1, 0], [1, 2]])
    assert "toy: 1 of 3 queries have no relevant candidate, such as 'de/2'" in caplog.text
    whole = build(queries=[QUERIES[0], QUERIES[2]], relevant=RELEVANT[:3])
    assert whole.unanswered == 0
    assert whole.fingerprint == collection.fingerprint


def test_grades_are_kept_with_their_judgements_and_the_highest_counts():
    graded = [
        ("de/1", "de/a"),
        Judgement("en/1", "en/a", 1),
        Judgement("de/2", "de/b", 3),
        Judgement("en/1", "en/a", 2),
    ]
    collection = build(relevant=[*graded, Judgement("en/1", "en/b", -1)])
    np.testing.assert_array_equal(collection.relevant, [[0, 1], [1, 0], [2, 2]])
    np.testing.assert_array_equal(collection.grades, [3, 1, 2])
    assert collection.fingerprint != build(relevant=[each[:2] for each in graded]).fingerprint
    assert build().grades is None


def test_a_language_may_have_queries_or_candidates_alone():
    collection = build(candidates=CANDIDATES[::2], relevant=[("de/1", "en/a"), ("de/2", "en/b"), ("en/1", "en/a")])
    assert collection.languages == ("de", "en")
    np.testing.assert_array_equal(collection.candidate_languages, [1, 1])
