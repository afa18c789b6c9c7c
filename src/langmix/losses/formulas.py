"""What losses are put together from."""

import torch
from torch import Tensor
from torch.nn import functional


def cosines(rows: Tensor, columns: Tensor) -> Tensor:
    """Cosines of embeddings of unit length, float32 ``[rows, columns]``.

    Autocast would multiply in bfloat16 whatever type it is given: at 1/t = 50 that moves a logit by tenths.
    """
    with torch.autocast(rows.device.type, enabled=False):
        return rows.float() @ columns.float().T


def cross_entropy(scores: Tensor, masked: Tensor) -> Tensor:
    """-log softmax of the diagonal of ``scores [n, n or more]`` among what is not masked, in nats, mean over rows."""
    own = torch.arange(len(scores), device=scores.device)
    return functional.cross_entropy(scores.masked_fill(masked, float("-inf")), own)


def divergence(target: Tensor, scores: Tensor, masked: Tensor) -> Tensor:
    """KL(softmax(target) || softmax(scores)) among what is not masked, in nats, mean over rows; all ``[n, m]``.

    The gradient flows into both.
    """
    # What is masked is 1 * (0 - 0) below: with -inf in its place the gradient would be none.
    log_target, log_scores = (
        each.masked_fill(masked, float("-inf")).log_softmax(dim=1).masked_fill(masked, 0.0) for each in (target, scores)
    )
    return (log_target.exp() * (log_target - log_scores)).sum(dim=1).mean()
