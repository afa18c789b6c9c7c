"""The second language in which a batch has its queries, for losses that compare the two."""

from dataclasses import replace

import numpy as np

from langmix.corpus import ParallelCorpus
from langmix.errors import LangmixError
from langmix.sampling.plan import BatchPlan
from langmix.sampling.rows import Texts

NO_LANGUAGE = -1
"""Stands where a query has no second language."""

_DRAWS = 201  # a stream of random numbers that nothing else has under the same seed


class SecondLanguages:
    """Adds to batch plans a language other than the query's for every pair whose query has one.

    What is drawn depends on (seed, step) and on the plan only.

    Attributes:
        pivot: See the argument.
        pairs: How many pairs of the corpus have one.

    Args:
        corpus: What the plans are of.
        seed: Selects all random choices.
        pivot: The language; None: any other that the query has, equally likely.
        asker: Who needs them, for messages.

    Raises:
        LangmixError: No query of the corpus has a second language, or none has the pivot.
    """

    def __init__(self, corpus: ParallelCorpus, seed: int, pivot: str | None = None, asker: str = "this") -> None:
        self.pivot = pivot
        self._seed = seed
        self._texts = Texts(corpus, "query")
        languages = corpus.languages
        if pivot is not None and pivot not in languages:
            raise LangmixError(
                f"{asker} with loss.pivot={pivot}: corpus '{corpus.name}' has no texts in it "
                f"(it has: {' '.join(languages)})"
            )
        self._among = np.arange(len(languages)) if pivot is None else np.array([languages.index(pivot)])
        served = np.add.reduce([corpus.exists("query", language).astype(np.uint8) for language in languages]) >= 2
        if pivot is not None:
            served &= corpus.exists("query", pivot)
        self.pairs = int(served.sum())
        if not self.pairs:
            raise LangmixError(
                f"{asker} needs questions in two languages"
                + (f", one of them {pivot}" if pivot else "")
                + f": corpus '{corpus.name}' has none ({' '.join(languages)}); use loss=info_nce"
            )

    def added(self, plan: BatchPlan) -> BatchPlan:
        """The plan with second languages, `NO_LANGUAGE` where a query has none."""
        possible = self._texts.exist(plan.rows, self._among) & (self._among != plan.query_languages[:, None])
        generator = np.random.Generator(np.random.Philox(key=[self._seed, _DRAWS], counter=[0, 0, 0, plan.step]))
        which = np.floor(generator.random(len(plan.rows)) * possible.sum(axis=1))
        # The language wanted is the first whose running count passes the number drawn.
        drawn = self._among[(np.cumsum(possible, axis=1) > which[:, None]).argmax(axis=1)]
        return replace(plan, second_languages=np.where(possible.any(axis=1), drawn, NO_LANGUAGE))
