"""Evaluation of one encoder on one benchmark: embeddings, ranks, tables, plots, tracked result."""

import json
import logging
import time
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from omegaconf import DictConfig, OmegaConf

from langmix.app.fitting import baseline, parallel_embeddings
from langmix.tracking.cell import CellKey

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from langmix.benchmark import Benchmark
    from langmix.encoder.backbone import Backbone
    from langmix.encoder.encoder import Encoder
    from langmix.retrieval.scores import Embeddings
    from langmix.tracking.run import Run

BIAS_DEPTH = 10
"""Candidates per query that measures of the top of the list look at."""

_ARTIFACTS = (
    "config.yaml",
    "metrics.json",
    "per_query.parquet",
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
        from langmix.retrieval.cache import EmbeddingCache

        self._backbone = backbone
        self._retrieval = retrieval
        self._cache = EmbeddingCache(folder, int(gib * 2**30))

    def __call__(self, texts: "Sequence[str]", side: Literal["query", "passage"]) -> "Embeddings":
        """Embeddings ``[texts, dim]`` of unit length."""
        import torch

        from langmix.retrieval.encode import encode

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
    cfg: DictConfig, texts: TextEncoder, benchmark: "Benchmark", output: Path, key: CellKey, tracked: "Run"
) -> "pd.DataFrame":
    """Encode once, rank everything, write tables and plots to ``output`` and to the run.

    Returns:
        Means by query language, see `by_language`.

    Raises:
        LangmixError: An embedding or a score is not finite, or the baseline cannot be fitted.
    """
    from langmix.measures.aggregate import by_language, by_pair, metrics, micro
    from langmix.measures.bias import bias_metrics, bias_pairs, bias_table
    from langmix.measures.per_query import per_query
    from langmix.plots.matrix import bias_matrix, pair_matrix
    from langmix.plots.settings import Arm, settings_chart
    from langmix.retrieval.search import search

    log.info(
        "%s: %d queries, %d candidates, %d languages",
        benchmark.name,
        len(benchmark.query_ids),
        len(benchmark.candidate_ids),
        len(benchmark.languages),
    )
    start = time.monotonic()
    queries = texts(benchmark.query_texts, "query")
    candidates = texts(benchmark.candidate_texts, "passage")
    log.info("%s: encoded in %.0f s; ranking", benchmark.name, time.monotonic() - start)
    scoring = baseline(cfg.baseline)(benchmark, queries, candidates, lambda: parallel_embeddings(cfg.baseline, texts))
    ranks, top = search(benchmark, scoring, min(BIAS_DEPTH, len(benchmark.candidate_ids)))
    table = per_query(benchmark, ranks)
    pairs, bias = by_pair(table), bias_table(benchmark, ranks, top)
    languages, favours = by_language(pairs), bias_pairs(benchmark, ranks, top)
    macro = metrics(benchmark.name, pairs) | bias_metrics(benchmark.name, bias)

    output.mkdir(parents=True, exist_ok=True)
    OmegaConf.save(cfg, output / "config.yaml", resolve=True)
    table.to_parquet(output / "per_query.parquet")
    pairs.to_csv(output / "by_pair.csv", index=False)
    languages.to_csv(output / "by_language.csv", index=False)
    bias.to_csv(output / "bias.csv")
    favours.to_csv(output / "bias_by_pair.csv", index=False)
    title = f"{key.name} on {benchmark.name}"
    pair_matrix(pairs, title, output / "pair_matrix.png")
    bias_matrix(favours, title, output / "bias_matrix.png")
    settings_chart([Arm(key.name, macro, untrained=key.untouched)], benchmark.name, output / "settings.png")
    figures = macro | micro(benchmark.name, table)
    (output / "metrics.json").write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    tracked.log_metrics(macro)
    if cfg.retrieval.run_files:
        from langmix.retrieval.trec import write_trec

        write_trec(benchmark, scoring, cfg.retrieval.run_depth, key.name, output / _TREC)
        for path in sorted((output / _TREC).iterdir()):
            tracked.log_artifact(path, _TREC)
    for name in _ARTIFACTS:
        tracked.log_artifact(output / name)
    return languages
