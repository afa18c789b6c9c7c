"""What measures over questions are given: the queries in one language, and sums over them as questions are drawn."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from langmix.measures.evidence import Evidence
from langmix.measures.pool import Pool
from langmix.measures.pooled_answers import PooledAnswers

Floats = npt.NDArray[np.float64]
Value = Callable[[Floats], Floats]
"""From how often each question is drawn ``[draws, questions]``, 0 or more, to a figure ``[draws]``."""

_DRAWS_PER_BLOCK = 512  # of the weighted median, to bound its memory


@dataclass(frozen=True, eq=False)  # so that what is computed once for several measures can be kept by it
class AskedIn:
    """The queries in one language.

    Attributes:
        pool: What was found.
        language: Index of the language.
        question_of: Number of each query's question, ``[queries]`` of all languages.
        questions: How many questions there are.
    """

    pool: Pool
    language: int
    question_of: npt.NDArray[np.int64]
    questions: int

    @cached_property
    def answers(self) -> PooledAnswers:
        """Pooled ranks of the relevant candidates of these queries."""
        return self.pool.answers.asked_in(self.language)

    @property
    def evidence(self) -> Evidence:
        """What was found, for all languages."""
        return self.pool.evidence

    @cached_property
    def asked(self) -> npt.NDArray[np.bool_]:
        """Which of all queries are in the language, ``[queries]``."""
        return np.asarray(self.evidence.query_languages == self.language)

    @cached_property
    def of_lists(self) -> npt.NDArray[np.int64]:
        """Question of each list of `answers`, ``[lists]``."""
        return self.question_of[self.answers.queries]

    def means_of_lists(self, values: Floats) -> Value:
        """Mean of each column of ``values [lists, columns]`` over the lists for which it is defined."""
        return self._means(values, self.of_lists)

    def means_of_queries(self, values: Floats) -> Value:
        """Mean of each column of ``values [queries, columns]``, of all languages, over the queries in this one."""
        return self._means(values[self.asked], self.question_of[self.asked])

    def by_question(self, values: npt.NDArray[np.generic], lists: npt.NDArray[np.int64]) -> Floats:
        """Sums of ``values [lists, columns]`` over some lists of each question, ``[questions, columns]``."""
        return self._sums(values, self.of_lists[lists])

    def median_of_lists(self, values: Floats) -> Value:
        """Median of ``values [lists]`` over the lists for which it is defined, each as often as it is drawn."""
        order = np.argsort(values)  # NaN last
        order = order[: np.isfinite(values).sum()]
        ordered, columns = values[order], self.of_lists[order]

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

    def _means(self, values: Floats, question_of: npt.NDArray[np.int64]) -> Value:
        known = np.isfinite(values)
        sums, sizes = (self._sums(each, question_of) for each in (np.where(known, values, 0.0), known))

        def means(weights: Floats) -> Floats:
            totals, numbers = weights @ sums, weights @ sizes
            found: Floats = np.divide(totals, numbers, out=np.full(totals.shape, np.nan), where=numbers > 0)
            return found

        return means

    def _sums(self, values: npt.NDArray[np.generic], question_of: npt.NDArray[np.int64]) -> Floats:
        columns = [np.bincount(question_of, column, self.questions) for column in values.T]
        return np.stack(columns, axis=1) if columns else np.empty((self.questions, 0))
