"""MIMO: embeddings follow a teacher's of the pivot language, then rank passages as well."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from langmix.errors import LangmixError
from langmix.losses.contrastive import InfoNCE
from langmix.losses.loss import Embedded, Taught, check

if TYPE_CHECKING:
    from torch import Tensor, nn


@dataclass(frozen=True)
class Mimo(Taught):
    """Distillation of embeddings, first alone and then beside InfoNCE (arXiv 2605.31171; yjoonjang/MIMO).

    The distillation is 1 - cos(W e(text) + c, teacher(text in the pivot language)), the mean of that over queries and
    of that over passages; W and c are trained along and not kept. In the first stage it is all, so how languages are
    mixed inside its batches changes nothing there but how often each language is read; then it is w InfoNCE + (1 - w)
    distillation, MIMO's InfoNCE being that of ``sampler=x_y``. MIMO's first stage has further texts of its own; here
    both stages read the corpus.

    Attributes:
        weight: w above.
        first_stage: Share of the steps of the first stage.
    """

    name: str = "mimo"
    weight: float = 0.2
    first_stage: float = 0.5

    def __post_init__(self) -> None:
        check("weight", self.weight, 0, 1)
        check("first_stage", self.first_stage, 0, 1)

    def projection(self, dim: int, taught_dim: int) -> "nn.Module":
        """W and c above."""
        from torch import nn

        return nn.Linear(dim, taught_dim)

    def __call__(
        self, batch: Embedded, temperature: "float | Tensor", projection: "nn.Module | None" = None
    ) -> "Tensor":
        """See `Loss`."""
        import torch
        from torch.nn.functional import cosine_similarity

        if projection is None:
            raise LangmixError(f"loss={self.name}: needs what `projection` returns")
        pairs = len(batch.queries)
        with torch.autocast(batch.queries.device.type, enabled=False):
            projected = projection(torch.cat([batch.queries, batch.passages]).float())
        # As many queries as passages: the mean over all is the mean of both means.
        distilled = 1 - cosine_similarity(projected, batch.lessons[: 2 * pairs].float()).mean()
        if batch.done < self.first_stage:
            return distilled
        return self.weight * InfoNCE()(batch, temperature) + (1 - self.weight) * distilled
