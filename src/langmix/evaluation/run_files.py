"""What another system ranked, measured as an encoder is."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from langmix.collection import Collection
from langmix.errors import LangmixError
from langmix.evaluation.evaluate import of_run
from langmix.measures.evidence import Evidence
from langmix.measures.results import Results
from langmix.scoring.lexical import bm25
from langmix.scoring.run_file import NOT_RETRIEVED, read_run
from langmix.scoring.trec import POOL

_WITHIN = ("monolingual", "cross_lingual")
_DEPTH = 1000  # candidates of a query that BM25 keeps, as is usual


@dataclass(frozen=True)
class Ranked:
    """What a system ranked.

    Attributes:
        tag: What its file calls it.
        evidence: Ranks of relevant candidates and the first of each query.
        settings: Which can be measured.
        missing: Share of the judgements whose candidate is in no ranking; those count as never found.
    """

    tag: str
    evidence: Evidence
    settings: tuple[str, ...]
    missing: float

    @cached_property
    def _results(self) -> Results:
        return Results.of(self.evidence)

    @property
    def table(self) -> pd.DataFrame:
        """One row per ranked list, see `langmix.measures.per_query.per_query`, of what can be measured."""
        table = self._results.table
        return table[table["setting"].isin(self.settings)].reset_index(drop=True)

    @property
    def figures(self) -> dict[str, float]:
        """Every figure that can be measured, ``collection/setting/measure``, macro and micro means."""
        return {name: value for name, value in self._results.figures.items() if name.split("/")[1] in self.settings}

    def beside(self, others: "Iterable[Ranked]") -> "Ranked":
        """The same, of what can be measured of all."""
        every = list(others)
        settings = tuple(name for name in self.settings if all(name in each.settings for each in every))
        cut = self.evidence.cut or any(each.evidence.cut for each in every)
        return replace(self, settings=settings, evidence=replace(self.evidence, cut=cut))


def lexical(collection: Collection) -> Ranked:
    """What BM25 finds in a collection, see `langmix.scoring.lexical.bm25`.

    Raises:
        LangmixError: The collection has no texts.
    """
    run, in_language = bm25(collection, _DEPTH)
    missing = float((run.ranks(collection) == NOT_RETRIEVED).mean())
    return Ranked(run.tag, of_run(run, collection, in_language), (*_WITHIN, "multilingual"), missing)


def ranked(path: Path, collection: Collection) -> Ranked:
    """Read a system's rankings of a collection.

    A file ranks the pool of all languages; settings of one candidate language follow from it where it holds every
    relevant candidate. A folder holds ``pool.run`` and ``LANGUAGE.run`` for each language's candidates, as
    ``retrieval.run_files=true`` writes them.

    Args:
        path: The file, or the folder.
        collection: What was searched.

    Raises:
        LangmixError: A file is missing or wrong, or ranks nothing for a query.
    """
    folder = path if path.is_dir() else None
    file = folder / f"{POOL}.run" if folder else path
    run = read_run(file, collection)
    depths = run.depths(len(collection.query_ids))
    if not depths.all():
        without = np.flatnonzero(depths == 0)
        raise LangmixError(
            f"{file}: ranks nothing for {len(without)} of {len(depths)} queries, such as "
            f"'{collection.query_ids[without[0]]}'; a system that finds nothing has to say so by any candidate"
        )
    settings: tuple[str, ...] = (*_WITHIN, "multilingual")
    missing = float((run.ranks(collection) == NOT_RETRIEVED).mean())
    in_language = None
    if folder is None:
        if missing and len(collection.languages) > 1:
            settings = ("multilingual",)
    else:
        in_language = np.full(len(collection.relevant), NOT_RETRIEVED)
        language_of = collection.candidate_languages[collection.relevant[:, 1]]
        for code in np.unique(language_of):
            of_language = read_run(folder / f"{collection.languages[code]}.run", collection)
            here = language_of == code
            in_language[here] = of_language.ranks_in_language(collection)[here]
    return Ranked(run.tag, of_run(run, collection, in_language), settings, missing)
