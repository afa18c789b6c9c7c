"""Rows of all processes, so that every process sees the whole batch."""

import torch
import torch.distributed as dist
from torch import Tensor


def gathered(rows: Tensor) -> Tensor:
    """The rows of all processes in the order of their ranks; a gradient flows to this process's own.

    Every process that computes the same loss from the gathered rows gets the part of the gradient that goes through
    its own; these parts sum to the gradient of one process that holds the whole batch. Distributed training takes
    the mean over processes instead of the sum, so the gradient that flows back here is multiplied by their number.
    What does not go through here (a temperature, say) has its whole gradient in every process, of which the mean is
    right.

    Args:
        rows: ``[own, ...]``; how many there are may differ between processes, the other dimensions may not.

    Returns:
        ``[all, ...]``; ``rows`` itself where there is only one process.
    """
    if not dist.is_available() or not dist.is_initialized() or dist.get_world_size() == 1:
        return rows
    world_size, rank = dist.get_world_size(), dist.get_rank()
    count = torch.tensor([len(rows)], device=rows.device)
    counts = [torch.empty_like(count) for _ in range(world_size)]
    dist.all_gather(counts, count)
    sizes = [int(size) for size in counts]
    # Collectives want equal shapes: the shorter shares are padded, and cut again.
    padded = rows.new_zeros(max(sizes), *rows.shape[1:])
    padded[: len(rows)] = rows.detach()
    shares = [torch.empty_like(padded) for _ in range(world_size)]
    dist.all_gather(shares, padded)
    parts = [share[:size] for share, size in zip(shares, sizes, strict=True)]
    parts[rank] = _scaled_gradient(rows, world_size) if rows.requires_grad else rows
    return torch.cat(parts)


def _scaled_gradient(rows: Tensor, factor: int) -> Tensor:
    same = rows.view_as(rows)
    same.register_hook(lambda gradient: gradient * factor)  # type: ignore[no-untyped-call]
    return same
