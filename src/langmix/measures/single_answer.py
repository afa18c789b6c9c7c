"""Question language by answer language: effectiveness with the answer of one language in the pool at a time."""

import numpy as np
import numpy.typing as npt

from langmix.measures.average_precision import average_precision
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
