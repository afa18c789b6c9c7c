"""What is in a collection, in numbers."""

from langmix.collection import Candidate, Collection, Judgement, Query
from langmix.collection.describe import describe


def test_numbers():
    queries = [Query("de/1", "1", "de", "eins?"), Query("en/1", "1", "en", "one?"), Query("en/2", "2", "en", "three?")]
    queries.append(Query("en/3", "3", "en", "none?"))
    texts = ["one", "One ", "one", "...", "three"]
    candidates = [Candidate(f"en/{row}", "en", text) for row, text in enumerate(texts)]
    judged = [
        Judgement("de/1", "en/0"),
        Judgement("en/1", "en/0", 2),
        Judgement("en/1", "en/2"),
        Judgement("en/2", "en/4"),
    ]
    found = describe(Collection.build("mine", ["de", "en"], queries, candidates, judged))
    assert found.pop("fingerprint")
    assert found == {
        "name": "mine",
        "judgements": 4,
        "grades": {"1": 3, "2": 1},
        "relevant": {"least": 1, "median": 1.0, "most": 2},
        "unanswered": 1,
        "questions": {"1": 1, "2": 1},
        "settings": ["monolingual", "cross_lingual", "multilingual"],
        "languages": {
            "de": {
                "queries": 1,
                "candidates": 0,
                "characters": {"query": 5.0, "candidate": None},
                "duplicates": 0,
                "near_duplicates": 0,
                "wordless": 0,
            },
            "en": {
                "queries": 2,
                "candidates": 5,
                "characters": {"query": 5.0, "candidate": 3.0},
                "duplicates": 1,
                "near_duplicates": 2,
                "wordless": 1,
            },
        },
    }
