"""Whether a translation says what its source says, as an encoder sees it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from langmix.encoder.backbone import Backbone
from langmix.encoder.encoder import Encoder
from langmix.scoring.encode import encode
from langmix.translation.gates import Row, Values

_OTHERS = 1000  # translations of other rows that one is compared with
_TOKENS = 2048


@dataclass(frozen=True)
class Similarity:
    """Share of other translations that are more similar to a source than its own, by cosine.

    A rank, and no cosine: those of one encoder are not those of another, nor of one language those of another.

    Attributes:
        encoder: Encodes both.
    """

    encoder: Encoder

    @classmethod
    def of(cls, backbone: Backbone) -> "Similarity":
        """By a backbone as it is."""
        return cls(Encoder.load(backbone))

    def __call__(self, rows: Sequence[Row]) -> Values:
        """Values of ``rows [n]``, ``[n]``: 0 where no other is more similar."""
        texts = (["\n".join(row.source) for row in rows], ["\n".join(row.target) for row in rows])
        sides = [encode(self.encoder, each, "passage", "fp32", _TOKENS) for each in texts]
        found = []
        for start in range(0, len(rows), _OTHERS):
            source, target = (side[start : start + _OTHERS] for side in sides)
            cosines = source @ target.T
            found.append((cosines > np.diagonal(cosines)[:, None]).mean(1))
        return np.concatenate(found) if found else np.empty(0)

    def nearest(self, text: str, among: Sequence[str]) -> int:
        """Which of some texts is most similar to one."""
        one, others = (encode(self.encoder, each, "passage", "fp32", _TOKENS) for each in ([text], among))
        return int(np.argmax(others @ one[0]))
