"""CLEAR: passages are to find the translations of their queries, as queries find passages."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from langmix.errors import LangmixError
from langmix.losses.contrastive import InfoNCE
from langmix.losses.loss import Bilingual, Embedded, check

if TYPE_CHECKING:
    from torch import Tensor, nn


@dataclass(frozen=True)
class Clear(Bilingual):
    """(1 - a - b) CE(q -> d) + a CE(d -> q') + b KL(p(q' | d) || p(d | q)) (arXiv 2604.05821; dltmddbs100/CLEAR).

    CE(q -> d) is InfoNCE; q' are the queries in a second language, those that have one, among which each passage has to
    find its own; both distributions of the divergence are over the pairs that have one, cosines divided by the
    temperature. CLEAR pairs English queries and passages and takes q' from other languages: ``sampler=en_en``.

    Attributes:
        alpha: a above.
        beta: b above.
    """

    name: str = "clear"
    alpha: float = 0.4
    beta: float = 0.2

    def __post_init__(self) -> None:
        check("alpha", self.alpha, 0, 1)
        check("beta", self.beta, 0, 1)
        if self.alpha + self.beta > 1:
            raise LangmixError(f"loss.alpha={self.alpha:g} and loss.beta={self.beta:g}: must not add up to more than 1")

    def __call__(
        self, batch: Embedded, temperature: "float | Tensor", projection: "nn.Module | None" = None
    ) -> "Tensor":
        """See `Loss`."""
        from langmix.losses.formulas import cosines, cross_entropy, divergence

        loss = (1 - self.alpha - self.beta) * InfoNCE()(batch, temperature)
        if batch.seconds is None or not len(batch.seconds):
            return loss
        has = batch.has_second
        queries, passages = batch.queries[has], batch.passages[has]
        masked = batch.masked[:, : len(batch.passages)][has][:, has]
        forward, backward = cosines(queries, passages) / temperature, cosines(passages, batch.seconds) / temperature
        loss = loss + self.alpha * cross_entropy(backward, masked.T)
        return loss + self.beta * divergence(backward, forward, masked | masked.T)
