import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import entropy

from langmix.errors import LangmixError
from langmix.measures.formulas.language_share import divergence, language_share, relevant_share
from langmix.scoring.top import Top
from tests.measures.made_up import evaluated, found, one_each


def test_shares_by_hand():
    collection = one_each(evaluated(0, questions=1)[0])  # 20 candidates a language
    candidates = np.array([[0, 1, 2, 20], [21, 22, 41, 42], [40, 41, 42, 43]])
    top = Top(candidates, np.ones((3, 4), np.float32))
    assert language_share(found(collection, top=top)).tolist() == [[0.75, 0.25, 0], [0, 0.5, 0.5], [0, 0, 1]]
    assert relevant_share(found(collection)) == pytest.approx(np.full((3, 3), 1 / 3))


@settings(max_examples=15)
@given(st.integers(0, 1000))
def test_shares_are_counts(seed):
    collection, _, _, top = evaluated(seed, k=7)
    shares, wanted = language_share(found(collection, top=top)), relevant_share(found(collection))
    for query in range(len(collection.query_ids)):
        held = collection.candidate_languages[collection.relevant[collection.relevant[:, 0] == query, 1]]
        for language in range(3):
            held_by_top = collection.candidate_languages[top.candidates[query]]
            assert shares[query, language] == pytest.approx((held_by_top == language).sum() / 7)
            expected = (held == language).sum() / len(held) if len(held) else np.nan
            assert wanted[query, language] == pytest.approx(expected, nan_ok=True)


def test_divergence_by_hand():
    assert divergence(np.array([0.5, 0.5]), np.array([0.5, 0.5])) == 0
    # .01 of the uniform distribution over two languages is mixed in
    s, r = np.array([0.995, 0.005]), np.array([0.5, 0.5])
    assert divergence(np.array([1.0, 0.0]), np.array([0.5, 0.5])) == pytest.approx((s * np.log2(s / r)).sum())
    greatest = divergence(np.array([1.0, 0.0]), np.array([0.0, 1.0]))
    assert 7 < greatest < np.log2(2 / 0.01)


@settings(max_examples=20)
@given(st.integers(0, 1000), st.sampled_from([1e-6, 0.01, 0.3]))
def test_divergence_is_that_of_scipy(seed, smoothing):
    rng = np.random.default_rng(seed)
    share, reference = rng.dirichlet(np.full(5, 0.3), size=(2, 4))
    mixed = [(1 - smoothing) * part + smoothing / 5 for part in (share, reference)]
    assert divergence(share, reference, smoothing) == pytest.approx(entropy(*mixed, base=2, axis=1))


def test_smoothing_is_checked():
    with pytest.raises(LangmixError, match="smoothing of language shares is 0; it must be above 0 and at most 1"):
        divergence(np.array([1.0]), np.array([1.0]), 0)
