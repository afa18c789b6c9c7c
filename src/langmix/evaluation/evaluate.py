"""Encode once, rank everything, and what is left behind."""

import json
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from langmix import baselines
from langmix.baselines.parallel_embeddings import Fit, ParallelEmbeddings
from langmix.collection import Collection
from langmix.errors import LangmixError
from langmix.measures.description import COLLECTION
from langmix.measures.evidence import JUDGEMENTS, TOP, Evidence
from langmix.measures.parquet import write_table
from langmix.measures.per_query import PER_QUERY
from langmix.measures.results import Results
from langmix.scoring.collapse import COLLAPSED_COSINE, COLLAPSED_TIES, mean_cosine
from langmix.scoring.index import Nearest
from langmix.scoring.run_file import NOT_RETRIEVED, Run, as_ranks
from langmix.scoring.scores import Embeddings, Scoring
from langmix.scoring.search import search
from langmix.scoring.texts import TextEncoder

BIAS_DEPTH = 10
"""Candidates per query that measures of the top of the list look at."""

TIES_TOLD = 0.01
"""Share of relevant candidates with a tied score above which it is told."""

FILES = (
    "metrics.json",
    JUDGEMENTS,
    TOP,
    COLLECTION,
    PER_QUERY,
    "by_pair.csv",
    "by_language.csv",
    "bias.csv",
    "bias_by_pair.csv",
    "pair_matrix.png",
    "bias_matrix.png",
    "settings.png",
)
"""What an evaluation leaves behind."""

Baseline = Callable[[Collection, Embeddings, Embeddings, Fit], Scoring]
"""A training-free adjustment, see `langmix.baselines`."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Evaluation:
    """What an encoder found in a collection, and every table and figure that follows.

    Attributes:
        collection: What was searched.
        scoring: How its scores came about.
        evidence: Ranks of relevant candidates and the first of each query.
        alike: Mean cosine of two different texts by side, ``query`` and ``candidate``.
        recall: Of the index that found the candidates, see `langmix.scoring.index.Nearest`; None where all are ranked.
    """

    collection: Collection
    scoring: Scoring
    evidence: Evidence
    alike: Mapping[str, float]
    recall: float | None = None

    @cached_property
    def results(self) -> Results:
        """Tables and figures."""
        return Results.of(self.evidence)

    @property
    def per_query(self) -> pd.DataFrame:
        """One row per ranked list, see `langmix.measures.per_query.per_query`."""
        return self.results.table

    @property
    def figures(self) -> dict[str, float]:
        """Every figure, ``collection/setting/measure``, macro and micro means."""
        return self.results.figures

    @property
    def tracked(self) -> dict[str, float]:
        """Macro means, and how well the encoder tells texts apart."""
        alike = {f"{self.collection.name}/embeddings/{side}_cosine": value for side, value in self.alike.items()}
        collapsed = {f"{self.collection.name}/embeddings/collapsed": float(self.collapsed)}
        index = {} if self.recall is None else {f"{self.collection.name}/index/recall": self.recall}
        return self.results.macro | alike | collapsed | index

    @property
    def ties(self) -> float:
        """Share of the relevant candidates that tie with another candidate in score."""
        return self.results.macro[f"{self.collection.name}/multilingual/tied"]

    @property
    def collapsed(self) -> bool:
        """Whether the encoder tells texts hardly apart, so that its figures mean nothing."""
        return self.ties > COLLAPSED_TIES or max(self.alike.values()) > COLLAPSED_COSINE

    def write(self, folder: Path, identity: Mapping[str, str], name: str, *, untrained: bool = False) -> list[Path]:
        """Write evidence, tables and pictures, and return the files.

        Args:
            folder: Where to; made where it is missing.
            identity: Whose files they are: fingerprints of the ``cell`` and of the ``collection``.
            name: What titles call the encoder.
            untrained: Whether it is the level that others start from, in pictures.
        """
        from langmix.plots.matrix import bias_matrix, pair_matrix
        from langmix.plots.settings import Arm, settings_chart

        folder.mkdir(parents=True, exist_ok=True)
        found, data = self.results, self.collection.name
        self.evidence.write(folder, identity)
        write_table(pa.Table.from_pandas(found.table), folder / PER_QUERY, identity)
        found.pairs.to_csv(folder / "by_pair.csv", index=False)
        found.languages.to_csv(folder / "by_language.csv", index=False)
        found.bias.to_csv(folder / "bias.csv")
        found.favours.to_csv(folder / "bias_by_pair.csv", index=False)
        pair_matrix(found.pairs, f"{name} on {data}", folder / "pair_matrix.png")
        bias_matrix(found.favours, f"{name} on {data}", folder / "bias_matrix.png")
        settings_chart([Arm(name, found.macro, untrained=untrained)], data, folder / "settings.png")
        (folder / "metrics.json").write_text(json.dumps(found.figures, indent=1) + "\n", encoding="utf-8")
        return [folder / name for name in FILES]


def evaluate(
    texts: TextEncoder,
    collection: Collection,
    baseline: Baseline = baselines.none,
    fit: Callable[[], ParallelEmbeddings] | None = None,
    index: Callable[[Collection, Scoring], Nearest] | None = None,
) -> Evaluation:
    """Search a collection with an encoder, and warn of one that tells texts hardly apart.

    Args:
        texts: What encodes.
        collection: What is searched.
        baseline: Training-free adjustment of the scores.
        fit: Embeddings that it is fitted on, made if it asks for them.
        index: Finds the best candidates, in place of ranking all.

    Raises:
        LangmixError: An embedding or a score is not finite, the baseline cannot be fitted, or there is no such index.
    """
    collection.need_texts()
    log.info(
        "%s: %d queries, %d candidates, %d languages",
        collection.name,
        len(collection.query_ids),
        len(collection.candidate_ids),
        len(collection.languages),
    )
    start = time.monotonic()
    queries, candidates = texts(collection.query_texts, "query"), texts(collection.candidate_texts, "passage")
    log.info("%s: encoded in %.0f s; ranking", collection.name, time.monotonic() - start)
    scoring = baseline(collection, queries, candidates, fit or _nothing_to_fit_on)
    alike = {"query": mean_cosine(queries), "candidate": mean_cosine(candidates)}
    if index:
        by_index = index(collection, scoring)
        log.info("%s: the index finds %.4f of the candidates that are best", collection.name, by_index.recall)
        evidence = of_run(by_index.run, collection, by_index.in_language)
        found = Evaluation(collection, scoring, evidence, alike, by_index.recall)
    else:
        depth = min(BIAS_DEPTH, len(collection.candidate_ids))
        found = Evaluation(collection, scoring, Evidence.of(collection, *search(collection, scoring, depth)), alike)
    _doubt(found)
    return found


def of_run(run: Run, collection: Collection, in_language: npt.NDArray[np.int64] | None = None) -> Evidence:
    """Evidence from rankings that may end before their last relevant candidate, which then counts as never found.

    Args:
        run: Candidates of the pool, at least one for each query.
        collection: What was searched.
        in_language: Ranks of the judgements among their language's candidates, ``[judgements]``; None: as in the run.
    """
    in_pool = run.ranks(collection)
    if in_language is None:
        in_language = run.ranks_in_language(collection)
    top = run.top(collection, min(BIAS_DEPTH, int(run.depths(len(collection.query_ids)).min())))
    evidence = Evidence.of(collection, as_ranks(in_language, in_pool, run, collection), top)
    return replace(evidence, cut=bool((in_pool == NOT_RETRIEVED).any()))


def _nothing_to_fit_on() -> ParallelEmbeddings:
    raise LangmixError("this baseline is fitted on parallel texts, and none are given")


def _doubt(found: Evaluation) -> None:
    """Warn of an encoder that tells texts hardly apart."""
    name = found.collection.name
    if found.collapsed:
        log.warning(
            "%s: the encoder has collapsed, and the figures mean nothing: mean cosine of two queries %.4f, of two "
            "candidates %.4f; %.1f %% of the relevant candidates tie with another candidate in score",
            name,
            *found.alike.values(),
            100 * found.ties,
        )
    elif found.ties > TIES_TOLD:
        log.warning(
            "%s: %.1f %% of the relevant candidates tie with another candidate in score", name, 100 * found.ties
        )
