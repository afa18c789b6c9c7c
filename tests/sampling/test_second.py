"""The second language of a batch's queries."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from langmix.errors import LangmixError
from langmix.sampling import SecondLanguages, x_x

from .sample_corpus import corpus_of, full_corpus

LANGUAGES = ("de", "en", "fi", "th")


@st.composite
def corpora(draw):
    """At least eight pairs in one language, some of them and others in more."""
    rows = [{"en": "qp"} for _ in range(8)]
    for row in rows + [{} for _ in range(draw(st.integers(0, 8)))]:
        for language in draw(st.lists(st.sampled_from(LANGUAGES), max_size=4)):
            row[language] = draw(st.sampled_from(["q", "qp"])) if row.get(language) != "qp" else "qp"
    rows[0] |= {"de": "q"}
    return corpus_of(rows, LANGUAGES)


@settings(max_examples=60)
@given(corpora(), st.sampled_from([None, "de", "en"]), st.integers(0, 5))
def test_every_query_that_has_another_language_gets_one(corpus, pivot, step):
    plan = x_x(corpus, 4, seed=3).plan(step)
    seconds = SecondLanguages(corpus, 3, pivot)
    whole = seconds.added(plan)
    exist = corpus.has("query")
    for row, query, second in zip(plan.rows, plan.query_languages, whole.second_languages, strict=True):
        may = [code for code in np.flatnonzero(exist[row]) if code != query]
        may = may if pivot is None else [code for code in may if LANGUAGES[code] == pivot]
        assert second in may if may else second == -1
    parts = [whole.share(rank, 3) for rank in range(3)]
    assert np.array_equal(np.concatenate([part.second_languages for part in parts]), whole.second_languages)
    assert np.array_equal(seconds.added(plan).second_languages, whole.second_languages)
    assert sum(whole.second_by_language().values()) == whole.with_second.sum()


def test_languages_are_equally_likely_and_differ_between_steps_and_seeds():
    corpus = full_corpus(512, LANGUAGES)
    plan = x_x(corpus, 512, seed=0).plan(0)
    drawn = SecondLanguages(corpus, 0).added(plan)
    pairs = np.stack([plan.query_languages, drawn.second_languages], axis=1)
    counts = np.unique(pairs, axis=0, return_counts=True)[1]
    assert len(counts) == 12
    # 512 draws over 12 cells: within four standard deviations of 42.7
    assert np.abs(counts - 512 / 12).max() < 4 * np.sqrt(512 / 12)
    other_seed = SecondLanguages(corpus, 1).added(plan)
    assert not np.array_equal(other_seed.second_languages, drawn.second_languages)


def test_a_corpus_counts_the_pairs_that_it_can_serve():
    corpus = corpus_of([{"en": "qp", "de": "q"}, {"en": "qp"}, {"de": "q", "fi": "qp"}], LANGUAGES)
    assert SecondLanguages(corpus, 0).pairs == 2
    assert SecondLanguages(corpus, 0, "en").pairs == 1
    with pytest.raises(LangmixError, match=r"^loss=x with loss.pivot=sv: corpus 'sample' has no texts in it \(it has:"):
        SecondLanguages(corpus, 0, "sv", "loss=x")
    with pytest.raises(LangmixError, match=r"^this needs questions in two languages, one of them th: corpus 'sample'"):
        SecondLanguages(corpus, 0, "th")
