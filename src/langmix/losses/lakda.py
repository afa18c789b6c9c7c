"""LaKDA: a query and its translation are to rank passages alike."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from langmix.losses.contrastive import InfoNCE
from langmix.losses.loss import Bilingual, Embedded, check

if TYPE_CHECKING:
    from torch import Tensor, nn


@dataclass(frozen=True)
class LaKDA(Bilingual):
    """(1 - a) InfoNCE(q, d) + a KL(p' || p), as yjoonjang/MIMO's ``cached_lakda.py`` has it (arXiv 2509.06195).

    p and p' are the softmax over the candidates of the cosines, *not* divided by the temperature, of a query and of the
    same query in a second language. The gradient flows through both. The divergence is the mean over the queries that
    have a second language.

    Attributes:
        alpha: a above.
    """

    name: str = "lakda"
    alpha: float = 0.5

    def __post_init__(self) -> None:
        check("alpha", self.alpha, 0, 1)

    def __call__(
        self, batch: Embedded, temperature: "float | Tensor", projection: "nn.Module | None" = None
    ) -> "Tensor":
        """See `Loss`."""
        from langmix.losses.formulas import cosines, divergence

        loss = (1 - self.alpha) * InfoNCE()(batch, temperature)
        if batch.seconds is None or not len(batch.seconds):
            return loss
        has, candidates = batch.has_second, batch.candidates
        first, second = cosines(batch.queries[has], candidates), cosines(batch.seconds, candidates)
        return loss + self.alpha * divergence(second, first, batch.masked[has])
