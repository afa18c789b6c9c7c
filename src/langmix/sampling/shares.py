"""What the planned batches really consist of."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from langmix.sampling.sampler import Sampler


@dataclass(frozen=True)
class Shares:
    """Shares of the pairs of some batches; each mapping sums to 1.

    Attributes:
        steps: How many batches were counted.
        corpora: By corpus; 0 for those that were never drawn.
        queries: By language of the query; 0 likewise.
        passages: By language of the passage; 0 likewise.
    """

    steps: int
    corpora: dict[str, float]
    queries: dict[str, float]
    passages: dict[str, float]


def realised(sampler: Sampler, steps: Sequence[int]) -> Shares:
    """Count what the batches of these training steps (at least one) consist of."""
    starts = [rows.start for rows in sampler.parts.values()]
    corpora = np.zeros(len(sampler.parts), np.int64)
    queries, passages = np.zeros((2, len(sampler.languages)), np.int64)
    for step in steps:
        plan = sampler.plan(step)
        corpora += np.bincount(np.searchsorted(starts, plan.rows, side="right") - 1, minlength=len(corpora))
        queries += np.bincount(plan.query_languages, minlength=len(queries))
        passages += np.bincount(plan.passage_languages, minlength=len(passages))
    pairs = len(steps) * sampler.batch_size
    return Shares(
        len(steps),
        dict(zip(sampler.parts, (corpora / pairs).tolist(), strict=True)),
        dict(zip(sampler.languages, (queries / pairs).tolist(), strict=True)),
        dict(zip(sampler.languages, (passages / pairs).tolist(), strict=True)),
    )
