"""Distillation: the batch is to be scored as a frozen encoder scores it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from langmix.errors import LangmixError
from langmix.losses.loss import Embedded, Taught

if TYPE_CHECKING:
    from torch import Tensor, nn


def _scored(batch: Embedded) -> "tuple[Tensor, Tensor]":
    """Cosines of queries and candidates by encoder and by teacher, ``[batch, batch + negatives]`` each."""
    from langmix.losses.formulas import cosines

    pairs = len(batch.queries)
    return cosines(batch.queries, batch.candidates), cosines(batch.lessons[:pairs], batch.lessons[pairs:])


@dataclass(frozen=True)
class DistillKL(Taught):
    """KL(p_teacher || p) over the candidates of each query, mean over queries, and nothing else.

    p are softmaxes of cosines, each divided by a temperature of its own. Multilingual translate-distill (arXiv
    2405.00977) distils a cross-encoder's scores like this.

    Attributes:
        teacher_temperature: What the teacher's cosines are divided by; 0.01 is what multilingual E5 was trained with
            (arXiv 2402.05672).
    """

    name: str = "distill_kl"
    teacher_temperature: float = 0.01

    def __post_init__(self) -> None:
        if not self.teacher_temperature > 0:
            raise LangmixError(f"loss.teacher_temperature={self.teacher_temperature:g}: must be greater than 0")

    def __call__(
        self, batch: Embedded, temperature: "float | Tensor", projection: "nn.Module | None" = None
    ) -> "Tensor":
        """See `Loss`."""
        from langmix.losses.formulas import divergence

        scores, taught = _scored(batch)
        return divergence(taught / self.teacher_temperature, scores / temperature, batch.masked)


@dataclass(frozen=True)
class MarginMSE(Taught):
    """Mean square of the difference between margins and the teacher's, over all negatives of all queries.

    The margin of a negative j of query i is s_ii - s_ij, s = cosine (Hofstätter et al. 2020, arXiv 2010.02666, equation
    5, there with one negative a query). The temperature plays no part.
    """

    name: str = "margin_mse"

    def __call__(
        self, batch: Embedded, temperature: "float | Tensor", projection: "nn.Module | None" = None
    ) -> "Tensor":
        """See `Loss`."""
        import torch

        scores, taught = _scored(batch)
        difference = (scores.diagonal()[:, None] - scores) - (taught.diagonal()[:, None] - taught)
        counted = ~batch.masked & ~torch.eye(*scores.shape, dtype=torch.bool, device=scores.device)
        # Without any negative there is nothing to learn, and a mean of nothing is no number.
        return difference.square().masked_fill(~counted, 0.0).sum() / counted.sum().clamp(min=1)
