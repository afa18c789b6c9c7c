"""What measures of one query in the pool are given."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from langmix.measures.evidence import Evidence
from langmix.measures.pooled_answers import PooledAnswers


@dataclass(frozen=True)
class Pool:
    """The evidence of all queries in the pool of all languages.

    Attributes:
        evidence: What was found.
    """

    evidence: Evidence

    @cached_property
    def answers(self) -> PooledAnswers:
        """Pooled ranks of the relevant candidates, one list per query that has any."""
        return PooledAnswers.of(self.evidence)

    def by_query(self, values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Values of the lists of `answers`, ``[lists]``, as ``[queries]``; NaN for a query without a list."""
        found = np.full(len(self.evidence.query_ids), np.nan)
        found[self.answers.queries] = values
        return found
