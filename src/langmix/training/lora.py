"""What LoRA adds to a weight."""

import math

import torch
from torch import Tensor, nn


class Added(nn.Module):
    """Adds ``scale * B A`` to a weight; as a parametrisation, so that whoever reads the weight reads the sum.

    Args:
        weight: ``[out, in]``.
        rank: Rows of A, columns of B.
        scale: See above.
    """

    def __init__(self, weight: Tensor, rank: int, scale: float) -> None:
        super().__init__()
        self._scale = scale
        self.down = nn.Parameter(weight.new_empty(rank, weight.shape[1]))
        self.up = nn.Parameter(weight.new_zeros(weight.shape[0], rank))
        nn.init.kaiming_uniform_(self.down, a=math.sqrt(5))

    def forward(self, weight: Tensor) -> Tensor:
        """The sum, ``[out, in]``; in float32, under autocast too."""
        with torch.autocast(weight.device.type, enabled=False):
            return weight + self._scale * (self.up @ self.down)
