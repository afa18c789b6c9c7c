"""What questions share: paragraphs and articles as connected components."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from langmix.collection import Candidate, Collection, Query
from langmix.collection.components import connected
from langmix.errors import LangmixError


def test_by_hand():
    # de/0 and en/7 are one through question 1, en/7 and fr/2 through question 2; nothing links de/1.
    questions = ["1", "3", "1", "2", "2"]
    assert connected(questions, ["de/0", "de/1", "en/7", "en/7", "fr/2"]) == ["de/0", "de/1", "de/0", "de/0", "de/0"]
    assert connected([], []) == []


@settings(max_examples=50)
@given(st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8)), max_size=30))
def test_is_what_spreads_from_query_to_query(pairs):
    questions, sources = [f"q{q}" for q, _ in pairs], [f"s{s}" for _, s in pairs]
    found = connected(questions, sources)
    for start in range(len(pairs)):
        reached = {start}
        while (
            more := {
                other
                for other in range(len(pairs))
                for one in reached
                if pairs[one][0] == pairs[other][0] or pairs[one][1] == pairs[other][1]
            }
            - reached
        ):
            reached |= more
        assert reached == {other for other in range(len(pairs)) if found[other] == found[start]}
        assert found[start] == sources[min(reached)]


def build(*sources):
    queries = [
        Query(f"{code}/{n}", f"{n}", code, "why?", *source)
        for (code, n), source in zip((("de", 1), ("de", 2), ("en", 1)), sources, strict=True)
    ]
    candidates = [Candidate("de/a", "de", "so"), Candidate("en/a", "en", "thus")]
    return Collection.build("toy", ("de", "en"), queries, candidates, [(query.id, "de/a") for query in queries])


def test_a_collection_has_those_of_its_questions_and_the_same_hash_without():
    collection = build(("de/0", "de/A"), ("de/1", "de/A"), ("en/0", "en/A"))
    assert collection.query_paragraphs == ["de/0", "de/1", "de/0"]
    assert collection.query_articles == ["de/A"] * 3
    plain = build((), (), ())
    assert plain.query_paragraphs is plain.query_articles is None
    assert plain.fingerprint == collection.fingerprint


def test_all_queries_have_one_or_none_has():
    with pytest.raises(LangmixError, match="collection 'toy': query 'de/2' has no paragraph, as others have"):
        build(("de/0",), (), ("en/0",))
