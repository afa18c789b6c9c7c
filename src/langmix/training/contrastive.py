"""The contrastive loss of a batch."""

import torch
from torch import Tensor
from torch.nn import functional


def info_nce(queries: Tensor, passages: Tensor, groups: Tensor, temperature: float) -> Tensor:
    """InfoNCE over the passages of the batch (van den Oord et al. 2018, arXiv 1807.03748), mean over queries.

    For query i with its own passage i:  -log( exp(s_ii / t) / sum_j exp(s_ij / t) ),  s = cosine, over all passages j
    of the batch but those of i's group other than i itself: they may answer it too, so they are no negatives.

    Args:
        queries: L2-normalised, ``[batch, dim]``.
        passages: L2-normalised, row i answers query i, ``[batch, dim]``.
        groups: Integer code of each pair's group, ``[batch]``.
        temperature: t above, greater than 0.

    Returns:
        Scalar loss in nats.
    """
    scores = queries.float() @ passages.float().T / temperature
    same = groups[:, None] == groups[None, :]
    same.fill_diagonal_(fill_value=False)
    scores = scores.masked_fill(same, float("-inf"))
    return functional.cross_entropy(scores, torch.arange(len(scores), device=scores.device))
