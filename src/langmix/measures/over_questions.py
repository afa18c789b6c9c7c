"""Figures of language bias that are no means over queries, as functions of how often each question is drawn."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from langmix.measures.asked_in import AskedIn, Value
from langmix.measures.evidence import Evidence
from langmix.measures.measure import Needs
from langmix.measures.pool import Pool
from langmix.measures.registry import needing

ALL = "all"  # the macro mean over query languages
MULTILINGUAL = "multilingual"


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

    Left out where a figure is not defined.
    """
    question_of, names = pd.factorize(np.array(evidence.query_questions, dtype=object), sort=True)
    questions: list[str] = names.tolist()
    ones, pool = np.ones((1, len(questions))), Pool(evidence)
    defined: dict[str, dict[str, Value]] = {}
    for code, language in enumerate(evidence.languages):
        asked = AskedIn(pool, code, question_of, len(questions))
        for measure in needing(Needs.QUESTIONS, cut=evidence.cut):
            for name, depth in measure.at(evidence.top.k):
                value: Value = measure.function(asked, *depth)
                if np.isfinite(value(ones)).all():
                    defined.setdefault(name, {})[language] = value
    return [
        OverQuestions(MULTILINGUAL, name, language, questions, value)
        for name, values in defined.items()
        for language, value in {ALL: _macro(list(values.values())), **values}.items()
    ]


def _macro(values: Sequence[Value]) -> Value:
    return lambda weights: np.mean([value(weights) for value in values], axis=0)
