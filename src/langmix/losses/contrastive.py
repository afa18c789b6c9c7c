"""InfoNCE."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from langmix.losses.loss import Embedded, Loss, check

if TYPE_CHECKING:
    from torch import Tensor, nn


@dataclass(frozen=True)
class InfoNCE(Loss):
    """InfoNCE over the passages of the batch (van den Oord et al. 2018, arXiv 1807.03748), mean over queries.

    For query i with its own passage i:  -log( exp(s_ii / t) / sum_j exp(s_ij / t) ),  s = cosine, over all candidates j
    but those that are masked for i.

    Attributes:
        symmetric: Take the mean of this loss and the one that finds each passage's query among the queries that it is
            a negative of, as CLIP does (Radford et al. 2021, arXiv 2103.00020). Extra negatives have no query, so the
            latter leaves them out.
        margin: Subtracted from s_ii: additive margin softmax, 0.3 in LaBSE (Feng et al. 2022, arXiv 2007.01852,
            equation 3).
    """

    name: str = "info_nce"
    symmetric: bool = False
    margin: float = 0.0

    def __post_init__(self) -> None:
        check("margin", self.margin, 0, 2)

    def __call__(
        self, batch: Embedded, temperature: "float | Tensor", projection: "nn.Module | None" = None
    ) -> "Tensor":
        """See `Loss`."""
        from langmix.losses.formulas import cosines, cross_entropy

        scores = cosines(batch.queries, batch.candidates)
        if self.margin:
            scores.diagonal().sub_(self.margin)
        scores = scores / temperature
        loss = cross_entropy(scores, batch.masked)
        if self.symmetric:
            pairs = len(batch.passages)
            loss = (loss + cross_entropy(scores[:, :pairs].T, batch.masked[:, :pairs].T)) / 2
        return loss
