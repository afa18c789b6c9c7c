"""Figures of language bias that are no means over queries, as functions of how often each question is drawn."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from langmix.measures.concordance import complete_blocks, w_of_totals
from langmix.measures.evidence import Evidence
from langmix.measures.language_share import divergence, language_share, relevant_share
from langmix.measures.pooled_answers import PooledAnswers
from langmix.measures.rank_distance import rank_distance
from langmix.measures.single_answer import single_answer_ap

ALL = "all"  # the macro mean over query languages
MULTILINGUAL = "multilingual"

Floats = npt.NDArray[np.float64]
Value = Callable[[Floats], Floats]

_DRAWS_PER_BLOCK = 512  # of the weighted median, to bound its memory


@dataclass(frozen=True)
class OverQuestions:
    """One figure, for questions as they are and for questions drawn anew.

    Attributes:
        setting: Always `MULTILINGUAL`: bias shows in the pool.
        measure: What the figure is called.
        language: Query language, or `ALL` for the macro mean over those in which the figure is defined.
        questions: Names of all questions, sorted: the columns of the weights.
        value: From how often each question is drawn ``[draws, questions]``, 0 or more, to the figure ``[draws]``. Ones
            give the figure itself. NaN where what is drawn leaves it undefined, in any language for `ALL`.
    """

    setting: str
    measure: str
    language: str
    questions: Sequence[str]
    value: Value


def figures(evidence: Evidence) -> list[OverQuestions]:
    """Every figure of language bias that is no mean over queries, by measure, and by language after `ALL`.

    - ``rank_distance_median`` ↓
    - ``single_answer_same_language`` ↑, ``single_answer_other_language`` ↑ (mAP with the answer of one language in the
      pool) and ``single_answer_bias`` (their difference, 0 is unbiased)
    - ``topk_kl`` ↓ (bits): languages of the top k against those of the relevant candidates
    - ``kendall_w`` ↓ and ``kendall_w_chance``, what a language-blind system has

    Left out where a figure is not defined.
    """
    question_of, names = pd.factorize(np.array(evidence.query_questions, dtype=object), sort=True)
    questions: list[str] = names.tolist()
    answers, ones = PooledAnswers.of(evidence), np.ones((1, len(questions)))
    defined: dict[str, dict[str, Value]] = {}
    for code, language in enumerate(evidence.languages):
        for measure, value in _of_language(evidence, answers.asked_in(code), code, question_of):
            if np.isfinite(value(ones)).all():
                defined.setdefault(measure, {})[language] = value
    return [
        OverQuestions(MULTILINGUAL, measure, language, questions, value)
        for measure, values in defined.items()
        for language, value in {ALL: _macro(list(values.values())), **values}.items()
    ]


def _macro(values: Sequence[Value]) -> Value:
    return lambda weights: np.mean([value(weights) for value in values], axis=0)


def _of_language(
    evidence: Evidence, own: PooledAnswers, code: int, question_of: npt.NDArray[np.int64]
) -> Iterator[tuple[str, Value]]:
    """The figures of the queries in one language."""
    of_lists, count = question_of[own.queries], int(question_of.max()) + 1
    yield "rank_distance_median", _median(rank_distance(own.lists), of_lists)

    alone = _means(single_answer_ap(own), of_lists, count)
    others = np.arange(own.language_count) != code
    others &= np.isfinite(alone(np.ones((1, count)))[0])

    def same_and_other(weights: Floats) -> tuple[Floats, Floats]:
        means = alone(weights)
        return means[:, code], means[:, others].mean(axis=1) if others.any() else np.full(len(weights), np.nan)

    yield "single_answer_same_language", lambda weights: same_and_other(weights)[0]
    yield "single_answer_other_language", lambda weights: same_and_other(weights)[1]
    yield "single_answer_bias", lambda weights: np.subtract(*same_and_other(weights))

    asked = evidence.query_languages == code
    found, wanted = (
        _means(share(evidence)[asked], question_of[asked], count) for share in (language_share, relevant_share)
    )
    yield f"top{evidence.top.k}_kl", lambda weights: divergence(found(weights), wanted(weights))

    agreement = _agreement(own, of_lists, count)
    yield "kendall_w", lambda weights: agreement(weights)[0]
    yield "kendall_w_chance", lambda weights: agreement(weights)[1]


def _means(values: Floats, question_of: npt.NDArray[np.int64], count: int) -> Callable[[Floats], Floats]:
    """Mean of each column of ``values [queries, columns]`` over the queries for which it is defined."""
    known = np.isfinite(values)
    sums, sizes = (_by_question(each, question_of, count) for each in (np.where(known, values, 0.0), known))

    def means(weights: Floats) -> Floats:
        totals, numbers = weights @ sums, weights @ sizes
        found: Floats = np.divide(totals, numbers, out=np.full(totals.shape, np.nan), where=numbers > 0)
        return found

    return means


def _by_question(values: npt.NDArray[np.generic], question_of: npt.NDArray[np.int64], count: int) -> Floats:
    """Sums of ``values [queries, columns]`` over the queries of each question, ``[questions, columns]``."""
    columns = [np.bincount(question_of, column, count) for column in values.T]
    return np.stack(columns, axis=1) if columns else np.empty((count, 0))


def _median(values: Floats, question_of: npt.NDArray[np.int64]) -> Value:
    """Median of ``values [queries]`` over the queries for which it is defined, each as often as it is drawn."""
    order = np.argsort(values)  # NaN last
    order = order[: np.isfinite(values).sum()]
    ordered, columns = values[order], question_of[order]

    def of_block(weights: Floats) -> Floats:
        if not len(ordered):
            return np.full(len(weights), np.nan)
        reached = weights[:, columns].cumsum(axis=1)
        half = reached[:, -1:] / 2
        last = len(ordered) - 1
        lower, upper = (np.minimum(below.sum(axis=1), last) for below in (reached < half, reached <= half))
        return np.where(half[:, 0] > 0, (ordered[lower] + ordered[upper]) / 2, np.nan)

    def median(weights: Floats) -> Floats:
        starts = range(0, len(weights), _DRAWS_PER_BLOCK)
        return np.concatenate([of_block(weights[start : start + _DRAWS_PER_BLOCK]) for start in starts])

    return median


def _agreement(
    own: PooledAnswers, question_of: npt.NDArray[np.int64], count: int
) -> Callable[[Floats], tuple[Floats, Floats]]:
    """Kendall's W and its chance level, as in `concordance`: of the groups of queries that are two or more as drawn."""
    sizes, languages, columns = [], [], [np.empty((count, 0))]
    for lists, places in complete_blocks(own):
        sizes.append(_by_question(np.ones((len(lists), 1)), question_of[lists], count))
        columns.append(_by_question(places, question_of[lists], count))
        languages.append(places.shape[1])
    of_groups, of_places, ends = np.hstack([np.empty((count, 0)), *sizes]), np.hstack(columns), np.cumsum(languages)

    def agreement(weights: Floats) -> tuple[Floats, Floats]:
        numbers, totals = weights @ of_groups, np.split(weights @ of_places, ends[:-1], axis=1)
        numbers[numbers < 2] = 0
        drawn = numbers.sum(axis=1)
        ws = np.zeros(numbers.shape)
        for group, languages_places in enumerate(totals[: len(ends)]):
            ws[:, group] = w_of_totals(languages_places, numbers[:, group])
        with np.errstate(invalid="ignore"):
            return (numbers * np.nan_to_num(ws)).sum(axis=1) / drawn, (numbers > 0).sum(axis=1) / drawn

    return agreement
