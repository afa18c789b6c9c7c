"""Negatives that come with the corpus."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from langmix.corpus import ParallelCorpus
from langmix.corpus.codes import text_codes
from langmix.errors import LangmixError
from langmix.negatives.answers import Codes
from langmix.negatives.drawn import Candidates, NegativePlan, Negatives


def given(corpus: ParallelCorpus, seed: int, count: int, language: str) -> Negatives:
    """Draw from the negatives that the corpus gives for each pair.

    Args:
        corpus: Training corpus.
        seed: Selects all random choices.
        count: See `Negatives`.
        language: See `Negatives`.

    Raises:
        LangmixError: The corpus gives none, or a value is wrong.
    """
    negatives = Negatives(_Given(corpus), seed, count, language, corpus.languages)
    if not corpus.has_negatives:
        raise LangmixError(
            f"negatives=given: corpus '{corpus.name}' comes with no negatives; use negatives=bm25, or name their "
            "column (corpus=jsonl corpus.columns.negatives=NAME)"
        )
    return negatives


@dataclass(frozen=True)
class _Given(Candidates):
    corpus: ParallelCorpus
    identity: Mapping[str, Any] = field(default_factory=lambda: {"candidates": "given"})

    def prepare(self) -> None:
        """Nothing takes long."""

    def counts(self, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        languages = [np.full(len(rows), code) for code in range(len(self.corpus.languages))]
        found = [[len(texts) for texts in self.corpus.negatives(rows, codes)] for codes in languages]
        return np.array(found, np.int64).T

    def texts(self, chosen: NegativePlan) -> list[str]:
        lists = self.corpus.negatives(chosen.rows, chosen.languages)
        return [some[place] for some, place in zip(lists, chosen.places.tolist(), strict=True)]

    def codes(self, chosen: NegativePlan) -> Codes:
        # No group is known of them, and the pair's own would keep the negative from the very query it is meant for.
        codes = text_codes(self.texts(chosen))
        return Codes(len(codes), np.arange(len(codes)), codes)
