"""Which negatives a batch carries: a pure function of its plan, in the language asked for."""

from collections import Counter
from dataclasses import replace
from itertools import chain

import numpy as np
import pytest

from langmix.corpus.codes import text_codes
from langmix.corpus.jsonl import jsonl
from langmix.errors import LangmixError
from langmix.negatives import Negatives, bm25, false_negatives, given, none
from langmix.negatives.answers import Codes
from langmix.sampling import BatchPlan, hybrid, x_y
from langmix.store import Store
from tests.corpus.user_files import COLUMNS
from tests.negatives.conftest import LANGUAGES
from tests.sampling.sample_corpus import full_corpus


@pytest.fixture
def negatives(corpus, tmp_path):
    return lambda language="any", count=3, depth=8: bm25(corpus, 1, depth, count, language, Store(tmp_path))


@pytest.fixture
def sampler(corpus):
    return hybrid(corpus, 8, seed=1)


def told(plan):
    return plan.rows.tolist(), plan.languages.tolist(), plan.places.tolist()


def test_the_same_plan_has_the_same_negatives_whoever_asks(negatives, sampler, corpus):
    plans = [sampler.plan(step) for step in range(10)]
    drawn = negatives()
    forwards = [told(drawn.plan(plan)) for plan in plans]
    again = negatives()
    assert [told(again.plan(plan)) for plan in reversed(plans)] == forwards[::-1]
    other = [told(replace(drawn, seed=2).plan(plan)) for plan in plans]
    assert all(rows != other_rows for rows, other_rows in zip(forwards, other, strict=True))


def test_a_pair_gets_others_at_another_step(negatives, sampler):
    plan = sampler.plan(0)
    assert told(negatives().plan(plan)) != told(negatives().plan(replace(plan, step=1)))


def test_shares_of_a_batch_have_their_pairs_share(negatives, sampler):
    drawn = negatives()
    for step in range(5):
        plan = sampler.plan(step)
        whole = told(drawn.plan(plan))
        shares = [told(drawn.plan(plan.share(rank, 3))) for rank in range(3)]
        assert tuple(list(chain(*parts)) for parts in zip(*shares, strict=True)) == whole
        parts = [plan.share(rank, 3) for rank in range(3)]
        assert list(chain(*map(drawn.texts, parts))) == drawn.texts(plan)
        codes, expected = Codes.joined([drawn.codes(part) for part in parts]), drawn.codes(plan)
        assert codes.size == expected.size
        assert set(zip(codes.of, codes.codes, strict=True)) == set(zip(expected.of, expected.codes, strict=True))


@pytest.mark.parametrize("language", ["positive", "query", "any"])
def test_each_pair_brings_so_many_of_its_language(negatives, corpus, language):
    drawn = negatives(language)
    fewer = 0
    for step in range(20):
        plan = x_y(corpus, 8, seed=0).plan(step)
        chosen = drawn.plan(plan)
        counts = drawn.candidates.counts(plan.rows)
        for place, row in enumerate(plan.rows.tolist()):
            mine = np.flatnonzero(chosen.rows == row)
            only = {"positive": plan.passage_languages, "query": plan.query_languages}.get(language)
            allowed = range(3) if only is None else [int(only[place])]
            have = sum(int(counts[place, code]) for code in allowed)
            assert len(mine) == min(3, have)
            fewer += have < 3
            picked = list(zip(chosen.languages[mine].tolist(), chosen.places[mine].tolist(), strict=True))
            assert len(set(picked)) == len(picked)
            assert all(code in allowed and 0 <= at < counts[place, code] for code, at in picked)
    assert fewer > 0 or language != "positive"  # a pair may lack its question in the passage's language


def test_candidates_are_equally_likely(negatives, corpus):
    row = int(negatives().candidates.counts(np.arange(60)).sum(axis=1).argmax())
    codes = np.array([0])
    drawn = negatives(count=1)
    places = Counter()
    for step in range(4000):
        chosen = drawn.plan(BatchPlan(step, "x", LANGUAGES, np.array([row]), codes, codes))
        places[int(chosen.languages[0]), int(chosen.places[0])] += 1
    candidates = int(drawn.candidates.counts(np.array([row])).sum())
    assert len(places) == candidates
    assert sum((n - 4000 / candidates) ** 2 / (4000 / candidates) for n in places.values()) < 3 * candidates


def test_the_text_is_that_of_the_place(negatives, sampler, corpus):
    drawn = negatives(count=2)
    plan = sampler.plan(3)
    chosen = drawn.plan(plan)
    texts, known_by = drawn.texts(plan), drawn.codes(plan)
    assert len(texts) == known_by.size == len(chosen.rows) > 0
    for number, (text, language) in enumerate(zip(texts, chosen.languages.tolist(), strict=True)):
        rows = [
            row for row, other in enumerate(corpus.table[f"passage.{LANGUAGES[language]}"].to_pylist()) if other == text
        ]
        codes = known_by.codes[known_by.of == number]
        assert set(corpus.groups[np.array(rows)]) & set(codes)
        assert text_codes([text])[0] in codes


@pytest.fixture
def with_given(write_jsonl, tmp_path):
    rows = {
        "en": [
            {"id": str(i), "query": f"q{i}", "passage": f"p{i}", "not": [f"en{i}.{n}" for n in range(i)]}
            for i in range(6)
        ],
        "de": [
            {"id": str(i), "query": f"f{i}", "passage": f"a{i}", "not": [f"de{i}.{n}" for n in range(2)]}
            for i in range(6)
        ],
    }
    files = {language: write_jsonl(f"{language}.jsonl", some) for language, some in rows.items()}
    columns = COLUMNS | {"negatives": "not"}
    return jsonl("mine", files, None, columns, None, Store(tmp_path / "store"), 0.0)


def test_given_negatives(with_given):
    rows, en, de = np.arange(6), np.zeros(6, np.int64), np.ones(6, np.int64)
    plan = BatchPlan(0, "x_y", with_given.languages, rows, de, en)
    texts = given(with_given, 0, 2, "positive").texts(plan)
    assert Counter(text.split(".")[0] for text in texts) == {"en1": 1, "en2": 2, "en3": 2, "en4": 2, "en5": 2}
    assert sorted(given(with_given, 0, 9, "query").texts(plan)) == [f"de{i}.{n}" for i in range(6) for n in range(2)]
    assert given(with_given, 0, 9, "any").plan(plan).by_language(with_given.languages) == {"en": 15, "de": 12}


def test_a_batch_may_have_none(with_given):
    only = BatchPlan(0, "x", with_given.languages, np.array([0]), np.array([0]), np.array([0]))
    negatives = given(with_given, 0, 2, "positive")
    assert negatives.texts(only) == []
    assert negatives.codes(only).size == 0
    assert false_negatives(with_given, only, negatives).tolist() == [[False]]


def test_what_decides_the_negatives_is_in_their_identity(negatives, with_given):
    made = [negatives(), negatives("query"), negatives(count=2), negatives(depth=9), given(with_given, 0, 3, "any")]
    identities = [str(some.identity) for some in made]
    assert len(set(identities)) == len(identities)
    assert all(isinstance(some, Negatives) for some in made)


def test_none(corpus):
    assert none(corpus, 0) is None


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"count": 0}, "negatives.count=0: must be a whole number from 1"),
        ({"count": True}, "negatives.count=True: must be a whole number from 1"),
        ({"depth": 0}, "negatives.depth=0: must be a whole number from 1"),
        ({"depth": 2.5}, "negatives.depth=2.5: must be a whole number from 1"),
        (
            {"language": "sv"},
            "negatives.language=sv: must be one of positive query any, or a language of the corpus (en de th)",
        ),
    ],
)
def test_a_wrong_value_is_refused(negatives, changes, message):
    with pytest.raises(LangmixError) as caught:
        negatives(**changes)
    assert str(caught.value) == message


def test_a_corpus_that_gives_none_is_refused():
    with pytest.raises(
        LangmixError, match="negatives=given: corpus 'sample' comes with no negatives; use negatives=bm25"
    ):
        given(full_corpus(3, ("en",)), 0, 1, "positive")


def test_a_named_language_is_what_all_negatives_are_in(negatives, sampler, corpus):
    for code, language in enumerate(corpus.languages):
        plan = sampler.plan(3)
        found = negatives(language).plan(plan)
        assert set(found.languages.tolist()) == {code}
        assert negatives(language).identity["language"] == language
    with pytest.raises(
        LangmixError, match=r"^negatives\.language=sv: must be one of positive query any, or a language"
    ):
        negatives("sv")
