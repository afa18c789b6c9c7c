"""Mined negatives are the best passages of BM25 outside the pair's group, mined once."""

import logging
import math
import pickle
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from langmix.corpus.jsonl import jsonl
from langmix.negatives import bm25
from langmix.negatives.drawn import NegativePlan
from langmix.negatives.mined import K1, B
from langmix.negatives.words import words
from tests.sampling.sample_corpus import corpus_of

DEPTH = 8


@pytest.fixture
def mined(corpus, tmp_path):
    return bm25(corpus, 0, DEPTH, 2, "any", tmp_path).candidates


def read(candidates, row, language):
    """The candidates of a pair in a language: texts and group codes."""
    places = np.arange(candidates.counts(np.array([row]))[0, language])
    return candidates.read(NegativePlan(np.full_like(places, row), np.full_like(places, language), places))


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
    checked = short = 0
    for number, language in enumerate(corpus.languages):
        passages = list(dict.fromkeys(text for text in table[f"passage.{language}"] if text is not None))
        for row, query in enumerate(table[f"query.{language}"]):
            texts, _ = read(mined, row, number)
            if query is None:
                assert texts == []
                continue
            of_group = {
                text
                for text, group in zip(table[f"passage.{language}"], table["group"], strict=True)
                if group == table["group"][row]
            }
            of = dict(zip(passages, scores(query, passages), strict=True))
            expected = sorted((s for text, s in of.items() if text not in of_group and s > 0), reverse=True)[:DEPTH]
            assert [of[text] for text in texts] == pytest.approx(expected, rel=1e-5)
            assert len(set(texts)) == len(texts)
            assert not of_group & set(texts)
            checked, short = checked + 1, short + (len(texts) < DEPTH)
    assert checked > 100
    assert short > 0


def test_a_mined_negative_is_never_of_the_pairs_group(corpus, mined):
    groups = corpus.groups[np.arange(len(corpus))]
    for language in range(len(corpus.languages)):
        for row in range(len(corpus)):
            assert groups[row] not in read(mined, row, language)[1]


def test_a_question_that_has_no_word_in_common_with_any_passage_has_none(mined):
    assert mined.counts(np.array([7]))[0, 0] == 0


def test_a_corpus_without_a_word_has_no_candidates(tmp_path):
    corpus = corpus_of([{"en": "qp"}, {"en": "q"}], ("en", "de"))
    assert bm25(corpus, 0, 3, 1, "any", tmp_path).candidates.counts(np.arange(2)).tolist() == [[0, 0], [1, 0]]


def test_mined_once_by_corpus_and_depth(corpus, tmp_path, caplog):
    caplog.set_level(logging.INFO, "langmix.negatives")

    def mine(of=corpus, depth=DEPTH, count=1):
        return bm25(of, 0, depth, count, "positive", tmp_path).candidates.counts(np.arange(len(of)))

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
    corpus = jsonl("squad", files, None, columns, None, tmp_path, 0.0)
    candidates = bm25(corpus, 0, 5, 1, "positive", tmp_path).candidates
    rows = np.arange(len(corpus))
    assert (candidates.counts(rows) == 5).mean() > 0.99
    names = corpus.group_names(rows)
    paragraph = dict(zip(corpus.groups[rows].tolist(), names, strict=True))
    of_article, alike = Counter(name.split("-")[0] for name in names), []
    for row in range(0, len(corpus), 50):
        texts, codes = read(candidates, row, 0)
        found = [paragraph[code] for code in codes.tolist()]
        assert len(set(texts)) == len(texts)
        assert names[row] not in found
        alike += [name.split("-")[0] == names[row].split("-")[0] for name in found]
    chance = sum(n**2 for n in of_article.values()) / len(rows) ** 2
    # Paragraphs that look like an answer are often of the same article.
    assert np.mean(alike) > 10 * chance
