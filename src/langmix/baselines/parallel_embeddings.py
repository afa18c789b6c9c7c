"""Embeddings of parallel texts that a baseline is fitted on."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from langmix.collection import Collection
from langmix.errors import LangmixError
from langmix.scoring.scores import Embeddings


@dataclass(frozen=True)
class ParallelEmbeddings:
    """Questions and passages that mean the same in every language; no text of the evaluation is among them.

    Attributes:
        corpus: What the corpus is called.
        queries: By language, ``[pairs, dim]``; row i means the same in all of them.
        passages: Likewise.
    """

    corpus: str
    queries: Mapping[str, Embeddings]
    passages: Mapping[str, Embeddings]

    def stacked(self, collection: Collection) -> tuple[Embeddings, Embeddings]:
        """Queries and passages ``[languages, pairs, dim]`` in the order of a collection's languages.

        Raises:
            LangmixError: A language of the collection is not among the texts.
        """
        missing = [language for language in collection.languages if language not in self.queries]
        if missing:
            raise LangmixError(
                f"baseline: corpus '{self.corpus}' has no texts in {' '.join(missing)} to be fitted on "
                f"(has: {' '.join(self.queries)}); set baseline.fit_on or dataset.languages"
            )
        languages = collection.languages
        return np.stack([self.queries[x] for x in languages]), np.stack([self.passages[x] for x in languages])


# Encodes the texts on demand: baselines that are not fitted never ask.
Fit = Callable[[], ParallelEmbeddings]


def normalised(embeddings: Embeddings) -> Embeddings:
    """Rows scaled to length 1; a row of zeros, which has no direction, stays."""
    lengths = np.linalg.norm(embeddings, axis=1, keepdims=True)
    return np.asarray(embeddings / np.where(lengths > 0, lengths, 1), dtype=np.float32)
