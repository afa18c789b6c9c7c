"""Training-free baselines from configuration, and the texts they are fitted on."""

from functools import partial
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from hydra.utils import get_method
from omegaconf import DictConfig

from langmix.app.parts import shared
from langmix.errors import LangmixError

if TYPE_CHECKING:
    from langmix.app.evaluation import TextEncoder
    from langmix.baselines.parallel_embeddings import ParallelEmbeddings
    from langmix.corpus import ParallelCorpus
    from langmix.scoring.scores import Embeddings

_FITTING = ("fit_on", "fit_pairs")


def baseline(cfg: DictConfig) -> Any:
    """The function that a baseline's configuration names, to be called with embeddings."""
    values = {str(key): value for key, value in cfg.items() if key not in {"_target_", *_FITTING}}
    return partial(get_method(cfg._target_), **values)


def parallel_embeddings(cfg: DictConfig, texts_of: "TextEncoder") -> "ParallelEmbeddings":
    """Encode the first ``fit_pairs`` pairs of the corpus ``fit_on`` in all its languages.

    Raises:
        LangmixError: A pair lacks a text: only complete pairs mean the same in every language.
    """
    from langmix.baselines.parallel_embeddings import ParallelEmbeddings

    corpus: ParallelCorpus = shared(cfg.fit_on)
    complete = np.flatnonzero(corpus.has("query").all(axis=1) & corpus.has("passage").all(axis=1))
    if not isinstance(cfg.fit_pairs, int) or not 2 <= cfg.fit_pairs <= len(complete):
        raise LangmixError(
            f"baseline.fit_pairs={cfg.fit_pairs}: must be from 2 to {len(complete)}, the pairs of corpus "
            f"'{corpus.name}' with all texts in {' '.join(corpus.languages)}"
        )
    rows = complete[: cfg.fit_pairs]
    sides: tuple[Literal["query"], Literal["passage"]] = ("query", "passage")
    found: dict[str, dict[str, Embeddings]] = {side: {} for side in sides}
    for side in sides:
        for code, language in enumerate(corpus.languages):
            texts = corpus.texts(side, rows, np.full(len(rows), code))
            found[side][language] = texts_of(texts, side)
    return ParallelEmbeddings(corpus.name, found["query"], found["passage"])
