"""Evaluation of one encoder on one collection: embeddings, ranks, tables, plots, tracked result."""

import json
import logging
import time
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from omegaconf import DictConfig

from langmix.app.fitting import baseline, parallel_embeddings
from langmix.measures.per_query import PER_QUERY
from langmix.tracking.cell import CellKey

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from langmix.collection import Collection
    from langmix.encoder.backbone import Backbone
    from langmix.encoder.encoder import Encoder
    from langmix.scoring.scores import Embeddings
    from langmix.tracking.run import Run

BIAS_DEPTH = 10
"""Candidates per query that measures of the top of the list look at."""

TIES_TOLD = 0.01
"""Share of relevant candidates with a tied score above which it is told."""

_ARTIFACTS = (
    "metrics.json",
    "judgements.parquet",
    "top.parquet",
    "collection.json",
    PER_QUERY,
    "by_pair.csv",
    "by_language.csv",
    "bias.csv",
    "bias_by_pair.csv",
    "pair_matrix.png",
    "bias_matrix.png",
    "settings.png",
)
_TREC = "trec"  # folder of run files and judgements

log = logging.getLogger(__name__)


class TextEncoder:
    """Embeddings of a backbone, kept in the store; the model is loaded only if some are not there.

    Args:
        backbone: What encodes.
        retrieval: Configuration group of that name.
        folder: Where embeddings are kept.
        gib: How much space they may take there, in GiB.
    """

    def __init__(self, backbone: "Backbone", retrieval: DictConfig, folder: Path, gib: float) -> None:
        from langmix.scoring.cache import EmbeddingCache

        self._backbone = backbone
        self._retrieval = retrieval
        self._cache = EmbeddingCache(folder, int(gib * 2**30))

    def __call__(self, texts: "Sequence[str]", side: Literal["query", "passage"]) -> "Embeddings":
        """Embeddings ``[texts, dim]`` of unit length."""
        import torch

        from langmix.scoring.encode import encode

        precision, tokens = self._retrieval.precision, self._retrieval.batch_tokens
        device = "cuda" if torch.cuda.is_available() else "cpu"
        # The last bits depend on the arithmetic and on which texts share a batch, so these are part of the identity.
        how = {"side": side, "precision": precision, "batch_tokens": tokens, "device": device}
        identity = {**self._backbone.identity, **how, "torch": torch.__version__.partition("+")[0]}
        return self._cache.get(
            identity, texts, lambda: encode(self._encoder.to(device), texts, side, precision, tokens)
        )

    @cached_property
    def _encoder(self) -> "Encoder":
        from langmix.encoder.encoder import Encoder

        return Encoder.load(self._backbone)


def evaluate(
    cfg: DictConfig,
    texts: TextEncoder,
    collection: "Collection",
    output: Path,
    key: CellKey,
    tracked: "Run",
    identity: "Mapping[str, str]",
) -> "pd.DataFrame":
    """Encode once, rank everything, write evidence, tables and plots to ``output`` and to the run.

    Args:
        cfg: The whole configuration.
        texts: What encodes.
        collection: What is searched.
        output: Folder for all that is written.
        key: Which cell it is.
        tracked: The cell's run.
        identity: Fingerprints of the ``cell`` and of the ``collection``, written into every Parquet file.

    Returns:
        Means by query language, see `by_language`.

    Raises:
        LangmixError: An embedding or a score is not finite, or the baseline cannot be fitted.
    """
    import pyarrow as pa

    from langmix.measures.evidence import Evidence
    from langmix.measures.parquet import write_table
    from langmix.measures.results import Results
    from langmix.plots.matrix import bias_matrix, pair_matrix
    from langmix.plots.settings import Arm, settings_chart
    from langmix.scoring.search import search

    log.info(
        "%s: %d queries, %d candidates, %d languages",
        collection.name,
        len(collection.query_ids),
        len(collection.candidate_ids),
        len(collection.languages),
    )
    start = time.monotonic()
    queries = texts(collection.query_texts, "query")
    candidates = texts(collection.candidate_texts, "passage")
    log.info("%s: encoded in %.0f s; ranking", collection.name, time.monotonic() - start)
    scoring = baseline(cfg.baseline)(collection, queries, candidates, lambda: parallel_embeddings(cfg.baseline, texts))
    evidence = Evidence.of(collection, *search(collection, scoring, min(BIAS_DEPTH, len(collection.candidate_ids))))
    found = Results.of(evidence)

    output.mkdir(parents=True, exist_ok=True)
    evidence.write(output, identity)
    write_table(pa.Table.from_pandas(found.table), output / PER_QUERY, identity)
    found.pairs.to_csv(output / "by_pair.csv", index=False)
    found.languages.to_csv(output / "by_language.csv", index=False)
    found.bias.to_csv(output / "bias.csv")
    found.favours.to_csv(output / "bias_by_pair.csv", index=False)
    title = f"{key.name} on {collection.name}"
    pair_matrix(found.pairs, title, output / "pair_matrix.png")
    bias_matrix(found.favours, title, output / "bias_matrix.png")
    settings_chart([Arm(key.name, found.macro, untrained=key.untouched)], collection.name, output / "settings.png")
    (output / "metrics.json").write_text(json.dumps(found.figures, indent=1) + "\n", encoding="utf-8")
    tracked.log_metrics(found.macro | _doubts(collection.name, queries, candidates, found.macro))
    if cfg.retrieval.run_files:
        from langmix.scoring.trec import write_trec

        write_trec(collection, scoring, cfg.retrieval.run_depth, key.name, output / _TREC)
        for path in sorted((output / _TREC).iterdir()):
            tracked.log_artifact(path, _TREC)
    for name in _ARTIFACTS:
        tracked.log_artifact(output / name)
    return found.languages


def _doubts(
    dataset: str, queries: "Embeddings", candidates: "Embeddings", figures: "Mapping[str, float]"
) -> dict[str, float]:
    """Warn of an encoder that tells texts hardly apart; how alike its embeddings are, and whether it has collapsed."""
    from langmix.scoring.collapse import COLLAPSED_COSINE, COLLAPSED_TIES, mean_cosine

    ties = figures[f"{dataset}/multilingual/tied"]
    cosines = {"query": mean_cosine(queries), "candidate": mean_cosine(candidates)}
    collapsed = ties > COLLAPSED_TIES or max(cosines.values()) > COLLAPSED_COSINE
    if collapsed:
        log.warning(
            "%s: the encoder has collapsed, and the figures mean nothing: mean cosine of two queries %.4f, of two "
            "candidates %.4f; %.1f %% of the relevant candidates tie with another candidate in score",
            dataset,
            *cosines.values(),
            100 * ties,
        )
    elif ties > TIES_TOLD:
        log.warning("%s: %.1f %% of the relevant candidates tie with another candidate in score", dataset, 100 * ties)
    alike = {f"{dataset}/embeddings/{side}_cosine": cosine for side, cosine in cosines.items()}
    return alike | {f"{dataset}/embeddings/collapsed": float(collapsed)}
