"""Figures that are no mean over queries (a median, Kendall's W, a divergence), from questions drawn anew."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd

from langmix.errors import LangmixError
from langmix.statistics.bootstrap import BLOCK, Resampled
from langmix.statistics.draws import Draws

Floats = npt.NDArray[np.float64]


class Figure(Protocol):
    """A number that follows from a sample of questions."""

    @property
    def setting(self) -> str:
        """Setting that it describes."""

    @property
    def measure(self) -> str:
        """Name of the measure."""

    @property
    def language(self) -> str:
        """Query language, or `all`."""

    @property
    def questions(self) -> Sequence[str]:
        """Names of its questions, sorted."""

    def value(self, weights: Floats) -> Floats:
        """Compute the figure with question c counted `weights[:, c]` times; `[draws, questions]` -> `[draws]`."""


@dataclass(frozen=True)
class ClusterFigures:
    """Figures of several runs at one level of clusters.

    The standard error of a difference is the standard deviation of its resamples, which is right for the median, where
    the jackknife is not (Efron, The Jackknife, the Bootstrap and Other Resampling Plans, 1982, section 3.4). It is
    brought up by clusters / (clusters - 1), and as it is not estimated anew in each resample, the t distribution with
    clusters - 1 degrees of freedom allows for that.

    Attributes:
        rows: `setting`, `language` and `measure`; `[rows, 3]`.
        questions: questions of the figure; `[rows]`.
        clusters: clusters with a question of the figure; `[rows]`.
        values: of every run; `[seeds, rows]`.
        deviations: of every run from its value, averaged over its seeds; `[resamples, rows]`.
        apart: of every run, the variance over resamples of what a seed deviates from the mean of all; `[rows]`.
    """

    rows: pd.DataFrame
    questions: npt.NDArray[np.int64]
    clusters: npt.NDArray[np.int64]
    values: Mapping[str, Floats]
    deviations: Mapping[str, Floats]
    apart: Mapping[str, Floats]

    def estimates(self, run: str) -> Floats:
        """Values of a run, one per seed; `[seeds, rows]`."""
        return self.values[run]

    def error(self, run: str, baseline: str) -> Floats:
        """Standard error over clusters of a difference between these very models; `[rows]`."""
        moved = self.deviations[run] - self.deviations[baseline]
        return np.asarray(np.sqrt(np.nanvar(moved, axis=0) * self._correction), dtype=np.float64)

    def interaction(self, run: str) -> Floats:
        """Variance of a run's mean over seeds that comes from seeds doing unlike on the same cluster; `[rows]`."""
        return np.asarray(self.apart[run] * self._correction / len(self.values[run]), dtype=np.float64)

    def resample(self, run: str, baseline: str) -> Resampled:
        """Differences in every resample, with the variance that they have together."""
        moved = (self.deviations[run] - self.deviations[baseline]) * np.sqrt(self._correction)
        variance = self.error(run, baseline) ** 2
        return Resampled(moved, variance[None], np.maximum(self.clusters - 1, 1).astype(np.float64))

    @cached_property
    def _correction(self) -> Floats:
        return np.asarray(self.clusters / np.maximum(self.clusters - 1, 1), dtype=np.float64)


def cluster_figures(
    figures: Mapping[str, Sequence[Sequence[Figure]]], names: Sequence[str], draws: Draws, level: str
) -> ClusterFigures:
    """Compute every figure of every run and seed, in the data and in every resample.

    Args:
        figures: of every run, a list of figures per seed.
        names: the questions of the data set, sorted, as `draws` numbers them.
        draws: the joint draw.
        level: which clusters are drawn.

    Raises:
        LangmixError: figures of two runs cannot be paired, a question is not in the per-query tables, or a value is
            missing in some of the runs only.
    """
    by_name = {run: [_named(seed, run) for seed in seeds] for run, seeds in figures.items()}
    first = next(iter(by_name))
    keys = sorted(by_name[first][0])
    places = {key: _places(by_name[first][0][key], names) for key in keys}
    for run, seeds in by_name.items():
        for seed in seeds:
            _check_pair(seed, by_name[first][0], run, first)
    values = {
        run: np.array([[float(seed[key].value(np.ones((1, len(places[key]))))[0]) for key in keys] for seed in seeds])
        for run, seeds in by_name.items()
    }
    for run, given in values.items():
        odd = np.isnan(given) != np.isnan(values[first][0])
        if odd.any() or np.isinf(given).any():
            setting, language, measure = keys[int(np.argmax((odd | np.isinf(given)).any(axis=0)))]
            raise LangmixError(
                f"run '{run}': {measure} (setting '{setting}', language '{language}') is "
                f"{'infinite' if np.isinf(given).any() else 'undefined in some of the runs only'}"
            )
    kept = ~np.isnan(values[first][0])
    keys = [key for key, here in zip(keys, kept, strict=True) if here]
    values = {run: given[:, kept] for run, given in values.items()}
    deviations = {run: np.empty((draws.resamples, len(keys))) for run in by_name}
    unlike = {run: np.zeros((2, len(seeds), len(keys))) for run, seeds in by_name.items()}
    for start in range(0, draws.resamples, BLOCK):
        block = slice(start, min(start + BLOCK, draws.resamples))
        weights = draws.weights(level, block)
        chosen: dict[bytes, Floats] = {}
        for row, key in enumerate(keys):
            here = places[key].tobytes()
            if here not in chosen:
                chosen[here] = weights[:, places[key]]
            for run, seeds in by_name.items():
                moved = np.stack([seed[key].value(chosen[here]) for seed in seeds]) - values[run][:, [row]]
                deviations[run][block, row] = moved.mean(axis=0)
                rest = np.nan_to_num(moved - moved.mean(axis=0))
                unlike[run][:, :, row] += rest.sum(axis=1), (rest**2).sum(axis=1)
    apart = {
        run: (squares / draws.resamples - (sums / draws.resamples) ** 2).sum(axis=0) / max(len(sums) - 1, 1)
        for run, (sums, squares) in unlike.items()
    }
    rows = pd.DataFrame(keys, columns=["setting", "language", "measure"])
    clusters = np.array([len(np.unique(draws.codes[level][places[key]])) for key in keys], dtype=np.int64)
    questions = np.array([len(places[key]) for key in keys], dtype=np.int64)
    return ClusterFigures(rows, questions, clusters, values, deviations, apart)


def _named(figures: Sequence[Figure], run: str) -> dict[tuple[str, str, str], Figure]:
    named: dict[tuple[str, str, str], Figure] = {}
    for figure in figures:
        key = (figure.setting, figure.language, figure.measure)
        if key in named:
            raise LangmixError(f"run '{run}': {key[2]} (setting '{key[0]}', language '{key[1]}') is given twice")
        named[key] = figure
    return named


def _places(figure: Figure, names: Sequence[str]) -> npt.NDArray[np.int64]:
    """Number of each of its questions in the data set; `[questions]`."""
    number = {name: place for place, name in enumerate(names)}
    if unknown := [name for name in figure.questions if name not in number]:
        raise LangmixError(f"{figure.measure}: question '{unknown[0]}' is not in the per-query tables")
    return np.array([number[name] for name in figure.questions], dtype=np.int64)


def _check_pair(
    ours: Mapping[tuple[str, str, str], Figure], theirs: Mapping[tuple[str, str, str], Figure], run: str, first: str
) -> None:
    for key in sorted(ours.keys() ^ theirs.keys()):
        have, lack = (run, first) if key in ours else (first, run)
        raise LangmixError(
            f"run '{lack}': {key[2]} (setting '{key[0]}', language '{key[1]}') is missing; run '{have}' has it"
        )
    for key, figure in ours.items():
        if list(figure.questions) != list(theirs[key].questions):
            raise LangmixError(f"run '{run}': {key[2]} is about other questions than in run '{first}'")
