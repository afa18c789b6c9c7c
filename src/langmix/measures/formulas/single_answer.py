"""Question language by answer language: effectiveness with the answer of one language in the pool at a time."""

from collections.abc import Callable
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from langmix.measures.asked_in import AskedIn, Floats, Value
from langmix.measures.formulas.average_precision import average_precision
from langmix.measures.measure import HIGHER, NEITHER, Measure, Needs
from langmix.measures.pooled_answers import PooledAnswers
from langmix.measures.relevant_ranks import RelevantRanks


def single_answer_map(answers: PooledAnswers) -> npt.NDArray[np.float64]:
    """Mean AP by question and answer language, other languages' answers removed; ``[languages, languages]``.

    Row = question language, column = answer language. For each query and each language that holds an answer to it, the
    query's relevant candidates in all other languages are taken out of the pool; everything else stays, in all
    languages. A relevant candidate then stands at its pooled rank minus the query's relevant candidates of other
    languages ranked before it, and AP is taken of those of the one language. NaN where no query of a language has an
    answer in the other.

    Unlike the cross-lingual setting, the distractors are in every language; unlike the pooled one, no other
    translation of the answer can hide that this one is not found. Higher is better. This is the analysis of language
    bias in LAReQA (Roy et al. 2020, arXiv 2004.05484) as it was described to this project; the paper's own text on
    it was not read.
    """
    ap, count = single_answer_ap(answers), answers.language_count
    known = np.isfinite(ap)
    means = np.full((count, count), np.nan)
    for code in range(count):
        asked = answers.query_languages == code
        numbers = known[asked].sum(axis=0)
        np.divide(np.nansum(ap[asked], axis=0), numbers, out=means[code], where=numbers > 0)
    return means


def single_answer_ap(answers: PooledAnswers) -> npt.NDArray[np.float64]:
    """AP of the answers in one language, other languages' answers removed; ``[lists, languages]``, NaN without answer.

    See `single_answer_map`.
    """
    lists, count = answers.lists, answers.language_count
    keys = lists.list_of * count + answers.languages
    by_language, order = RelevantRanks.group(keys, lists.ranks)
    of_other_languages = lists.positions[order] - by_language.positions  # ranked before it
    alone = RelevantRanks(by_language.ranks - of_other_languages, by_language.starts)
    ap = np.full(len(lists.starts) * count, np.nan)
    ap[keys[order[alone.starts]]] = average_precision(alone)
    return ap.reshape(-1, count)


def _same_language(asked: AskedIn) -> Value:
    """MAP with only the answer in the query's language in the pool."""
    same_and_other = _same_and_other(asked)
    return lambda weights: same_and_other(weights)[0]


def _other_language(asked: AskedIn) -> Value:
    """MAP with only the answer in another language in the pool, mean over these."""
    same_and_other = _same_and_other(asked)
    return lambda weights: same_and_other(weights)[1]


def _bias(asked: AskedIn) -> Value:
    """What an answer gains by being in the query's language; 0 is unbiased, on either side of which it may lie."""
    same_and_other = _same_and_other(asked)
    return lambda weights: np.subtract(*same_and_other(weights))


@lru_cache(maxsize=1)  # three measures follow from it
def _same_and_other(asked: AskedIn) -> Callable[[Floats], tuple[Floats, Floats]]:
    alone = asked.means_of_lists(single_answer_ap(asked.answers))
    others = np.arange(asked.answers.language_count) != asked.language
    others &= np.isfinite(alone(np.ones((1, asked.questions)))[0])

    def same_and_other(weights: Floats) -> tuple[Floats, Floats]:
        means = alone(weights)
        other = means[:, others].mean(axis=1) if others.any() else np.full(len(weights), np.nan)
        return means[:, asked.language], other

    return same_and_other


_SOURCE = "LAReQA, Roy et al. 2020, arXiv 2004.05484, as described to this project"

MEASURES = (
    Measure(
        "single_answer_same_language",
        "mAP single answer, same lang.",
        HIGHER,
        Needs.QUESTIONS,
        _same_language,
        source=_SOURCE,
        deep=True,
    ),
    Measure(
        "single_answer_other_language",
        "mAP single answer, other lang.",
        HIGHER,
        Needs.QUESTIONS,
        _other_language,
        source=_SOURCE,
        deep=True,
    ),
    Measure("single_answer_bias", "single answer bias", NEITHER, Needs.QUESTIONS, _bias, source=_SOURCE, deep=True),
)
