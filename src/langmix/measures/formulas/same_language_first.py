"""How often the answer in the query's own language is the first answer of the list."""

import numpy as np
import numpy.typing as npt

from langmix.measures.measure import NEITHER, Measure, Needs
from langmix.measures.pool import Pool
from langmix.measures.pooled_answers import PooledAnswers


def same_language_first(answers: PooledAnswers) -> npt.NDArray[np.float64]:
    """1 where the best-ranked relevant candidate is in the query's language, else 0; ``[lists]``.

    NaN where no relevant candidate is in the query's language. Candidates that are not relevant play no part.

    The mean is a Language Preference Rate, as described in the abstract of MLAIRE (arXiv 2605.07249): how often the
    query-language version is preferred among equivalents. The formula of that paper was not read, so figures may not
    be comparable with it.

    Direction: neither. A Language Preference Rate treats a preference for the reader's language as wanted (higher is
    better); where retrieval is to be language-agnostic, as in LAReQA (arXiv 2004.05484), the wanted value is
    `same_language_chance`, and the distance from it is the bias. It says nothing about how far down the answers stand.
    """
    first = answers.in_query_language[answers.lists.starts].astype(np.float64)
    return np.where(_own(answers) > 0, first, np.nan)


def same_language_chance(answers: PooledAnswers) -> npt.NDArray[np.float64]:
    """`same_language_first` of a system that is blind to language; ``[lists]``, NaN as there.

    The share of the relevant candidates that are in the query's language, which is 1 / (languages with an answer) where
    each holds one: .0909 on XQuAD-R.
    """
    own = _own(answers)
    return np.where(own > 0, own / answers.lists.sizes, np.nan)


def _own(answers: PooledAnswers) -> npt.NDArray[np.float64]:
    """Relevant candidates in the query's language, ``[lists]``."""
    return answers.lists.total(answers.in_query_language.astype(np.float64))


def _first(pool: Pool) -> npt.NDArray[np.float64]:
    """1 where the best-ranked relevant candidate is in the query's language, else 0."""
    return pool.by_query(same_language_first(pool.answers))


def _chance(pool: Pool) -> npt.NDArray[np.float64]:
    """What a system that is blind to language has."""
    return pool.by_query(same_language_chance(pool.answers))


_SOURCE = "after the abstract of MLAIRE, arXiv 2605.07249; its text was not read"

# A preference for the query's language is wanted by some and is bias to others.
MEASURES = (
    Measure("same_language_first", "same lang. first", NEITHER, Needs.QUERY, _first, source=_SOURCE, deep=True),
    Measure("same_language_chance", "same lang. first by chance", NEITHER, Needs.QUERY, _chance, source=_SOURCE),
)
