"""Baselines that rescale scores by what is usual between two languages."""

import numpy as np
import numpy.typing as npt

from langmix.baselines.parallel_embeddings import Fit
from langmix.collection import Collection
from langmix.scoring.scores import Embeddings, Scoring


def score_standardisation(collection: Collection, queries: Embeddings, candidates: Embeddings, fit: Fit) -> Scoring:
    """Put scores on one scale over candidate languages: (s - m) / sd.

    m and sd are mean and standard deviation of the scores between the fitting texts' questions in the query's language
    and passages in the candidate's language that do not belong together. The order within one language stays.

    Args:
        collection: What to rank.
        queries: ``[queries, dim]``.
        candidates: ``[candidates, dim]``.
        fit: Gives the embeddings of the texts to be fitted on.
    """
    of_queries, of_passages = fit().stacked(collection)
    languages, pairs, _ = of_queries.shape
    means, deviations = (np.empty((languages, languages), np.float32) for _ in range(2))
    apart = ~np.eye(pairs, dtype=bool)
    for query in range(languages):
        for passage in range(languages):
            scores = (of_queries[query] @ of_passages[passage].T)[apart]
            means[query, passage], deviations[query, passage] = scores.mean(), scores.std()

    def adjust(
        scores: npt.NDArray[np.float32], query_languages: npt.NDArray[np.int64], bounds: npt.NDArray[np.int64]
    ) -> None:
        for language in range(languages):
            own = scores[:, bounds[language] : bounds[language + 1]]
            own -= means[query_languages, language][:, None]
            own /= deviations[query_languages, language][:, None]

    return Scoring(queries, candidates, adjust)
