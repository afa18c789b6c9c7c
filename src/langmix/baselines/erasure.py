"""Baselines that take directions away in which languages, rather than meanings, differ."""

import numpy as np
import numpy.typing as npt

from langmix.baselines.parallel_embeddings import Fit, normalised
from langmix.collection import Collection
from langmix.errors import LangmixError
from langmix.scoring.scores import Embeddings, Scoring

_SMALLEST = 1e-5  # of the largest, below which a direction counts as none


def lir(collection: Collection, queries: Embeddings, candidates: Embeddings, fit: Fit, rank: int = 1) -> Scoring:
    """Remove from each text the strongest directions of its language, on both sides.

    e' = e - V V^T e, scaled to length 1; V are the first right singular vectors of the fitting texts' embeddings in e's
    language, which are not centred: language information removal (Yang et al. 2021, arXiv 2109.04727).

    Args:
        collection: What to rank.
        queries: ``[queries, dim]``.
        candidates: ``[candidates, dim]``.
        fit: Gives the embeddings of the texts to be fitted on.
        rank: How many directions of each language.

    Raises:
        LangmixError: The rank is no number of directions.
    """
    by_language = _both_sides(collection, fit)
    most = min(by_language.shape[1:])
    if not 1 <= rank < most:
        raise LangmixError(f"baseline.rank={rank}: must be a whole number from 1 to {most - 1}")
    directions = np.linalg.svd(by_language, full_matrices=False)[2][:, :rank]

    def without(embeddings: Embeddings, languages: npt.NDArray[np.int64]) -> Embeddings:
        left = embeddings.copy()
        for code, own in enumerate(directions):
            rows = languages == code
            left[rows] -= (left[rows] @ own.T) @ own
        return normalised(left)

    return Scoring(without(queries, collection.query_languages), without(candidates, collection.candidate_languages))


def leace(collection: Collection, queries: Embeddings, candidates: Embeddings, fit: Fit) -> Scoring:
    """Remove what any linear classifier could tell the language by, and as little else as that allows.

    e' = e - W^+ P W (e - m), scaled to length 1; m is the mean of the fitting texts, W the inverse square root of their
    covariance, P the projection onto what W makes of the covariance of embeddings and languages (Belrose et al. 2023,
    arXiv 2306.03819, theorem 4.3; without the shrinkage of the covariance that their code adds). Afterwards all
    languages' fitting texts have one mean. It needs labels only; parallel texts keep topics from being taken for
    languages.

    Args:
        collection: What to rank.
        queries: ``[queries, dim]``.
        candidates: ``[candidates, dim]``.
        fit: Gives the embeddings of the texts to be fitted on.

    Raises:
        LangmixError: There are fewer texts than dimensions.
    """
    by_language = _both_sides(collection, fit).astype(np.float64)
    languages, texts, dim = by_language.shape
    if languages * texts <= dim:
        raise LangmixError(
            f"leace: {languages * texts} texts cannot give the covariance of {dim} dimensions; raise baseline.fit_pairs"
        )
    mean = by_language.mean((0, 1))
    centred = by_language - mean
    covariance = np.einsum("lti,ltj->ij", centred, centred) / (languages * texts)
    with_languages = centred.mean(1).T / languages  # [dim, languages]: E[x z] for z one-hot, centred
    values, vectors = np.linalg.eigh(covariance)
    kept = values > _SMALLEST * values.max()
    root = np.sqrt(values[kept])
    whiten, colour = (vectors[:, kept] / root) @ vectors[:, kept].T, (vectors[:, kept] * root) @ vectors[:, kept].T
    left, sizes, _ = np.linalg.svd(whiten @ with_languages, full_matrices=False)
    basis = left[:, sizes > _SMALLEST * sizes.max()]
    removed = colour @ basis @ basis.T @ whiten

    def erased(embeddings: Embeddings) -> Embeddings:
        return normalised((embeddings - (embeddings - mean) @ removed.T).astype(np.float32))

    return Scoring(erased(queries), erased(candidates))


def _both_sides(collection: Collection, fit: Fit) -> Embeddings:
    """Embeddings of questions and passages below one another, ``[languages, 2 pairs, dim]``."""
    return np.concatenate(fit().stacked(collection), axis=1)
