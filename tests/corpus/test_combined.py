"""Several corpora as one: rows, texts and groups are those of the corpora."""

from pathlib import Path

import numpy as np
import pytest

from langmix.corpus.combined import mix
from langmix.store import Store
from tests.corpus.user_files import grouping
from tests.sampling.sample_corpus import corpus_of


@pytest.fixture
def corpora():
    return {
        "a": corpus_of([{"en": "qp"}, {"en": "q"}], ("en",), groups=["1", "2"]),
        "b": corpus_of([{"de": "qp", "en": "p"}] * 3, ("de", "en"), groups=["1", "1", "2"]),
    }


NO_STORE = Store(Path("unused"))  # what is combined is there


def combined(corpora, languages=None, split="train", **mixing):
    return mix(
        "mix", {name: lambda c=c, **_: c for name, c in corpora.items()}, languages, mixing, split, store=NO_STORE
    )


def test_rows_follow_each_other(corpora):
    corpus = combined(corpora)
    assert (len(corpus), corpus.languages) == (5, ("en", "de"))
    assert corpus.parts == {"a": range(2), "b": range(2, 5)}
    np.testing.assert_array_equal(corpus.has("query"), [[1, 0], [1, 0], [0, 1], [0, 1], [0, 1]])
    np.testing.assert_array_equal(corpus.has("passage"), [[1, 0], [0, 0], [1, 1], [1, 1], [1, 1]])
    assert corpus.ids(np.array([4, 0])) == ["b:id2", "a:id0"]
    rows, languages = np.array([3, 0, 2]), np.array([1, 0, 0])
    assert corpus.texts("passage", rows, languages) == ["passage 1 de", "passage 0 en", "passage 0 en"]


def test_groups_of_different_corpora_differ(corpora):
    assert grouping(combined(corpora)) == [0, 1, 2, 2, 3]


def test_languages_asked_for_decide_what_is_used(corpora):
    corpus = combined(corpora, ["de"])
    assert corpus.languages == ("de",)
    np.testing.assert_array_equal(corpus.has("query"), [[0], [0], [1], [1], [1]])


def test_the_fingerprint_knows_how_is_mixed(corpora):
    seen = {
        combined(corpora).fingerprint,
        combined(corpora, weighting="uniform").fingerprint,
        combined(corpora, batches="mixed").fingerprint,
        combined(corpora, ["de", "en"]).fingerprint,
        combined(dict(reversed(corpora.items()))).fingerprint,
    }
    assert len(seen) == 5
    assert combined(corpora).fingerprint in seen


def test_validation_batches_are_mixed(corpora):
    assert combined(corpora, split="validation").mixing.batches == "mixed"
    assert combined(corpora).mixing.batches == "one_corpus"
