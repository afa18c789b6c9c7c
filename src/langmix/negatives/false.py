"""Which candidates of a batch are no negatives of its queries."""

import numpy as np
import numpy.typing as npt

from langmix.corpus import ParallelCorpus
from langmix.negatives.answers import Codes, answers, carried, meeting
from langmix.negatives.drawn import Negatives
from langmix.sampling import BatchPlan


def false_negatives(
    corpus: ParallelCorpus, batch: BatchPlan, negatives: Negatives | None = None, share: BatchPlan | None = None
) -> npt.NDArray[np.bool_]:
    """Which candidates answer a query without being its own passage, see `answers`.

    Args:
        corpus: The corpus.
        batch: The whole batch.
        negatives: Hard negatives that it carries.
        share: The part of the batch whose queries are asked for; None: all.

    Returns:
        bool ``[queries of the share, candidates of the batch]``: the passages of its pairs, then its hard negatives.
    """
    queries = (share or batch).rows
    passages = carried(corpus, batch.rows)
    own = passages.some(np.flatnonzero(np.isin(batch.rows, queries)))
    candidates = passages if negatives is None else Codes.joined([passages, negatives.codes(batch)])
    found: npt.NDArray[np.bool_] = meeting(answers(corpus, queries, own), candidates).toarray() > 0
    found[:, : len(batch.rows)] &= queries[:, None] != batch.rows
    return found
