"""Claims: on the published tables by what is printed, on our runs by our studies, and never by the wrong one."""

from dataclasses import replace

import pandas as pd

from langmix.studies.claims import checked
from langmix.studies.plan import names

from .test_answer import results, tables  # noqa: F401  # fixtures


def found(answers=(), collections=()):
    return {each.says: each for each in checked(dict(answers), dict(collections))}


def test_every_study_that_a_claim_asks_for_is_there():
    told = [each.evidence.removeprefix("langmix study ") for each in found().values() if each.kind == "our runs"]
    assert set(told) == {"not run"}
    assert {"rq1", "rq2", "rq3", "rq4", "rq5", "pooled", "rq2_mlqa"} <= set(names())


def test_the_multilingual_claim_fails_where_it_is_printed_so():
    """Table 3: .5927 of hybrid and .5934 of x_y, XLM-R on XQuAD-R."""
    claim = found()["Hybrid is the best in the multilingual setting."]
    assert claim.word == "contradicted"
    assert "not XLM-R on xquad_r, multilingual (pooled) mAP: .5927 to x_y's .5934" in claim.evidence
    assert claim.evidence.startswith("21 of 24 printed means; ")


def test_the_cross_lingual_claim_holds_everywhere():
    claim = found()["Hybrid is better than both baselines in the cross-lingual setting."]
    assert (claim.word, claim.evidence) == ("supported", "8 of 8 printed means")


def test_bias_falls_where_lower_is_better():
    claim = found()["Language bias is substantially lower than with monolingual batches."]
    assert (claim.word, claim.evidence) == ("supported", "4 of 4 printed means")


def test_what_cannot_be_tested_gets_no_word():
    assert {each.word for each in found().values() if each.kind == "not testable offline"} == {""}
    assert all(each.word for each in found().values() if each.kind != "not testable offline")


def test_facts_of_the_data_are_counted(results):  # noqa: F811
    says = "MLQA-R is in 7 languages, which gives 7 monolingual settings and 42 cross-lingual ones."
    assert found()[says].word == "undecided"
    few = found(collections={"mlqa_r": results})[says]
    assert (few.word, few.evidence) == ("contradicted", "4 languages, 0 ordered pairs")
    codes = [f"l{number}" for number in range(7)]
    pairs = [("cross_lingual", one, two) for one in codes for two in codes if one != two]
    lists = pd.DataFrame(pairs, columns=["setting", "query_language", "candidate_language"])
    assert found(collections={"mlqa_r": replace(results, lists=lists)})[says].word == "supported"
