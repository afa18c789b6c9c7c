"""No query has a candidate for a negative that answers it."""

import unicodedata
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from langmix.corpus import CombinedCorpus, TableCorpus
from langmix.corpus.jsonl import jsonl
from langmix.errors import LangmixError
from langmix.negatives import bm25, false_negatives, tally
from langmix.negatives import given as given_negatives
from langmix.sampling import BatchPlan, hybrid, x_x, x_x_mono, x_y
from langmix.store import Store

LANGUAGES = ("en", "de")
# Few texts, so that they meet again; each in several spellings.
TEXTS = ["red bird", "blue bird", "green fish", "old fish", "new stone", "grey stone"]
SPELLINGS = [
    str,
    str.upper,
    lambda text: f" {text.replace(' ', chr(0xA0))}\n",
    lambda text: text[0] + "\u00ad" + text[1:],
]


def plain(text):
    return " ".join(unicodedata.normalize("NFKC", text).replace("\u00ad", "").casefold().split())


@st.composite
def tables(draw):
    texts = st.builds(lambda spelling, text: spelling(text), st.sampled_from(SPELLINGS), st.sampled_from(TEXTS))
    pairs = draw(st.integers(8, 14))
    columns = {
        "id": [str(i) for i in range(pairs)],
        "group": draw(st.lists(st.sampled_from("abcdefgh"), min_size=pairs, max_size=pairs)),
    }
    for language in LANGUAGES:
        for side in ("query", "passage"):
            # Most texts are of their pair alone.
            own = [f"{side} {i} {language}" for i in range(pairs)]
            drawn = draw(st.lists(st.one_of(st.none(), st.none(), texts), min_size=pairs, max_size=pairs))
            columns[f"{side}.{language}"] = [text or mine for text, mine in zip(drawn, own, strict=True)]
    columns["passage.de"][draw(st.integers(0, pairs - 1))] = None
    columns["negatives.en"] = draw(st.lists(st.lists(texts, max_size=3), min_size=pairs, max_size=pairs))
    return pa.table({name: pa.array(column) for name, column in columns.items()})


def answering(rows):
    """By definition, for each pair: passages that answer its question, and the pairs whose passages all do."""
    queries, passages = (
        [{plain(row[f"{s}.{c}"]) for c in LANGUAGES if row[f"{s}.{c}"]} for row in rows] for s in ("query", "passage")
    )
    texts = [set().union(*(passages[j] for j in range(len(rows)) if queries[j] & queries[i])) for i in range(len(rows))]
    pairs = [
        {j for j, row in enumerate(rows) if row["group"] == rows[i]["group"] or passages[j] & texts[i]}
        for i in range(len(rows))
    ]
    return texts, pairs


def checked(corpus, rows, negatives, steps=4):
    texts, pairs = answering(rows)
    for make in (x_x, x_x_mono, x_y, hybrid):
        try:
            sampler = make(corpus, 3, seed=0)
        except LangmixError:  # fewer than three groups
            continue
        for step in range(steps):
            plan = sampler.plan(step)
            batch = plan.rows.tolist()
            false = false_negatives(corpus, plan, negatives)
            shares = [false_negatives(corpus, plan, negatives, plan.share(rank, 2)) for rank in range(2)]
            assert np.array_equal(np.concatenate(shares), false)
            expected = [[j != i and j in pairs[i] for j in batch] for i in batch]
            assert false[:, : len(batch)].tolist() == expected
            passages = corpus.texts("passage", plan.rows, plan.passage_languages)
            candidates = passages + ([] if negatives is None else negatives.texts(plan))
            assert false.shape[1] == len(candidates)
            for place, i in enumerate(batch):
                for j, candidate in enumerate(candidates):
                    if j != place and plain(candidate) in texts[i]:
                        assert false[place, j]


@settings(max_examples=25)
@given(tables())
def test_no_sampler_has_an_answer_for_a_negative(table):
    corpus = TableCorpus("made_up", LANGUAGES, table, "0" * 64)
    rows = table.to_pylist()
    checked(corpus, rows, None)
    if any(row["negatives.en"] for row in rows):
        checked(corpus, rows, given_negatives(corpus, 0, 2, "any"))
    with TemporaryDirectory() as store:
        mined = bm25(corpus, 0, 5, 2, "any", Store(Path(store)))
        checked(corpus, rows, mined)
        _, pairs = answering(rows)
        for found in mined.candidates._found:
            for i, candidates in enumerate(found.tolist()):
                assert not pairs[i] & set(candidates)


@settings(max_examples=15)
@given(tables(), st.integers(1, 7))
def test_nor_does_a_mix_of_corpora(table, cut):
    rows = table.to_pylist()
    for number, row in enumerate(rows):
        row["group"] = f"{number < cut}{row['group']}"
    parts = {
        name: TableCorpus(name, LANGUAGES, some, name) for name, some in (("one", table[:cut]), ("two", table[cut:]))
    }
    checked(CombinedCorpus("both", ("de", "en"), parts, "0"), rows, None)


def corpus_of(rows):
    return TableCorpus("mine", ("en",), pa.Table.from_pylist(rows), "0")


def batch_of(*rows):
    codes = np.zeros(len(rows), np.int64)
    return BatchPlan(0, "x", ("en",), np.array(rows), codes, codes)


def row(number, query, passage, **more):
    return {"id": str(number), "group": str(number), "query.en": query, "passage.en": passage} | more


def test_the_answer_to_an_equal_question_is_no_negative_though_its_pair_is_elsewhere():
    corpus = corpus_of([row(0, "Who?", "A."), row(1, "who?", "B."), row(2, "When?", "B."), row(3, "Where?", "C.")])
    assert false_negatives(corpus, batch_of(0, 2, 3)).tolist() == [
        [False, True, False],
        [False, False, False],  # one step and no further: A answers the same as B, but not "When?"
        [False, False, False],
    ]
    corpus = corpus_of([row(0, "Who?", "A.", **{"negatives.en": ["b.", "a. ", "C."]}), row(1, "who?", "B.")])
    negatives = given_negatives(corpus, 0, 3, "positive")
    texts = negatives.texts(batch_of(0))
    false = false_negatives(corpus, batch_of(0), negatives)[0, 1:]
    assert {text for text, out in zip(texts, false, strict=True) if not out} == {"C."}


def test_a_translation_of_an_answer_is_no_negative():
    table = pa.Table.from_pylist(
        [
            row(0, "q0", "same", **{"query.de": "f0", "passage.de": "eine Fassung"}),
            row(1, "q1", "same", **{"query.de": "f1", "passage.de": "andere Fassung"}),
        ]
    )
    corpus = TableCorpus("mine", LANGUAGES, table, "0")
    de = np.ones(2, np.int64)
    plan = BatchPlan(0, "x", LANGUAGES, np.arange(2), de, de)
    assert false_negatives(corpus, plan).tolist() == [[False, True], [True, False]]


def test_tally():
    long = "one two three four five six seven eight nine ten"
    rows = [row(0, "q0", "A."), row(1, "q1", "a."), row(2, "q2", long), row(3, "q3", f"{long}!"), row(4, "q4", "E.")]
    rows += [row(5, "q5", "F.") | {"group": "4"}]
    corpus = corpus_of(rows)

    class Whole:
        def plan(self, step):
            return batch_of(*range(6))

    counted = tally(corpus, Whole(), range(2))
    assert (counted.batches, counted.queries, counted.candidates) == (2, 12, 5)
    assert counted.mean == pytest.approx((4 * 4 + 5 * 2) / 6)
    assert (counted.least, counted.without, counted.sharing, counted.near) == (4, 0, 4, 4)


def test_stored_corpora_keep_their_questions(tmp_path):
    path = tmp_path / "en.jsonl"
    path.write_text("".join(f'{{"id": "{i}", "query": "q{i % 3}", "passage": "p{i}"}}\n' for i in range(40)))
    columns = {"id": "id", "query": "query", "passage": "passage"}
    arguments = ("mine", {"en": path}, None, columns, None, Store(tmp_path / "store"), 0.3)
    for split in ("train", "validation"):
        corpus = jsonl(*arguments, split=split)
        numbers = [int(key) for key in corpus.ids(np.arange(len(corpus)))]
        false = false_negatives(corpus, batch_of(*range(len(corpus))))
        assert false.tolist() == [[i != j and i % 3 == j % 3 for j in numbers] for i in numbers]
    assert corpus.split.pairs == len(corpus)
    assert corpus.split.of_pairs == 40
