"""The contrastive loss of a batch."""

import torch
from torch import Tensor
from torch.nn import functional


def info_nce(
    queries: Tensor,
    passages: Tensor,
    masked: Tensor,
    temperature: float | Tensor,
    negatives: Tensor | None = None,
    *,
    symmetric: bool = False,
) -> Tensor:
    """InfoNCE over the passages of the batch (van den Oord et al. 2018, arXiv 1807.03748), mean over queries.

    For query i with its own passage i:  -log( exp(s_ii / t) / sum_j exp(s_ij / t) ),  s = cosine, over all candidates j
    but those that are masked for i: they may answer it too, so they are no negatives. Candidates are the passages of
    the batch, and the extra negatives (mined ones, say). All of it is computed in float32, under autocast too.

    Args:
        queries: L2-normalised, ``[batch, dim]``.
        passages: L2-normalised, row i answers query i, ``[batch, dim]``.
        masked: Which candidates are no negatives of which query, bool ``[batch, batch + negatives]``; not on the
            diagonal.
        temperature: t above, greater than 0; a tensor where it is learned.
        negatives: L2-normalised passages besides, ``[negatives, dim]``; all queries share them.
        symmetric: Take the mean of this loss and the one that finds each passage's query among the queries that it is
            a negative of, as CLIP does (Radford et al. 2021, arXiv 2103.00020). Extra negatives have no query, so the
            latter leaves them out.

    Returns:
        Scalar loss in nats.
    """
    candidates = passages if negatives is None else torch.cat([passages, negatives])
    # Autocast would multiply in bfloat16 whatever type it is given: at 1/t = 50 that moves a logit by tenths.
    with torch.autocast(queries.device.type, enabled=False):
        scores = queries.float() @ candidates.float().T / temperature
    scores = scores.masked_fill(masked, float("-inf"))
    own = torch.arange(len(scores), device=scores.device)
    loss = functional.cross_entropy(scores, own)
    if symmetric:
        loss = (loss + functional.cross_entropy(scores[:, : len(passages)].T, own)) / 2
    return loss
