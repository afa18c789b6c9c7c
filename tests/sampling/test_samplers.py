"""Each sampler keeps the language rule that defines it, on every corpus it accepts."""

import os
import subprocess
import sys
from collections import Counter

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest, chisquare

from langmix.errors import LangmixError
from langmix.sampling import en_en, hybrid, x_x, x_x_mono, x_y
from tests.sampling.sample_corpus import corpus_of, full_corpus

LANGUAGES = ("en", "de", "ar")
SAMPLERS = [en_en, x_x, x_x_mono, x_y, hybrid]


def sides(plan):
    languages = np.array(plan.languages)
    return languages[plan.query_languages], languages[plan.passage_languages]


@pytest.mark.parametrize("seed", [0, 1])
def test_language_rules(trio, seed):
    for step in range(50):
        query, passage = sides(en_en(trio, 8, seed).plan(step))
        assert set(query) | set(passage) == {"en"}
        query, passage = sides(x_x(trio, 8, seed).plan(step))
        assert (query == passage).all()
        query, passage = sides(x_x_mono(trio, 8, seed).plan(step))
        assert len(set(query) | set(passage)) == 1
        query, passage = sides(x_y(trio, 8, seed).plan(step))
        assert (query != passage).all()
        plan = hybrid(trio, 8, seed).plan(step)
        query, passage = sides(plan)
        assert (query != passage).all() if plan.kind == "x_y" else len(set(query) | set(passage)) == 1


def test_x_x_and_x_y_mix_languages_inside_a_batch(trio):
    assert set(sides(x_x(trio, 32, 0).plan(0))[0]) == set(LANGUAGES)
    assert len(x_y(trio, 32, 0).plan(0).language_pairs()) == 6


@pytest.mark.parametrize("make", SAMPLERS)
def test_every_pair_once_an_epoch(make):
    sampler = make(full_corpus(96, LANGUAGES), 8, 5)
    assert sampler.steps_per_epoch == 12
    for epoch in range(3):
        rows = np.concatenate([sampler.plan(step).rows for step in range(epoch * 12, epoch * 12 + 12)])
        assert sorted(rows.tolist()) == list(range(96))


def test_epochs_have_different_orders():
    sampler = x_y(full_corpus(96, LANGUAGES), 96, 5)
    assert not np.array_equal(sampler.plan(0).rows, sampler.plan(1).rows)


availabilities = st.lists(
    st.fixed_dictionaries(dict.fromkeys(LANGUAGES, st.sampled_from(["qp", "q", "p", ""]))), min_size=4, max_size=40
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.filter_too_much])
@given(availabilities, st.sampled_from(SAMPLERS), st.integers(2, 8), st.integers(0, 3))
def test_only_texts_that_exist_are_drawn_and_pairs_are_distinct(availability, make, batch_size, seed):
    corpus = corpus_of(availability, LANGUAGES)
    try:
        sampler = make(corpus, batch_size, seed)
    except LangmixError:
        assume(False)
    for step in (0, 1, 2, 17, 5000):
        plan = sampler.plan(step)
        assert len(set(plan.rows.tolist())) == batch_size
        query, passage = sides(plan)
        for row, q, p in zip(plan.rows, query, passage, strict=True):
            assert "q" in availability[row][q]
            assert "p" in availability[row][p]


@settings(max_examples=40, suppress_health_check=[HealthCheck.filter_too_much])
@given(availabilities, st.integers(2, 6))
def test_no_pair_repeats_within_its_kind_before_all_were_seen(availability, batch_size):
    try:
        sampler = x_x_mono(corpus_of(availability, LANGUAGES), batch_size, 0)
    except LangmixError:
        assume(False)
    plans = [sampler.plan(step) for step in range(60)]
    for kind, rows in sampler.servable_rows.items():
        per_pass = rows // batch_size
        own = [p.rows.tolist() for p in plans if p.kind == kind]
        if len(set(sampler.servable_rows.values())) == len(sampler.servable_rows):  # each kind walks its own rows
            first = [row for batch in own[:per_pass] for row in batch]
            assert len(first) == len(set(first))


def test_languages_are_equally_likely():
    sampler = x_x_mono(full_corpus(64, LANGUAGES), 8, 11)
    counts = Counter(sampler.plan(step).kind for step in range(6000))
    assert chisquare(list(counts.values())).pvalue > 1e-3
    assert len(counts) == 3


def test_languages_stay_equally_likely_where_one_has_few_pairs():
    availability = [{"en": "qp", "de": "qp"}] * 10 + [{"en": "qp"}] * 90
    sampler = x_x_mono(corpus_of(availability, ("en", "de")), 5, 2)
    counts = Counter(sampler.plan(step).kind for step in range(4000))
    assert binomtest(counts["x_x_mono:de"], 4000, 0.5).pvalue > 1e-3


@pytest.mark.parametrize(("exponent", "share"), [(0.0, 0.5), (1.0, 10 / 110), (0.3, 10**0.3 / (10**0.3 + 100**0.3))])
def test_language_exponent_weighs_languages_by_size(exponent, share):
    availability = [{"en": "qp", "de": "qp"}] * 10 + [{"en": "qp"}] * 90
    sampler = x_x_mono(corpus_of(availability, ("en", "de")), 5, 2, language_exponent=exponent)
    assert sampler.probabilities["x_x_mono:de"] == pytest.approx(share)


def test_ordered_pairs_are_equally_likely_and_every_text_position_too():
    sampler = x_y(full_corpus(60, LANGUAGES), 20, 3)
    pairs = Counter()
    for step in range(600):
        pairs.update(sampler.plan(step).language_pairs())
    assert len(pairs) == 6
    assert chisquare(list(pairs.values())).pvalue > 1e-3


@pytest.mark.parametrize("alpha", [0.0, 0.3, 0.5, 1.0])
def test_alpha_is_the_share_of_monolingual_batches(alpha):
    sampler = hybrid(full_corpus(64, LANGUAGES), 8, 4, alpha=alpha)
    mono = sum(sampler.plan(step).kind != "x_y" for step in range(4000))
    assert binomtest(mono, 4000, alpha).pvalue > 1e-3 if 0 < alpha < 1 else mono == 4000 * alpha


@pytest.mark.parametrize(("alpha", "make"), [(0.0, x_y), (1.0, x_x_mono)])
def test_the_ends_of_alpha_are_the_other_samplers(alpha, make):
    """So that a curve over alpha may take their cells for its ends."""
    availability = [{"en": "qp", "de": "qp", "ar": "q" if row % 3 else "p"} for row in range(90)]
    corpus = corpus_of(availability, LANGUAGES)
    mixed, pure = hybrid(corpus, 8, 4, alpha=alpha), make(corpus, 8, 4)
    for step in range(200):
        one, other = mixed.plan(step), pure.plan(step)
        assert one.kind == other.kind
        for part in ("rows", "query_languages", "passage_languages"):
            np.testing.assert_array_equal(getattr(one, part), getattr(other, part))


def test_alpha_holds_when_a_language_cannot_be_monolingual():
    availability = [{"en": "qp", "de": "qp", "ar": "q"}] * 50
    sampler = hybrid(corpus_of(availability, LANGUAGES), 8, 0, alpha=0.4)
    assert sum(p for kind, p in sampler.probabilities.items() if kind != "x_y") == pytest.approx(0.4)
    assert "x_x_mono:ar" not in sampler.probabilities


@pytest.mark.parametrize("make", SAMPLERS)
def test_plan_is_pure(make):
    corpus = full_corpus(64, LANGUAGES)
    forward, backward = make(corpus, 8, 9), make(corpus, 8, 9)
    steps = [0, 1, 2, 4095, 4096, 9000]
    later = {step: backward.plan(step) for step in reversed(steps)}
    for step in steps:
        plan = forward.plan(step)
        assert plan.kind == later[step].kind
        assert np.array_equal(plan.rows, later[step].rows)
        assert np.array_equal(plan.query_languages, later[step].query_languages)
        assert np.array_equal(plan.passage_languages, later[step].passage_languages)


def test_plan_is_the_same_in_another_process():
    script = (
        "from tests.sampling.sample_corpus import full_corpus; from langmix.sampling import hybrid;"
        "p = hybrid(full_corpus(64, ('en', 'de', 'ar')), 8, 9).plan(4321);"
        "print(p.kind, p.rows.tolist(), p.query_languages.tolist(), p.passage_languages.tolist())"
    )
    out = {
        subprocess.run(
            [sys.executable, "-c", script],
            env={**os.environ, "PYTHONHASHSEED": str(n), "PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for n in (1, 2)
    }
    assert len(out) == 1


def test_seeds_differ():
    corpus = full_corpus(64, LANGUAGES)
    assert not np.array_equal(x_y(corpus, 8, 0).plan(0).rows, x_y(corpus, 8, 1).plan(0).rows)


@given(st.integers(2, 40), st.integers(1, 8), st.integers(0, 100))
def test_shares_are_disjoint_and_complete(batch_size, world_size, step):
    plan = hybrid(full_corpus(64, LANGUAGES), batch_size, 0).plan(step)
    shares = [plan.share(rank, world_size) for rank in range(world_size)]
    assert np.array_equal(np.concatenate([s.rows for s in shares]), plan.rows)
    assert np.array_equal(np.concatenate([s.query_languages for s in shares]), plan.query_languages)
    assert np.array_equal(np.concatenate([s.passage_languages for s in shares]), plan.passage_languages)
    assert {s.kind for s in shares} == {plan.kind}


def test_bad_input():
    corpus = full_corpus(20, LANGUAGES)
    with pytest.raises(LangmixError, match=r"sampler.alpha=1.2: must be a probability"):
        hybrid(corpus, 4, 0, alpha=1.2)
    with pytest.raises(LangmixError, match=r"sampler=hybrid pairs different languages, but corpus 'sample' has one"):
        hybrid(full_corpus(20, ("de",)), 4, 0)
    with pytest.raises(LangmixError, match="batch_size=32 is more than corpus 'sample' can fill with distinct groups"):
        x_x_mono(corpus, 32, 0)
    grouped = corpus_of([dict.fromkeys(LANGUAGES, "qp")] * 20, LANGUAGES, groups=["a", "b"] * 10)
    with pytest.raises(LangmixError, match="20 pairs in 2 groups; use at most 2"):
        x_y(grouped, 4, 0)
    with pytest.raises(LangmixError, match="no pair of corpus 'sample' has the texts for en_en"):
        en_en(full_corpus(20, ("de", "ar")), 4, 0)
    with pytest.raises(LangmixError, match="at least 2"):
        x_x(corpus, 1, 0)
