"""What one training batch contains, before any text is read."""

from collections import Counter
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class BatchPlan:
    """The pairs of one batch and the language of each side of each pair.

    Attributes:
        step: Training step the batch belongs to, from 0.
        kind: How the batch mixes languages, e.g. ``x_y`` or ``x_x_mono:de``.
        languages: Codes that the two arrays below index.
        rows: Rows of the corpus, distinct, ``[batch]``.
        query_languages: Language of each query, ``[batch]``.
        passage_languages: Language of each passage, ``[batch]``.
        second_languages: For a loss that needs it, the other language each query is read in, ``[batch]``; -1 where it
            has no other.
    """

    step: int
    kind: str
    languages: tuple[str, ...]
    rows: npt.NDArray[np.int64]
    query_languages: npt.NDArray[np.int64]
    passage_languages: npt.NDArray[np.int64]
    second_languages: npt.NDArray[np.int64] | None = None

    def share(self, rank: int, world_size: int) -> "BatchPlan":
        """The part of the batch that process ``rank`` of ``world_size`` encodes: contiguous, disjoint, complete."""
        part = np.array_split(np.arange(len(self.rows)), world_size)[rank]
        return replace(
            self,
            rows=self.rows[part],
            query_languages=self.query_languages[part],
            passage_languages=self.passage_languages[part],
            second_languages=None if self.second_languages is None else self.second_languages[part],
        )

    @property
    def with_second(self) -> npt.NDArray[np.bool_]:
        """Which queries are read in a second language, ``[batch]``."""
        if self.second_languages is None:
            return np.zeros(len(self.rows), np.bool_)
        has: npt.NDArray[np.bool_] = self.second_languages >= 0
        return has

    def second_by_language(self) -> dict[str, int]:
        """How many queries have each second language, most frequent first."""
        second = [] if self.second_languages is None else self.second_languages[self.with_second].tolist()
        return {self.languages[code]: n for code, n in Counter(second).most_common()}

    def language_pairs(self) -> dict[tuple[str, str], int]:
        """How many pairs there are of each (query language, passage language), most frequent first."""
        counts = Counter(zip(self.query_languages.tolist(), self.passage_languages.tolist(), strict=True))
        return {(self.languages[q], self.languages[p]): n for (q, p), n in counts.most_common()}
