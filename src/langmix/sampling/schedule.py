"""Numbers that change in the course of training."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

SHAPES = ("constant", "linear", "cosine")


@dataclass(frozen=True)
class Schedule:
    """A number as a function of the training step.

    Attributes:
        start: Its value at step 0.
        end: Its value from step ``steps - 1`` on.
        steps: Training steps it is stretched over.
        shape: How it gets from one to the other: "linear", or "cosine" (slow, fast, slow: half a
            period). "constant" has both ends equal.
    """

    start: float
    end: float
    steps: int
    shape: str = "constant"

    def __call__(self, steps: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
        """The values at ``steps [n]``, ``[n]``."""
        progress = np.clip(steps / max(1, self.steps - 1), 0.0, 1.0)
        if self.shape == "cosine":
            progress = (1 - np.cos(np.pi * progress)) / 2
        values: npt.NDArray[np.float64] = self.start + (self.end - self.start) * progress
        return values
