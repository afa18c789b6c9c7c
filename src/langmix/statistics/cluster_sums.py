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
    """Sums per cluster for one dataset and setting; every mean and standard error follows from them.

    A cluster is a question, or all questions of a paragraph or of an article.

    A *cell* is a (measure, query language, candidate language) for which the measure is defined; cell q holds n_cq
    values of question c, and their sum is y_cq. The mean of a cell is r_q = sum_c y_cq / sum_c n_cq, and a *row* of the
    result (a measure, over all pairs or over those of one query language) is the plain mean of its cells,
    theta = sum_q w_q r_q: every language pair counts the same however many queries it has.

    Attributes:
        rows: `setting`, `language` (`ALL` or the query language) and `measure`; `[rows, 3]`.
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

        With the sizes n as they are, theta is linear in d; what a question drawn anew does to them is in `influence`.

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

    def error(self, run: str, baseline: str) -> Floats:
        """Standard error over clusters of a difference between these very models; `[rows]`."""
        squares = (self.influence(self.difference(run, baseline)) ** 2).sum(axis=0)
        return np.asarray(np.sqrt(squares * self._correction), dtype=np.float64)

    def interaction(self, run: str) -> Floats:
        """Variance of a run's mean over seeds that comes from seeds doing unlike on the same cluster; `[rows]`."""
        seeds = len(self.sums[run])
        influence = self.influence(self.sums[run])
        apart = ((influence - influence.mean(axis=0)) ** 2).sum(axis=(0, 1)) / max(seeds - 1, 1)
        return np.asarray(apart * self._correction / seeds, dtype=np.float64)

    @cached_property
    def _correction(self) -> Floats:
        return np.asarray(self.clusters / np.maximum(self.clusters - 1, 1), dtype=np.float64)

    def grouped(self, codes: npt.NDArray[np.int64]) -> "ClusterSums":
        """Add up the questions that belong together: paragraphs or articles become the clusters.

        Args:
            codes: cluster of each question, numbered from 0; `[questions]`.
        """
        member = (np.arange(codes.max() + 1)[:, None] == codes).astype(np.float64)
        sums = {run: member @ given for run, given in self.sums.items()}
        return ClusterSums(self.rows, self.weights, member @ self.counts, sums)


def cluster_sums(runs: PairedRuns, dataset: str, setting: str) -> ClusterSums:
    """Add up a setting of a dataset by question and cell.

    All questions of the data set are there, sorted by name, whatever the setting and the order of the tables' rows, so
    that settings can share what is drawn. Cells in which a measure is defined for no list are left out. Where all cells
    of a row hold the same number of values of every question (XQuAD-R), their mean is taken at once and a row is a
    single cell.
    """
    in_dataset = (runs.lists["dataset"] == dataset).to_numpy()
    names = np.unique(runs.lists.loc[in_dataset, "question"].to_numpy(dtype=str))
    here = in_dataset & (runs.lists["setting"] == setting).to_numpy()
    lists = runs.lists[here]
    cluster = np.searchsorted(names, lists["question"].to_numpy(dtype=str))
    pair, pairs = pd.factorize(pd.MultiIndex.from_frame(lists[["query_language", "candidate_language"]]), sort=True)
    shape = (len(names), len(pairs), len(runs.measures))
    place = cluster * len(pairs) + pair

    def add_up(values: Floats) -> Floats:
        columns = [np.bincount(place, column, shape[0] * shape[1]) for column in values.T]
        return np.stack(columns, axis=1, dtype=np.float64).reshape(shape[0], -1)

    counts = add_up(np.isfinite(next(iter(runs.values.values()))[0][here]).astype(np.float64))
    kept = counts.sum(axis=0) > 0
    counts = counts[:, kept]
    cells = pd.DataFrame(
        {
            "setting": setting,
            "language": np.repeat([query for query, _ in pairs], shape[2]),
            "measure": np.tile(np.array(runs.measures, dtype=object), shape[1]),
        }
    )[kept]
    rows = pd.concat([cells.assign(language=ALL), cells]).drop_duplicates(ignore_index=True)
    measure = cells["measure"].to_numpy()[:, None] == rows["measure"].to_numpy()
    language = cells["language"].to_numpy()[:, None] == rows["language"].to_numpy()
    member = measure & (language | (rows["language"] == ALL).to_numpy())
    weights = member / member.sum(axis=0)
    own = counts[:, member.argmax(axis=0)] if len(rows) else counts
    alike = all((counts[:, member[:, row]] == own[:, [row]]).all() for row in range(len(rows)))

    def sum_of(seed: Floats) -> Floats:
        sums = add_up(np.nan_to_num(seed[here]))[:, kept]
        return sums @ weights if alike else sums

    sums = {run: np.stack([sum_of(seed) for seed in given]) for run, given in runs.values.items()}
    return ClusterSums(rows, np.eye(len(rows)), own, sums) if alike else ClusterSums(rows, weights, counts, sums)
