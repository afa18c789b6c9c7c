"""All tables and figures of one evaluation."""

from dataclasses import dataclass

import pandas as pd

from langmix.measures.aggregate import by_language, by_pair, metrics, micro
from langmix.measures.bias import bias_metrics, bias_pairs, bias_table
from langmix.measures.evidence import Evidence
from langmix.measures.measure import Needs
from langmix.measures.per_query import per_query
from langmix.measures.registry import needing


@dataclass(frozen=True)
class Results:
    """What follows from the evidence of an evaluation, and from nothing else.

    Attributes:
        table: One row per ranked list, see `per_query`.
        pairs: Means by language pair, see `by_pair`.
        languages: Means by query language, see `by_language`.
        bias: Language bias by query language, see `bias_table`.
        favours: Which language favours which, see `bias_pairs`.
        macro: Macro means of each setting, language bias and measures of the whole evaluation, named
            ``dataset/setting/measure``.
        micro: Micro means, under names that end in ``_micro``.
    """

    table: pd.DataFrame
    pairs: pd.DataFrame
    languages: pd.DataFrame
    bias: pd.DataFrame
    favours: pd.DataFrame
    macro: dict[str, float]
    micro: dict[str, float]

    @classmethod
    def of(cls, evidence: Evidence) -> "Results":
        """Compute everything."""
        name, table = evidence.collection.name, per_query(evidence)
        pairs, bias = by_pair(table), bias_table(evidence, table)
        whole = {
            f"{name}/multilingual/{one.metric}": one.function(evidence)
            for one in needing(Needs.EVALUATION, cut=evidence.cut)
        }
        return cls(
            table=table,
            pairs=pairs,
            languages=by_language(pairs),
            bias=bias,
            favours=bias_pairs(evidence),
            macro=metrics(name, pairs) | bias_metrics(name, bias) | whole,
            micro=micro(name, table),
        )

    @property
    def figures(self) -> dict[str, float]:
        """Every figure of ``metrics.json``."""
        return self.macro | self.micro
