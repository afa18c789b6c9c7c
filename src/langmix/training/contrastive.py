"""The contrastive loss of a batch."""

import torch
from torch import Tensor
from torch.nn import functional


def info_nce(
    queries: Tensor,
    passages: Tensor,
    groups: Tensor,
    temperature: float | Tensor,
    negatives: Tensor | None = None,
    negative_groups: Tensor | None = None,
    *,
    symmetric: bool = False,
) -> Tensor:
    """InfoNCE over the passages of the batch (van den Oord et al. 2018, arXiv 1807.03748), mean over queries.

    For query i with its own passage i:  -log( exp(s_ii / t) / sum_j exp(s_ij / t) ),  s = cosine, over all passages j
    of the batch but those of i's group other than i itself: they may answer it too, so they are no negatives. Extra
    negatives (mined ones, say) join the sum under the same rule. All of it is computed in float32, under autocast too.

    Args:
        queries: L2-normalised, ``[batch, dim]``.
        passages: L2-normalised, row i answers query i, ``[batch, dim]``.
        groups: Integer code of each pair's group, ``[batch]``.
        temperature: t above, greater than 0; a tensor where it is learned.
        negatives: L2-normalised passages that are nobody's answer, ``[negatives, dim]``; all queries share them.
        negative_groups: Integer code of the group each negative was taken from, ``[negatives]``; one that no pair has
            where there is no such group.
        symmetric: Take the mean of this loss and the one that finds each passage's query among the queries, as CLIP
            does (Radford et al. 2021, arXiv 2103.00020). Extra negatives have no query, so the latter leaves them out.

    Returns:
        Scalar loss in nats.

    Raises:
        ValueError: Only one of ``negatives`` and ``negative_groups`` is given.
    """
    if (negatives is None) != (negative_groups is None):
        raise ValueError("negatives and negative_groups come together")
    scores = _scores(queries, passages, temperature)
    same = groups[:, None] == groups[None, :]
    same.fill_diagonal_(fill_value=False)
    scores = scores.masked_fill(same, float("-inf"))
    own = torch.arange(len(scores), device=scores.device)
    candidates = scores
    if negatives is not None and negative_groups is not None:
        extra = _scores(queries, negatives, temperature)
        extra = extra.masked_fill(groups[:, None] == negative_groups[None, :], float("-inf"))
        candidates = torch.cat([scores, extra], dim=1)
    loss = functional.cross_entropy(candidates, own)
    if symmetric:
        loss = (loss + functional.cross_entropy(scores.T, own)) / 2
    return loss


def _scores(queries: Tensor, passages: Tensor, temperature: float | Tensor) -> Tensor:
    # Autocast would multiply in bfloat16 whatever type it is given: at 1/t = 50 that moves a logit by tenths.
    with torch.autocast(queries.device.type, enabled=False):
        return queries.float() @ passages.float().T / temperature
