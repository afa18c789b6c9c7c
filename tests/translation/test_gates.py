"""Each gate on rows whose values are plain to see."""

import numpy as np
import pytest

from langmix.encoder.backbone import random
from langmix.languages import table
from langmix.store import Store
from langmix.translation.gates import Outcome, Row, copied, gates, repeated, verbatim
from langmix.translation.similarity import Similarity

LIMITS = {"language": 0.5, "script": 0.7, "length": 1.0, "copy": 0.8, "repetition": 2, "unknown": 0.4, "verbatim": 0.5}
SIDES = ("query", "passage")
USUAL = dict.fromkeys(SIDES, 1.0)
SOURCE = ("Where does the river flow in 1998?", "The river flows through the old town since 1998.")
GOOD = ("¿Dónde fluye el río en 1998?", "El río fluye por la ciudad vieja desde 1998.")


def judged(*targets, unknown=0, limits=LIMITS):
    outcome = Outcome(gates(limits, "es", ["en", "es", "pt"], USUAL))
    return outcome.judge([Row(SIDES, SOURCE, target, unknown) for target in targets]), outcome


def test_the_first_gate_that_holds_a_row_up_is_told():
    reasons, outcome = judged(
        GOOD,
        ("Onde corre o rio em 1998?", "O rio corre através da cidade velha desde 1998, dizem os moradores."),
        (GOOD[0], "El río."),
        (SOURCE[0], GOOD[1]),
        (GOOD[0], "El río fluye, el río fluye, el río fluye, el río fluye desde 1998."),
        ("¿Dónde fluye el río?", GOOD[1]),
    )
    assert reasons == [None, "language", "length", "copy", "repetition", "verbatim"]
    assert outcome.kept == 1
    assert outcome.dropped == {"language": 1, "length": 1, "copy": 1, "repetition": 1, "verbatim": 1}
    assert set(outcome.seconds) == set(LIMITS)
    assert judged(GOOD, unknown=7)[0] == ["unknown"]  # of 16 words
    assert judged(GOOD, unknown=6)[0] == [None]
    assert judged(GOOD, unknown=None)[0] == [None]


def test_a_gate_without_a_threshold_measures():
    reasons, outcome = judged((SOURCE[0], GOOD[1]), limits={})
    assert reasons == [None]
    assert np.concatenate(outcome.values["copy"]).tolist() == [1.0]


def test_languages_that_cannot_be_told_apart_pass():
    for target, languages in (("es", ["es"]), ("yue", ["en", "yue"])):
        found = gates({"language": 0.9}, target, languages, USUAL)[0]
        values = found.values([Row(("query",), ("a",), ("b",), None)])
        assert np.isnan(values).all()
        assert found.passes(values).all()


@pytest.mark.parametrize(
    ("measure", "source", "target", "value"),
    [
        (copied, "a b c d", "a b c d", 1.0),
        (copied, "a b c d", "w x a y", 0.25),
        (copied, "a b", "a a", 0.5),
        (copied, "in 1998", "1998", 0.0),
        (repeated, "x y", "go on go on go on go on", 3.0),
        (repeated, "no no no no", "nein nein nein nein", 0.0),
        (repeated, "x", "哈哈哈哈哈哈", 4.0),
        (repeated, "x", "alpha beta gamma", 0.0),
        (verbatim, "see http://a.b/c, {x} and 12", "http://a.b/c, {x} 12", 1.0),
        (verbatim, "12 and 13", "१२ और", 0.5),
        (verbatim, "۱۹۹۰ میں", "1990 में", 1.0),
    ],
)
def test_values(measure, source, target, value):
    assert measure(source, target) == value


def test_nothing_to_keep_is_no_value():
    assert np.isnan(verbatim("no numbers", "keine"))


def test_length_is_told_by_what_is_usual():
    short = gates({"length": 0.5}, "zh", ["zh"], {"query": 0.25, "passage": 0.25})[2]
    assert short.values([Row(SIDES, ("a" * 8, "b" * 8), ("x" * 2, "y" * 2), None)]).tolist() == [0.0]
    assert short.values([Row(SIDES, ("a" * 8, "b" * 8), ("x" * 2, "y" * 8), None)]).tolist() == [2.0]


@pytest.mark.parametrize(
    ("target", "text", "share"),
    [
        ("hi", "क्या کیا", 2 / 5),
        ("es", "¿Qué 123?", 1.0),
        ("ja", "ひらがなカタ漢字abcd", 8 / 12),
        ("zh-Hant", "漢字", 1.0),
        ("sr-Latn", "реч", 0.0),
        ("ko", "한국 ABC", 2 / 5),
    ],
)
def test_script(target, text, share):
    gate = gates({}, target, ["en", target], USUAL)[1]
    assert gate.name == "script"
    assert gate.values([Row(("query",), ("x",), (text,), None)]).tolist() == [share]


def test_every_script_of_the_table_is_one_of_unicode():
    for code, language in table().items():
        values = gates({}, code, ["en", code], USUAL)[1].values([Row(("query",), ("x",), ("a",), None)])
        assert values.tolist() == [float(language.script == "Latin")], code


def test_similarity_is_how_many_others_are_nearer(tmp_path):
    backbone = random(
        name="toy",
        seed=0,
        pooling="mean",
        query_prefix="",
        passage_prefix="",
        max_query_tokens=32,
        max_passage_tokens=64,
        store=Store.open(tmp_path),
    )
    texts = [f"text number {n} of {n * 17} things" for n in range(20)]
    right = [Row(SIDES, (text, text), (text, text), None) for text in texts]
    wrong = [Row(SIDES, (text, text), (other, other), None) for text, other in zip(texts, texts[::-1], strict=True)]
    similarity = Similarity.of(backbone)
    assert similarity(right).tolist() == [0.0] * 20
    assert (similarity(wrong) > 0).all()
    assert similarity([]).tolist() == []
    assert similarity.nearest(texts[3], texts) == 3
    gate = gates({"similarity": 0.01}, "es", ["en", "es"], USUAL, similarity)[-1]
    assert not gate.passes(gate.values(wrong)).any()
