"""Macro means over language pairs, taken apart into what every question contributes."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from langmix.statistics.paired import PairedRuns

ALL = "all"
"""The row that averages over every language pair of a setting."""

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class ClusterSums:
    """Sums per question for one dataset and setting; every mean and standard error follows from them.

    A *cell* is a (measure, query language, corpus language) for which the measure is defined; cell q holds n_cq values
    of question c, and their sum is y_cq. The mean of a cell is r_q = sum_c y_cq / sum_c n_cq, and a *row* of the
    result (a measure, over all pairs or over those of one query language) is the plain mean of its cells,
    theta = sum_q w_q r_q: every language pair counts the same however many queries it has.

    Attributes:
        rows: `language` (`ALL` or the query language) and `measure`; `[rows, 2]`.
        weights: w, 1 / (number of cells in the row) or 0; `[cells, rows]`.
        counts: n, the same for all runs; `[clusters, cells]`.
        sums: y of every run; `[seeds, clusters, cells]`.
    """

    rows: pd.DataFrame
    weights: Floats
    counts: Floats
    sums: Mapping[str, Floats]

    @cached_property
    def balanced(self) -> bool:
        """Whether every question has the same number of values in a cell (XQuAD-R: yes, MLQA-R: no)."""
        return bool((self.counts == self.counts[0]).all())

    @cached_property
    def clusters(self) -> npt.NDArray[np.int64]:
        """Questions with at least one value in a row; `[rows]`."""
        return np.asarray(((self.counts > 0) @ (self.weights > 0)).sum(axis=0), dtype=np.int64)

    def estimates(self, run: str) -> Floats:
        """Macro means of a run, one per seed; `[seeds, rows]`."""
        means: Floats = self.sums[run].sum(axis=1) / self.counts.sum(axis=0) @ self.weights
        return means

    def difference(self, run: str, baseline: str) -> Floats:
        """Subtract: y of a run minus y of the baseline, each averaged over its seeds; `[clusters, cells]`.

        What is left of equal values after rounding counts as 0: a tie must stay one.
        """
        ours, theirs = self.sums[run].mean(axis=0), self.sums[baseline].mean(axis=0)
        difference: Floats = ours - theirs
        return np.where(np.abs(difference) <= 1e-12 * (np.abs(ours) + np.abs(theirs)), 0.0, difference)

    def contributions(self, sums: Floats) -> Floats:
        """Split macro means among the questions: d_c = sum_q w_q y_cq / sum_c n_cq, so theta = sum_c d_c.

        Flipping which run is which within question c changes the sign of d_c and no n, so the difference stays exactly
        linear in d under the null hypothesis of a permutation test.

        Args:
            sums: y; `[..., clusters, cells]`.

        Returns:
            `[..., clusters, rows]`.
        """
        contributions: Floats = sums / self.counts.sum(axis=0) @ self.weights
        return contributions

    def influence(self, sums: Floats) -> Floats:
        """First-order change of the macro means by one question: u_c = sum_q w_q (y_cq - n_cq r_q) / sum_c n_cq.

        r_q is a ratio of two sums over questions, and both vary with the questions drawn; u linearises it (Cochran,
        Sampling Techniques, 1977, section 6.3). In balanced data u_c = d_c - mean of d. The u_c sum to 0 and
        C / (C - 1) * sum_c u_c**2 estimates the variance of theta over questions.

        Args:
            sums: y; `[..., clusters, cells]`.

        Returns:
            `[..., clusters, rows]`.
        """
        ratios = sums.sum(axis=-2, keepdims=True) / self.counts.sum(axis=0)
        influence: Floats = (sums - self.counts * ratios) / self.counts.sum(axis=0) @ self.weights
        return influence

    def standard_error(self, sums: Floats) -> Floats:
        """Standard error over questions of the macro means of `sums` `[clusters, cells]`; `[rows]`."""
        squares = (self.influence(sums) ** 2).sum(axis=-2)
        error: Floats = np.sqrt(squares * self.clusters / np.maximum(self.clusters - 1, 1))
        return error


def cluster_sums(runs: PairedRuns, dataset: str, setting: str) -> ClusterSums:
    """Add up a setting of a dataset by question and cell.

    Questions are sorted by name, so the result does not depend on the order of the tables' rows. Cells in which a
    measure is defined for no list are left out.
    """
    here = ((runs.lists["dataset"] == dataset) & (runs.lists["setting"] == setting)).to_numpy()
    lists = runs.lists[here]
    cluster, names = pd.factorize(lists["cluster"], sort=True)
    pair, pairs = pd.factorize(pd.MultiIndex.from_frame(lists[["query_language", "corpus_language"]]), sort=True)
    shape = (len(names), len(pairs), len(runs.measures))
    place = cluster * len(pairs) + pair

    def add_up(values: Floats) -> Floats:
        columns = [np.bincount(place, column, shape[0] * shape[1]) for column in values.T]
        return np.stack(columns, axis=1, dtype=np.float64).reshape(shape[0], -1)

    values = {run: given[:, here] for run, given in runs.values.items()}
    counts = add_up(np.isfinite(next(iter(values.values()))[0]).astype(np.float64))
    kept = counts.sum(axis=0) > 0
    cells = pd.DataFrame(
        {
            "language": np.repeat([query for query, _ in pairs], shape[2]),
            "measure": np.tile(np.array(runs.measures, dtype=object), shape[1]),
        }
    )[kept]
    rows = pd.concat([cells.assign(language=ALL), cells]).drop_duplicates(ignore_index=True)
    measure = cells["measure"].to_numpy()[:, None] == rows["measure"].to_numpy()
    language = cells["language"].to_numpy()[:, None] == rows["language"].to_numpy()
    member = measure & (language | (rows["language"] == ALL).to_numpy())
    sums = {run: np.stack([add_up(np.nan_to_num(seed))[:, kept] for seed in given]) for run, given in values.items()}
    return ClusterSums(rows, member / member.sum(axis=0), counts[:, kept], sums)
