"""Several corpora as one: every sampler keeps its rule, and the corpora their shares."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest, chisquare

from langmix.corpus.combined import mix
from langmix.corpus.mixing import Mixing
from langmix.errors import LangmixError
from langmix.sampling import en_en, hybrid, x_x, x_x_mono, x_y
from langmix.sampling.shares import realised
from langmix.sampling.stream import places
from langmix.store import Store
from tests.sampling.sample_corpus import corpus_of, full_corpus

LANGUAGES = ("en", "de", "ar")
SAMPLERS = [en_en, x_x, x_x_mono, x_y, hybrid]
MODES = ["one_corpus", "mixed"]
WEIGHTINGS = ["proportional", "temperature", "uniform", "capped"]


NO_STORE = Store(Path("unused"))  # what is combined is there


def combined(parts, **mixing):
    return mix("mix", {name: lambda c=c, **_: c for name, c in parts.items()}, None, mixing, store=NO_STORE)


def corpus_shares(sampler):
    """Expected share of the first step's pairs that come from each part of the corpus."""
    shares = dict.fromkeys(sampler.parts, 0.0)
    for choice, chance in zip(sampler._choices, sampler._chances(np.array([0]))[0], strict=True):
        for part, share in choice.parts.items():
            shares[part] += chance * share
    return shares


@pytest.fixture
def trio():
    """Like the paper's: one large corpus that lacks a language, one small in all, one in English only."""
    return {
        "large": full_corpus(900, ("en", "de")),
        "small": full_corpus(90, LANGUAGES),
        "english": full_corpus(60, ("en",)),
    }


def sides(plan):
    languages = np.array(plan.languages)
    return languages[plan.query_languages], languages[plan.passage_languages]


availabilities = st.lists(
    st.fixed_dictionaries(dict.fromkeys(LANGUAGES, st.sampled_from(["qp", "qp", "q", "p", ""]))),
    min_size=1,
    max_size=25,
)
mixtures = st.fixed_dictionaries(
    {
        "weighting": st.sampled_from(WEIGHTINGS),
        "batches": st.sampled_from(MODES),
        "temperature": st.sampled_from([1, 2, 5.5]),
        "cap": st.sampled_from([1, 7, 100]),
    }
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.filter_too_much])
@given(
    st.lists(availabilities, min_size=1, max_size=4),
    mixtures,
    st.sampled_from(SAMPLERS),
    st.integers(2, 6),
    st.integers(0, 3),
)
def test_batches_of_a_mix_hold_existing_texts_of_distinct_pairs(contents, mixing, make, batch_size, seed):
    parts = {f"c{n}": corpus_of(content, LANGUAGES) for n, content in enumerate(contents)}
    corpus = combined(parts, **mixing)
    try:
        sampler = make(corpus, batch_size, seed)
    except LangmixError:
        assume(False)
    availability = [row for content in contents for row in content]
    steps = [0, 1, 2, 17, 5000]
    plans = {step: sampler.plan(step) for step in steps}
    again = make(corpus, batch_size, seed)
    for step in reversed(steps):
        plan, other = plans[step], again.plan(step)
        for name in ("rows", "query_languages", "passage_languages"):
            np.testing.assert_array_equal(getattr(plan, name), getattr(other, name))
        assert len(set(plan.rows.tolist())) == batch_size
        query, passage = sides(plan)
        for row, q, p in zip(plan.rows, query, passage, strict=True):
            assert "q" in availability[row][q]
            assert "p" in availability[row][p]
        if mixing["batches"] == "one_corpus":
            assert sum(any(row in rows for row in plan.rows) for rows in corpus.parts.values()) == 1
        same, mono = (query == passage).all(), len({*query, *passage}) == 1
        assert same if make in (en_en, x_x) else mono or make in (x_y, hybrid)
        assert plan.kind != "x_y" or (query != passage).all()


@settings(max_examples=60, suppress_health_check=[HealthCheck.filter_too_much])
@given(
    st.lists(st.integers(4, 60), min_size=1, max_size=4),
    mixtures,
    st.integers(2, 4),
    st.integers(0, 3),
)
def test_no_pair_repeats_within_a_pass_of_a_mix(sizes, mixing, batch_size, seed):
    corpus = combined({f"c{n}": full_corpus(size, LANGUAGES) for n, size in enumerate(sizes)}, **mixing)
    try:
        sampler = x_x_mono(corpus, batch_size, seed)
    except LangmixError:
        assume(False)
    seen = {}
    for step in range(200):
        plan = sampler.plan(step)
        # Complete corpora: all languages walk one order, of the corpus of the batch or of all corpora.
        number = 0 if mixing["batches"] == "mixed" else int(np.searchsorted(np.cumsum(sizes), plan.rows[0], "right"))
        seen.setdefault(number, []).append(plan.rows)
    for number, batches in seen.items():
        size = sum(sampler._choices[0].stream.places) if mixing["batches"] == "mixed" else sizes[number]
        per_pass = size // batch_size
        for start in range(0, len(batches), per_pass):
            rows = np.concatenate(batches[start : start + per_pass])
            assert len(set(rows.tolist())) == len(rows)


@pytest.mark.parametrize("batches", MODES)
@pytest.mark.parametrize("weighting", WEIGHTINGS)
def test_shares_of_corpora_are_realised(trio, batches, weighting):
    sampler = x_x_mono(combined(trio, weighting=weighting, batches=batches, cap=70), 10, 1)
    weights = {
        "proportional": lambda n: n,
        "temperature": lambda n: n ** (1 / 3),
        "uniform": lambda _: 1,
        "capped": lambda n: min(n, 70),
    }[weighting]
    sizes = {"large": 900, "small": 90, "english": 60}
    serving = {"en": ["large", "small", "english"], "de": ["large", "small"], "ar": ["small"]}
    expected = dict.fromkeys(sizes, 0.0)
    for names in serving.values():
        for name in names:
            expected[name] += weights(sizes[name]) / sum(weights(sizes[n]) for n in names) / 3
    assert corpus_shares(sampler) == pytest.approx(expected)
    found = realised(sampler, range(3000))
    assert found.corpora == pytest.approx(expected, abs=0.03)
    assert found.queries == pytest.approx(dict.fromkeys(LANGUAGES, 1 / 3), abs=0.03)
    assert sum(found.corpora.values()) == pytest.approx(1)


def test_by_size_of_language_and_corpus_every_text_is_as_likely(trio):
    sampler = x_x_mono(combined(trio), 10, 1, language_exponent=1)
    texts = {"large": 1800, "small": 270, "english": 60}
    assert corpus_shares(sampler) == pytest.approx({name: n / 2130 for name, n in texts.items()})


@pytest.mark.parametrize("batches", MODES)
def test_a_corpus_in_english_only_takes_no_part_in_pairs_of_languages(trio, batches):
    sampler = x_y(combined(trio, batches=batches), 10, 0)
    assert corpus_shares(sampler)["english"] == 0
    assert sampler.drawable_parts == {"large", "small"}
    assert realised(sampler, range(200)).corpora["english"] == 0
    assert realised(sampler, range(200)).queries["ar"] > 0


@pytest.mark.parametrize("batches", MODES)
def test_alpha_and_languages_hold_whatever_the_corpora_lack(trio, batches):
    sampler = hybrid(combined(trio, batches=batches), 10, 0, alpha=0.4)
    assert sampler.probabilities == pytest.approx({"x_y": 0.6} | {f"x_x_mono:{code}": 0.4 / 3 for code in LANGUAGES})
    kinds = Counter(sampler.plan(step).kind for step in range(4000))
    assert binomtest(kinds["x_y"], 4000, 0.6).pvalue > 1e-3
    assert chisquare([kinds[f"x_x_mono:{code}"] for code in LANGUAGES]).pvalue > 1e-3


def test_mixed_batches_mix_corpora(trio):
    corpus = combined(trio, weighting="uniform", batches="mixed")
    plan = en_en(corpus, 30, 0).plan(0)
    assert all(np.isin(plan.rows, np.array(rows)).any() for rows in corpus.parts.values())


def test_a_proportional_mix_sees_every_pair_once_an_epoch(trio):
    sampler = en_en(combined(trio, batches="mixed"), 10, 0)
    assert sampler.steps_per_epoch == 105
    for epoch in range(2):
        rows = np.concatenate([sampler.plan(epoch * 105 + step).rows for step in range(105)])
        assert sorted(rows.tolist()) == list(range(1050))


def test_a_mix_of_one_corpus_is_that_corpus():
    corpus = full_corpus(100, LANGUAGES)
    for batches in MODES:
        mixed, plain = hybrid(combined({"only": corpus}, batches=batches), 8, 3), hybrid(corpus, 8, 3)
        for step in range(50):
            np.testing.assert_array_equal(mixed.plan(step).rows, plain.plan(step).rows)
            np.testing.assert_array_equal(mixed.plan(step).query_languages, plain.plan(step).query_languages)


@given(st.lists(st.integers(1, 10**8), min_size=1, max_size=9), st.sampled_from(WEIGHTINGS))
def test_places_repeat_no_row_and_keep_the_shares(sizes, weighting):
    shares = Mixing(weighting, cap=1000).shares(sizes)
    found = np.array(places(sizes, shares))
    assert (found >= 1).all()
    assert (found <= sizes).all()
    np.testing.assert_allclose(found / found.sum(), shares, atol=len(sizes) / found.sum())


def test_bad_mixes(trio):
    for values, message in [
        ({"weighting": "sqrt"}, "corpus.mixing.weighting=sqrt: must be one of proportional temperature uniform capped"),
        ({"batches": "both"}, "corpus.mixing.batches=both: must be one of one_corpus mixed"),
        ({"temperature": 0.5}, "corpus.mixing.temperature=0.5: must be a number from 1"),
        ({"cap": 0}, "corpus.mixing.cap=0: must be a whole number from 1"),
    ]:
        with pytest.raises(LangmixError, match=message):
            combined(trio, **values)
    with pytest.raises(LangmixError, match="batch_size=64 is more than corpus 'english' can fill with distinct groups"):
        en_en(combined(trio), 64, 0)
    with pytest.raises(LangmixError, match="a mix of large small english can fill"):
        en_en(combined(trio, weighting="uniform", batches="mixed"), 200, 0)
    with pytest.raises(LangmixError, match="pairs different languages, but corpus 'mix' has one language: en"):
        x_y(combined({"english": trio["english"]}), 10, 0)
    with pytest.raises(LangmixError, match="has no parts"):
        mix("mix", {"a": None}, None, {}, store=NO_STORE)
    with pytest.raises(LangmixError, match=r"language 'hi' is asked for, but no part has it \(have: en de ar\)"):
        mix("mix", {"a": lambda **_: trio["small"]}, ["hi"], {}, store=NO_STORE)
