"""The atlas as a training corpus and as a collection."""

from collections.abc import Callable

import numpy as np
import pytest

from langmix.atlas import LANGUAGES, items
from langmix.collection import Collection
from langmix.collection.atlas import atlas as collection
from langmix.corpus import ParallelCorpus
from langmix.corpus.atlas import atlas as corpus
from langmix.errors import LangmixError


def test_corpus_has_the_languages_in_the_order_asked_for() -> None:
    made = corpus(["sw", "en"], "validation")
    pairs = items("validation")
    assert isinstance(made, ParallelCorpus)
    assert made.languages == ("sw", "en")
    assert made.table.column_names == ["id", "group", "query.sw", "passage.sw", "query.en", "passage.en"]
    assert len(made) == len(pairs)
    assert made.table.column("id").to_pylist() == [item.id for item in pairs]
    assert made.table.column("group").to_pylist() == [item.passage_id for item in pairs]
    assert made.has("query").all()
    assert made.texts("passage", np.array([3, 5]), np.array([1, 0])) == [
        pairs[3].passages["en"],
        pairs[5].passages["sw"],
    ]


def test_corpus_trains_on_the_train_split_by_default() -> None:
    assert len(corpus(["en"])) == len(items("train"))


def test_corpus_fingerprint_follows_the_content() -> None:
    made = [
        corpus(languages, "validation").fingerprint for languages in (["en", "sw"], ["en", "sw"], ["sw", "en"], ["en"])
    ]
    assert made[0] == made[1]
    assert len(set(made)) == 3
    assert corpus(["en"], "test").fingerprint not in made


def test_collection_judges_every_language() -> None:
    made = collection(["tr", "en", "th"])
    questions = items("test")
    passages = {item.passage_id: item.passages for item in questions}
    assert isinstance(made, Collection)
    assert made.languages == ("tr", "en", "th")
    assert len(made.query_ids) == len(set(made.query_ids)) == 3 * len(questions)
    assert len(made.candidate_ids) == len(set(made.candidate_ids)) == 3 * len(passages)
    assert made.query_languages.tolist() == sorted(made.query_languages.tolist())
    assert made.candidate_languages.tolist() == sorted(made.candidate_languages.tolist())
    assert made.relevant.shape == (9 * len(questions), 2)
    by_id = {item.id: item for item in questions}
    for query, candidate in made.relevant[::37].tolist():
        item = by_id[made.query_questions[query]]
        spoken = made.languages[made.query_languages[query]]
        answered = made.languages[made.candidate_languages[candidate]]
        assert made.query_ids[query] == f"{spoken}/{item.id}"
        assert made.query_texts[query] == item.questions[spoken]
        assert made.candidate_ids[candidate] == f"{answered}/{item.passage_id}"
        assert made.candidate_texts[candidate] == item.passages[answered]


def test_collection_relevance_is_sorted_and_unique() -> None:
    pairs = [tuple(pair) for pair in collection(["de", "zh"]).relevant.tolist()]
    assert pairs == sorted(set(pairs))


def test_collection_takes_all_languages_by_default() -> None:
    assert collection().languages == LANGUAGES
    assert collection(["en"]).fingerprint != collection(["de"]).fingerprint == collection(["de"]).fingerprint


@pytest.mark.parametrize("make", [corpus, collection])
@pytest.mark.parametrize(
    ("languages", "message"),
    [
        ([], "no languages given.*available: ar bg"),
        (["en", "german"], "unknown language 'german'; did you mean 'de'"),
        (["en", "ja"], "no language 'ja'.*available: ar bg"),
        (["en", "en"], "'en' is given twice"),
    ],
)
def test_wrong_languages(make: Callable[[list[str]], object], languages: list[str], message: str) -> None:
    with pytest.raises(LangmixError, match=message) as error:
        make(languages)
    assert "\n" not in str(error.value)
