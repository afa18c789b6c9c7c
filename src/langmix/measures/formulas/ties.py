"""How much of a ranking is decided by the order of candidates that score the same."""

from langmix.measures.evidence import Evidence
from langmix.measures.measure import NEITHER, Measure, Needs


def tied(evidence: Evidence) -> float:
    """Share of the pairs of a query and a relevant candidate whose score another candidate of the pool has too.

    Equal scores are ordered by candidate index, which is no merit: where many tie, figures say little about the
    encoder. 0 for sensible embeddings but for candidates of equal texts, whose embeddings and scores are the same.
    From 0 to 1; NaN without relevant candidates. Direction: neither.
    """
    ties = evidence.ranks.tied
    return float(ties.mean()) if len(ties) else float("nan")


MEASURES = (Measure("tied", "tied", NEITHER, Needs.EVALUATION, tied, source="of this project"),)
