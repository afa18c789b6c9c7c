"""BM25 against its formula."""

import math
from collections import Counter

import numpy as np
import pytest

from langmix.bm25 import K1, B
from langmix.collection import Candidate, Collection, Query
from langmix.evaluation.run_files import lexical
from langmix.scoring.lexical import bm25
from langmix.scoring.run_file import NOT_RETRIEVED
from langmix.words import words

WORDS = ["river", "lake", "mountain", "sea", "town", "north", "south", "old", "new", "long"]


def collection(seed):
    rng = np.random.default_rng(seed)

    def text(length):
        return " ".join(rng.choice(WORDS, length))

    candidates = [Candidate(f"{code}/{i}", code, text(rng.integers(3, 12))) for code in ("de", "en") for i in range(15)]
    queries = [Query(f"{code}/q{i}", f"q{i}", code, text(3)) for code in ("de", "en") for i in range(4)]
    queries.append(Query("en/nothing", "nothing", "en", "unheard"))
    relevant = [(query.id, f"{code}/{rng.integers(15)}") for query in queries for code in ("de", "en")]
    return Collection.build("made_up", ["de", "en"], queries, candidates, relevant)


def scores(query, texts):
    """By the formula, Lucene's: with (k1 + 1) left out, as it orders nothing."""
    counts = [Counter(words(text)) for text in texts]
    lengths = [sum(count.values()) for count in counts]
    mean = sum(lengths) / len(lengths)
    found = np.zeros(len(texts))
    for word in words(query):
        frequency = sum(word in count for count in counts)
        idf = math.log(1 + (len(texts) - frequency + 0.5) / (frequency + 0.5))
        for row, count in enumerate(counts):
            found[row] += idf * count[word] / (count[word] + K1 * (1 - B + B * lengths[row] / mean))
    return found


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("depth", [5, 1000])
def test_rankings_are_those_of_the_formula(seed, depth):
    made = collection(seed)
    run, in_language = bm25(made, depth)
    in_pool = run.ranks(made)
    for (query, own), language_rank, pool_rank in zip(made.relevant, in_language, in_pool, strict=True):
        text = made.query_texts[query]
        if text == "unheard":
            assert language_rank == NOT_RETRIEVED
            continue
        same = np.flatnonzero(made.candidate_languages == made.candidate_languages[own])
        for among, rank in ((np.arange(len(made.candidate_ids)), pool_rank), (same, language_rank)):
            expected = scores(text, [made.candidate_texts[row] for row in among])
            place = int(np.flatnonzero(among == own)[0])
            close = np.isclose(expected, expected[place], rtol=1e-5)
            best = 1 + (expected > expected[place])[~close].sum()
            if expected[place] == 0 or best + close.sum() - 1 > depth:
                assert rank == NOT_RETRIEVED or rank <= depth
            else:
                assert best <= rank < best + close.sum()


def test_a_query_that_finds_nothing_counts_as_never_found():
    made = collection(0)
    found = lexical(made)
    row = found.table[(found.table["query_id"] == "en/nothing") & (found.table["setting"] == "multilingual")]
    assert row["average_precision"].item() == pytest.approx(0, abs=1e-9)
    assert found.missing > 0
    assert set(found.settings) == {"monolingual", "cross_lingual", "multilingual"}
