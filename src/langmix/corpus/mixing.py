"""How corpora of very different sizes share the training batches."""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from langmix.errors import LangmixError

WEIGHTINGS = ("proportional", "temperature", "uniform", "capped")
BATCHES = ("one_corpus", "mixed")


@dataclass(frozen=True)
class Mixing:
    """How the corpora that can serve a kind of batch share it.

    The weight of a corpus comes from ``n``, the pairs it has for the kind: ``n`` (proportional), ``n ** (1 /
    temperature)`` (temperature), 1 (uniform) or ``min(n, cap)`` (capped: "examples-proportional mixing" of Raffel et
    al. 2020, section 3.5.2, arXiv 1910.10683, which has temperature too). arXiv 2408.10536 says neither how it weighs
    its nine corpora nor whether a batch mixes them.

    Attributes:
        weighting: One of `WEIGHTINGS`.
        temperature: For "temperature": 1 is proportional, infinity would be uniform.
        cap: For "capped": pairs beyond which a corpus gains no weight.
        batches: "one_corpus": every batch is of one corpus, drawn by weight; "mixed": every pair of a batch is.

    Raises:
        LangmixError: A value has the wrong type or range.
    """

    weighting: str = "proportional"
    temperature: float = field(default=3.0, kw_only=True)
    cap: int = field(default=2**19, kw_only=True)
    batches: str = field(default="one_corpus", kw_only=True)

    def __post_init__(self) -> None:
        for key, value, known in (("weighting", self.weighting, WEIGHTINGS), ("batches", self.batches, BATCHES)):
            if value not in known:
                raise LangmixError(f"corpus.mixing.{key}={value}: must be one of {' '.join(known)}")
        if not isinstance(self.temperature, int | float) or not 1 <= self.temperature < float("inf"):
            raise LangmixError(f"corpus.mixing.temperature={self.temperature}: must be a number from 1")
        if not isinstance(self.cap, int) or isinstance(self.cap, bool) or self.cap < 1:
            raise LangmixError(f"corpus.mixing.cap={self.cap}: must be a whole number from 1")

    def shares(self, pairs: list[int]) -> npt.NDArray[np.float64]:
        """Share of each corpus ``[corpora]``, summing to 1, from the pairs that each has (at least 1)."""
        sizes = np.array(pairs, np.float64)
        weights = {
            "proportional": sizes,
            "temperature": sizes ** (1 / self.temperature),
            "uniform": np.ones_like(sizes),
            "capped": np.minimum(sizes, self.cap),
        }[self.weighting]
        shares: npt.NDArray[np.float64] = weights / weights.sum()
        return shares
