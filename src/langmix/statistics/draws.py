"""One joint draw: the questions of every resample, the same for all that is compared on a data set."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[np.uint16]
LEVELS = ("question", "paragraph", "article")
"""What may be drawn: single questions, or whole groups of questions that were written together."""


@dataclass(frozen=True)
class Draws:
    """How often every cluster is drawn in every resample.

    Settings, measures and runs of a data set see the same resamples, so what they have in common by chance is in the
    draw; other data sets, other levels and every arm's seeds have generators of their own, named by what they draw, so
    no figure depends on what else is compared.

    Attributes:
        dataset: name of the data set.
        codes: level -> cluster of each question, numbered from 0; `[questions]`.
        levels: the levels that are drawn.
        resamples: number of resamples.
        seed: of the generators.
    """

    dataset: str
    codes: Mapping[str, npt.NDArray[np.int64]]
    levels: Sequence[str]
    resamples: int
    seed: int = 0
    _kept: dict[str, Counts] = field(default_factory=dict, repr=False)

    def clusters(self, level: str) -> Counts:
        """Draw as many clusters as there are, with replacement; `[resamples, clusters]`."""
        if level not in self._kept:
            clusters = int(self.codes[level].max()) + 1
            counts = np.empty((self.resamples, clusters), dtype=np.uint16)
            generator = self.generator(self.dataset, level)
            for row in counts:
                row[:] = np.bincount(generator.integers(0, clusters, clusters), minlength=clusters)
            self._kept[level] = counts
        return self._kept[level]

    def weights(self, level: str, block: slice) -> Floats:
        """How often every question is drawn with its cluster, in some of the resamples; `[block, questions]`."""
        return self.clusters(level)[block][:, self.codes[level]].astype(np.float64)

    def generator(self, *names: str) -> np.random.Generator:
        """Generator of what these words name, independent of all others."""
        return np.random.default_rng([self.seed, *"\n".join(names).encode()])
