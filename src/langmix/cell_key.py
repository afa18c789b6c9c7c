"""Which cell of the grid one is, and how it is called."""

from collections.abc import Mapping
from dataclasses import dataclass

UNTRAINED = "none"
"""The sampler of a cell that measures the backbone as it is."""

UNADJUSTED = "none"
"""The baseline of a cell whose ranking is the encoder's own."""


@dataclass(frozen=True)
class CellKey:
    """One cell of the grid.

    Attributes:
        backbone: what is fine-tuned.
        sampler: how its batches are filled; `UNTRAINED` for none.
        dataset: what it is measured on.
        seed: of the training.
        alpha: the sampler's share of monolingual batches, if it has one.
        baseline: the training-free adjustment of its ranking, `UNADJUSTED` for none.
    """

    backbone: str
    sampler: str
    dataset: str
    seed: int
    alpha: float | None = None
    baseline: str = UNADJUSTED

    @property
    def arm(self) -> str:
        """Sampler and baseline as tables and charts call them: `hybrid α=.5`, `untrained`, `x_y + z_score`."""
        arm = "untrained" if self.sampler == UNTRAINED else self.sampler
        if self.sampler != UNTRAINED and self.alpha is not None:
            arm = f"{self.sampler} α={_short(self.alpha)}"
        return arm if self.baseline == UNADJUSTED else f"{arm} + {self.baseline}"

    @property
    def untouched(self) -> bool:
        """Whether it measures the backbone's own ranking, the level that others start from."""
        return self.sampler == UNTRAINED and self.baseline == UNADJUSTED

    @property
    def name(self) -> str:
        """The run's name: `me5_small·hybrid α=.5·s0`; no seed where nothing was trained."""
        parts = [self.backbone, self.arm]
        if self.sampler != UNTRAINED:
            parts.append(f"s{self.seed}")
        return "·".join(parts)

    @property
    def parts(self) -> dict[str, str]:
        """What the configuration groups that make the cell are called."""
        return {
            "backbone": self.backbone,
            "sampler": self.sampler,
            "dataset": self.dataset,
            "baseline": self.baseline,
        }

    @property
    def tags(self) -> dict[str, str]:
        """The cell as MLflow tags."""
        tags = self.parts | {"seed": str(self.seed)}
        return tags if self.alpha is None else tags | {"alpha": repr(self.alpha)}

    @classmethod
    def from_tags(cls, tags: Mapping[str, str]) -> "CellKey | None":
        """Return the cell a run is tagged with; None for a run that is none, such as a sweep."""
        try:
            alpha = float(tags["alpha"]) if "alpha" in tags else None
            return cls(tags["backbone"], tags["sampler"], tags["dataset"], int(tags["seed"]), alpha, tags["baseline"])
        except (KeyError, ValueError):
            return None


def _short(share: float) -> str:
    text = f"{share:g}"
    return text.removeprefix("0") if text.startswith("0.") else text
