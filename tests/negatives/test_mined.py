"""Mined negatives are the best passages of BM25 outside the pair's group, mined once."""

import logging
import math
import pickle
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from langmix.bm25 import K1, B
from langmix.corpus.jsonl import jsonl
from langmix.negatives import bm25
from langmix.negatives.drawn import NegativePlan
from langmix.store import Store
from langmix.words import words
from tests.negatives.conftest import LANGUAGES
from tests.sampling.sample_corpus import corpus_of

DEPTH = 8


@pytest.fixture
def mined(corpus, tmp_path):
    return bm25(corpus, 0, DEPTH, 2, "any", Store(tmp_path)).candidates


def read(candidates, row, language):
    """The candidates of a pair in a language."""
    places = np.arange(candidates.counts(np.array([row]))[0, language])
    return candidates.texts(NegativePlan(np.full_like(places, row), np.full_like(places, language), places))


def answering(table, row, language):
    """The passages in a language that answer a pair's question, by their definition."""

    def same(one, other, side):
        texts = [{table[f"{side}.{code}"][at] for code in LANGUAGES} - {None} for at in (one, other)]
        return bool(texts[0] & texts[1])

    pairs = range(len(table["id"]))
    asking = [other for other in pairs if other == row or same(row, other, "query")]
    return {
        table[f"passage.{language}"][other]
        for other in pairs
        if table["group"][other] == table["group"][row] or any(same(one, other, "passage") for one in asking)
    }


def scores(query, passages):
    """BM25 of a query for passages, word by word as in Robertson and Zaragoza 2009, with Lucene's positive idf."""
    counted = [Counter(words(text)) for text in passages]
    mean_length = sum(map(Counter.total, counted)) / len(counted)
    found = []
    for count in counted:
        score = 0.0
        for word in words(query):
            having = sum(word in other for other in counted)
            idf = math.log(1 + (len(counted) - having + 0.5) / (having + 0.5))
            score += idf * count[word] / (count[word] + K1 * (1 - B + B * count.total() / mean_length))
        found.append(score)
    return found


def test_mined_negatives_are_the_best_of_bm25_by_its_definition(corpus, mined):
    table = corpus.table.to_pydict()
    checked = short = beyond_group = 0
    for number, language in enumerate(corpus.languages):
        passages = list(dict.fromkeys(text for text in table[f"passage.{language}"] if text is not None))
        for row, query in enumerate(table[f"query.{language}"]):
            texts = read(mined, row, number)
            if query is None:
                assert texts == []
                continue
            out = answering(table, row, language)
            beyond_group += len(
                out
                - {
                    t
                    for t, g in zip(table[f"passage.{language}"], table["group"], strict=True)
                    if g == table["group"][row]
                }
            )
            of = dict(zip(passages, scores(query, passages), strict=True))
            expected = sorted((s for text, s in of.items() if text not in out and s > 0), reverse=True)[:DEPTH]
            assert [of[text] for text in texts] == pytest.approx(expected, rel=1e-5)
            assert len(set(texts)) == len(texts)
            assert not out & set(texts)
            checked, short = checked + 1, short + (len(texts) < DEPTH)
    assert checked > 100
    assert beyond_group > 100
    assert short > 0


def test_a_question_that_has_no_word_in_common_with_any_passage_has_none(mined):
    assert mined.counts(np.array([7]))[0, 0] == 0


def test_a_corpus_without_a_word_has_no_candidates(tmp_path):
    corpus = corpus_of([{"en": "qp"}, {"en": "q"}], ("en", "de"))
    assert bm25(corpus, 0, 3, 1, "any", Store(tmp_path)).candidates.counts(np.arange(2)).tolist() == [[0, 0], [1, 0]]


def test_mined_once_by_corpus_and_depth(corpus, tmp_path, caplog):
    caplog.set_level(logging.INFO, "langmix.negatives")

    def mine(of=corpus, depth=DEPTH, count=1):
        return bm25(of, 0, depth, count, "positive", Store(tmp_path)).candidates.counts(np.arange(len(of)))

    first = mine()
    assert len(caplog.records) == 3
    assert (mine(count=5) == first).all()
    assert len(caplog.records) == 3
    assert (mine(depth=3) == np.minimum(first, 3)).all()
    mine(replace(corpus, fingerprint="e" * 64))
    assert len(caplog.records) == 9
    assert len(list((tmp_path / "negatives").glob("*/DONE"))) == 3


def test_another_process_maps_the_file_itself(mined):
    counts = mined.counts(np.arange(60))
    sent = pickle.dumps(mined)
    assert b"negatives.arrow" not in sent
    assert (pickle.loads(sent).counts(np.arange(60)) == counts).all()  # noqa: S301


def test_squad_parallel(data, tmp_path):
    columns = {"id": "id", "query": "question", "passage": "passage", "group": "para_id", "language": None}
    files = {"en": data / "squad_parallel" / "en.jsonl.gz"}
    corpus = jsonl("squad", files, None, columns, None, Store(tmp_path), 0.0)
    candidates = bm25(corpus, 0, 5, 1, "positive", Store(tmp_path)).candidates
    rows = np.arange(len(corpus))
    assert (candidates.counts(rows) == 5).mean() > 0.99
    names = corpus.group_names(rows)
    of_passage = {}
    for name, text in zip(names, corpus.texts("passage", rows, np.zeros_like(rows)), strict=True):
        of_passage.setdefault(text, set()).add(name)
    of_article, alike = Counter(name.split("-")[0] for name in names), []
    for row in range(0, len(corpus), 50):
        texts = read(candidates, row, 0)
        assert len(set(texts)) == len(texts)
        found = [of_passage[text] for text in texts]
        assert not any(names[row] in some for some in found)
        alike += [any(name.split("-")[0] == names[row].split("-")[0] for name in some) for some in found]
    chance = sum(n**2 for n in of_article.values()) / len(rows) ** 2
    # Paragraphs that look like an answer are often of the same article.
    assert np.mean(alike) > 10 * chance
