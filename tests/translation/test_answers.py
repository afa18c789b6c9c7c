"""Answers are found again: alignment against every way to align, and on people's translations."""

from functools import cache
from math import inf

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from langmix.corpus.published.squad import squad
from langmix.store import Store
from langmix.translation.answers import _BEADS, _cost, aligned, found_again, located
from langmix.translation.sentences import cut, joined, overlapping

LENGTHS = st.lists(st.integers(1, 200), min_size=1, max_size=5)


@settings(max_examples=60)
@given(LENGTHS, LENGTHS)
def test_no_alignment_is_more_probable(some, others):
    ratio = sum(others) / sum(some)

    @cache
    def least(row, column):
        """By recursion from the other end."""
        if row == len(some) and column == len(others):
            return 0.0
        costs = [
            _cost(some[row : row + one], others[column : column + other], ratio) + least(row + one, column + other)
            for one, other in _BEADS
            if row + one <= len(some) and column + other <= len(others)
        ]
        return min(costs, default=inf)

    beads = aligned(some, others)
    cost = sum(_cost([some[n] for n in one], [others[n] for n in other], ratio) for one, other in beads)
    assert [n for one, _ in beads for n in one] == list(range(len(some)))
    assert [n for _, other in beads for n in other] == list(range(len(others)))
    assert cost == pytest.approx(least(0, 0))


def test_what_is_not_one_to_one_is_told_by_what_is_most_similar():
    sentences = ["A first sentence that is long enough. ", "It is short. ", "Then comes a third one of some length."]
    translation = "Ein erster Satz, der lang genug ist. Er ist kurz, und dann kommt ein dritter von einiger Länge."
    asked = []

    def nearest(text, among):
        asked.append(text)
        return 1

    assert found_again(sentences, [0], translation, "de", nearest) == "Ein erster Satz, der lang genug ist."
    assert not asked
    second = "Er ist kurz, und dann kommt ein dritter von einiger Länge."
    assert found_again(sentences, [1], translation, "de") == second
    assert found_again(sentences, [1], translation, "de", nearest) == second
    assert asked == ["It is short. "]


def test_sentences_that_were_joined_are_one_bead():
    assert aligned([50, 20, 30], [50, 52]) == [([0], [0]), ([1, 2], [1])]


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=80), st.sampled_from(["en", "zh", "hi", "sr-Latn"]))
def test_sentences_are_the_text(text, language):
    assert "".join(cut(text, language)) == text


def test_sentences_come_together_as_they_were():
    sentences = cut("One is here. Two is there.\nThree.", "en")
    assert sentences == ["One is here. ", "Two is there.\n", "Three."]
    assert joined(sentences, ["Eins.", "Zwei.", "Drei."], "de") == "Eins. Zwei.\nDrei."
    assert joined(sentences, ["一。", "二。", "三。"], "zh") == "一。二。\n三。"
    assert overlapping(sentences, 14, 18) == [1]
    assert overlapping(sentences, 8, 20) == [0, 1]
    assert overlapping(sentences, 12, 13) == []  # the space between


def test_an_answer_is_a_part_or_the_sentence_most_like_it():
    passage = "The cat sat. A dog ran home. It rained."
    sentences = cut(passage, "en")
    assert located(passage, "dog", sentences) == [1]
    assert located(passage, "sat. A dog", sentences) == [0, 1]
    assert located(passage, "A dog  ran home", sentences) == [1]
    assert located(passage, "Nothing of the kind", sentences) == []


def test_answers_are_found_in_peoples_translations(data, tmp_path):
    """XQuAD's paragraphs in English and German, where the sentence that answers is known on both sides."""
    files = {code: data / "xquad_r" / f"{code}.json.gz" for code in ("en", "de")}
    corpus = squad("xquad", files, None, Store.open(tmp_path), 0.0, answers=True)
    rows = list(range(0, len(corpus), 7))
    import numpy as np

    at = np.array(rows)
    sides = [corpus.texts("passage", at, np.full(len(at), corpus.languages.index(code))) for code in ("en", "de")]
    answers = [corpus.answers(at, code) for code in ("en", "de")]
    right = told = 0
    for english, german, answer, wanted in zip(*sides, *answers, strict=True):
        sentences = cut(english, "en")
        found = found_again(sentences, located(english, answer, sentences), german, "de")
        if found is not None:
            told += 1
            right += wanted in found or found in wanted
    assert told > 0.9 * len(rows)
    assert right > 0.9 * told
