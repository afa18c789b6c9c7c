"""How runs are compared."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from langmix.errors import LangmixError
from langmix.statistics.draws import LEVELS
from langmix.statistics.equivalence import check_margin
from langmix.statistics.families import Families, check_families
from langmix.statistics.max_t import allowed

WIDEST = "widest"
"""Every level of clusters that the tables tell of; each row is judged by the one with its widest interval."""


@dataclass(frozen=True)
class Options:
    """How to compare.

    Attributes:
        margins: for a measure, the largest difference that would not matter, in its own unit.
        seed: of the joint draw.
        resamples: number of resamples of questions and seeds.
        alpha: level of the tests; intervals have level 1 - alpha.
        power: chance of finding the smallest detectable difference.
        families: declared families of comparisons by name, see `family_of`; all other rows are in the families
            `headline` (language `all`) and `languages`.
        cluster: what is drawn: `question`, `paragraph`, `article` or `widest`.
        deterministic: runs in which nothing depends on a seed, as an untrained backbone.
    """

    margins: Mapping[str, float] = field(default_factory=dict)
    seed: int = 0
    resamples: int = 5_000
    alpha: float = 0.05
    power: float = 0.8
    families: Families = field(default_factory=dict)
    cluster: str = WIDEST
    deterministic: Collection[str] = ()

    def check(self, runs: Collection[str], measures: Collection[str]) -> None:
        """Find wrong values before anything is computed.

        Raises:
            LangmixError: one line that names the option.
        """
        for measure, margin in self.margins.items():
            if measure not in measures:
                raise LangmixError(f"margin of {measure}: this measure is not compared ({', '.join(measures)} are)")
            check_margin(margin, measure)
        for name in ("alpha", "power"):
            if not 0 < getattr(self, name) < 1:
                raise LangmixError(f"{name} is {getattr(self, name)}: give a number between 0 and 1")
        if self.resamples < 100 or allowed(self.alpha, self.resamples) < 0:
            raise LangmixError(
                f"resamples is {self.resamples}: give at least 100, and 1 / alpha - 1 (alpha is {self.alpha})"
            )
        check_families(self.families)
        if self.cluster not in (*LEVELS, WIDEST):
            raise LangmixError(f"cluster is '{self.cluster}': give one of {', '.join((*LEVELS, WIDEST))}")
        if unknown := set(self.deterministic) - set(runs):
            raise LangmixError(f"deterministic: '{min(unknown)}' is not among the runs: {', '.join(sorted(runs))}")
