"""Building a benchmark: order, checks and hash."""

import dataclasses

import numpy as np
import pytest

from langmix.benchmark import Benchmark, Candidate, Query
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
    return Benchmark.build(name, languages, queries, candidates, relevant)


def test_queries_and_candidates_stand_by_language_and_keep_their_order_inside():
    benchmark = build()
    assert benchmark.languages == ("de", "en")
    assert benchmark.query_ids == ["de/2", "de/1", "en/1"]
    assert benchmark.query_clusters == ["2", "1", "1"]
    assert benchmark.query_texts == ["zwei?", "eins?", "one?"]
    np.testing.assert_array_equal(benchmark.query_languages, [0, 0, 1])
    assert benchmark.candidate_ids == ["de/a", "de/b", "en/a", "en/b"]
    assert benchmark.candidate_texts == ["eins", "zwei", "one", "one"]
    np.testing.assert_array_equal(benchmark.candidate_languages, [0, 0, 1, 1])
    np.testing.assert_array_equal(benchmark.relevant, [[0, 1], [1, 0], [2, 0], [2, 2]])
    assert benchmark.relevant.dtype == benchmark.query_languages.dtype == np.int64


def test_fingerprint_is_of_the_content_alone():
    fingerprint = build().fingerprint
    assert build(relevant=RELEVANT[::-1], name="other").fingerprint == fingerprint
    changed = [
        build(queries=[QUERIES[0]._replace(text="One?"), *QUERIES[1:]]),
        build(queries=[QUERIES[0]._replace(cluster="3"), *QUERIES[1:]]),
        build(queries=[QUERIES[0], *QUERIES[:0:-1]]),
        build(candidates=[CANDIDATES[0]._replace(text="One"), *CANDIDATES[1:]]),
        build(candidates=[*CANDIDATES, Candidate("en/c", "en", "two")]),
        build(relevant=[*RELEVANT, ("en/1", "en/b")]),
        build(languages=("en", "de")),
    ]
    assert len({fingerprint, *(benchmark.fingerprint for benchmark in changed)}) == 8


def test_plain_construction_stays_possible():
    benchmark = build()
    assert dataclasses.replace(benchmark, name="renamed").fingerprint == benchmark.fingerprint


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
        ({"languages": ("de", "en", "fr")}, "no query in language 'fr'"),
        ({"candidates": CANDIDATES[::2]}, "no candidate in language 'de'"),
        ({"relevant": [*RELEVANT, ("fr/1", "en/a")]}, "judgement of query 'fr/1', which there is not"),
        ({"relevant": [*RELEVANT, ("en/1", "en/z")]}, "judgement of candidate 'en/z', which there is not"),
        ({"relevant": RELEVANT[:3]}, "query 'de/2' has no relevant candidate"),
    ],
)
def test_content_that_is_no_benchmark_is_refused(arguments, message):
    with pytest.raises(LangmixError) as caught:
        build(**arguments)
    assert str(caught.value) == f"benchmark 'toy': {message}"
