"""How many negatives the queries of planned batches have."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
import numpy.typing as npt

from langmix.corpus import ParallelCorpus
from langmix.negatives.answers import Codes, meeting
from langmix.negatives.drawn import Negatives
from langmix.negatives.false import false_negatives
from langmix.sampling import Sampler
from langmix.words import words

NEAR = 0.8
"""Share of the different words of two passages that both have, from which one is nearly a copy of the other."""


@dataclass(frozen=True)
class Tally:
    """Negatives of the queries of some batches.

    Attributes:
        batches: How many batches were counted.
        queries: Queries in them.
        candidates: Candidates per query besides its own passage, on average.
        mean: Negatives per query, on average.
        least: Negatives of the query that has fewest.
        without: Queries that have none.
        sharing: Queries for which a passage of another group is no negative, as it answers them too.
        near: Queries with a negative that is nearly a copy of their own passage: both have at least `NEAR` of all
            their different words in common. They are counted only; the negative stays one.
    """

    batches: int
    queries: int
    candidates: float
    mean: float
    least: int
    without: int
    sharing: int
    near: int


def tally(corpus: ParallelCorpus, sampler: Sampler, steps: Sequence[int], negatives: Negatives | None = None) -> Tally:
    """Count the negatives in the batches of these training steps (at least one)."""
    left, candidates, sharing, near = [], 0, 0, 0
    for step in steps:
        plan = sampler.plan(step)
        false = false_negatives(corpus, plan, negatives)
        left.append(false.shape[1] - 1 - false.sum(axis=1))
        candidates += false.size - len(false)
        groups = corpus.groups[plan.rows]
        sharing += int((false[:, : len(false)] & (groups[:, None] != groups)).any(axis=1).sum())
        texts = corpus.texts("passage", plan.rows, plan.passage_languages)
        if negatives is not None:
            texts += negatives.texts(plan)
        alike = _alike(texts, len(false)) & ~false
        np.fill_diagonal(alike, val=False)
        near += int(alike.any(axis=1).sum())
    counts = np.concatenate(left)
    return Tally(
        batches=len(steps),
        queries=len(counts),
        candidates=candidates / len(counts),
        mean=float(counts.mean()),
        least=int(counts.min()),
        without=int((counts == 0).sum()),
        sharing=sharing,
        near=near,
    )


def _alike(texts: list[str], queries: int) -> npt.NDArray[np.bool_]:
    """Which of the texts ``[n]`` have nearly the words of which of the first: bool ``[queries, n]``."""
    sets = [set(words(text)) for text in texts]
    numbers: dict[str, int] = {}
    codes = [[numbers.setdefault(word, len(numbers)) for word in some] for some in sets]
    sizes = np.array([len(some) for some in sets])
    every = Codes(
        len(texts), np.repeat(np.arange(len(texts)), sizes), np.fromiter(chain(*codes), np.int64, sizes.sum())
    )
    mine = every.of < queries
    common = meeting(Codes(queries, every.of[mine], every.codes[mine]), every).toarray()
    found: npt.NDArray[np.bool_] = common >= NEAR * np.maximum(sizes[:queries, None] + sizes - common, 1)
    return found
