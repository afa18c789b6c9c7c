"""The texts that a training-free baseline is fitted on."""

from typing import TYPE_CHECKING, Literal

import numpy as np

from langmix.baselines.parallel_embeddings import ParallelEmbeddings
from langmix.corpus import ParallelCorpus
from langmix.errors import LangmixError
from langmix.scoring.texts import TextEncoder

if TYPE_CHECKING:
    from langmix.scoring.scores import Embeddings


def parallel_embeddings(texts: TextEncoder, corpus: ParallelCorpus, pairs: int) -> ParallelEmbeddings:
    """Encode the first pairs of a corpus in all its languages.

    Args:
        texts: What encodes.
        corpus: Parallel texts, none of which is evaluated on.
        pairs: How many of its pairs.

    Raises:
        LangmixError: There are not so many that have all texts: only complete pairs mean the same in every language.
    """
    complete = np.flatnonzero(corpus.has("query").all(axis=1) & corpus.has("passage").all(axis=1))
    if not isinstance(pairs, int) or not 2 <= pairs <= len(complete):
        raise LangmixError(
            f"baseline.fit_pairs={pairs}: must be from 2 to {len(complete)}, the pairs of corpus "
            f"'{corpus.name}' with all texts in {' '.join(corpus.languages)}"
        )
    rows = complete[:pairs]
    sides: tuple[Literal["query"], Literal["passage"]] = ("query", "passage")
    found: dict[str, dict[str, Embeddings]] = {side: {} for side in sides}
    for side in sides:
        for code, language in enumerate(corpus.languages):
            found[side][language] = texts(corpus.texts(side, rows, np.full(len(rows), code)), side)
    return ParallelEmbeddings(corpus.name, found["query"], found["passage"])
