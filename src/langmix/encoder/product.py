"""Products of texts' tokens with weights on a processor, by torch's usual library or by oneDNN.

torch multiplies fp32 matrices with MKL, which knows Intel's processors: on others it may run at less than half of what
oneDNN, which torch brings along too, reaches. Which is faster is measured, see `langmix.encoder.speed`.

The operators are private to torch, which is pinned; all that langmix uses of them is in this file.
"""

# ruff: noqa: SLF001

from typing import Any, Literal, Protocol

import torch
from torch import Tensor
from torch.nn import functional

ProductName = Literal["torch", "onednn"]


class Product(Protocol):
    """How rows are multiplied with weights; everything has a gradient where torch records one."""

    def ready(self, weight: Tensor) -> Tensor:
        """The weight ``[out, in]`` in the form that is fastest to multiply with, again and again."""

    def linear(self, rows: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        """``rows weight^T + bias``: ``[tokens, out]`` of ``[tokens, in]``, ``[out, in]`` and ``[out]``."""

    def gelu(self, rows: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        """GELU (exact, Hendrycks and Gimpel 2016, arXiv 1606.08415) of the same."""

    def added(self, rows: Tensor, weight: Tensor, bias: Tensor, to: Tensor) -> Tensor:
        """The same added to ``to [tokens, out]``."""


class Usual:
    """By whatever torch takes."""

    def ready(self, weight: Tensor) -> Tensor:
        """See `Product`."""
        return weight

    def linear(self, rows: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        """See `Product`."""
        return functional.linear(rows, weight, bias)

    def gelu(self, rows: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        """See `Product`."""
        return functional.gelu(functional.linear(rows, weight, bias))

    def added(self, rows: Tensor, weight: Tensor, bias: Tensor, to: Tensor) -> Tensor:
        """See `Product`."""
        return functional.linear(rows, weight, bias) + to


class OneDnn:
    """By oneDNN, which also adds and bends in the same pass where no gradient is wanted."""

    def ready(self, weight: Tensor) -> Tensor:
        """See `Product`."""
        if torch.is_grad_enabled():
            return weight
        packed: Tensor = torch.ops.mkldnn._reorder_linear_weight(weight)
        return packed

    def linear(self, rows: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        """See `Product`."""
        if torch.is_grad_enabled():
            return _Linear.apply(rows, weight, bias)  # type: ignore[no-any-return, no-untyped-call]
        return _pointwise(rows, weight, bias)

    def gelu(self, rows: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        """See `Product`."""
        if torch.is_grad_enabled():
            return functional.gelu(self.linear(rows, weight, bias))
        return _pointwise(rows, weight, bias, "gelu", "none")

    def added(self, rows: Tensor, weight: Tensor, bias: Tensor, to: Tensor) -> Tensor:
        """See `Product`."""
        if torch.is_grad_enabled():
            return self.linear(rows, weight, bias) + to
        added: Tensor = torch.ops.mkldnn._linear_pointwise.binary(rows, to, weight, bias, "add")
        return added


def products(name: ProductName, device: torch.device) -> Product:
    """The products of a name; on anything but a processor torch's own."""
    return OneDnn() if name == "onednn" and device.type == "cpu" else Usual()


def has_onednn() -> bool:
    """Whether this torch has oneDNN's operators as they are used here."""
    try:
        ones = torch.ones(2, 2)
        with torch.no_grad():
            packed = OneDnn().ready(ones)
            added = OneDnn().added(ones, packed, ones[0], OneDnn().gelu(ones, packed, ones[0]))
    except (AttributeError, RuntimeError, TypeError):  # no such operator, another signature, or none for processors
        return False
    return bool(torch.allclose(added, functional.gelu(3 * ones) + 3))


class _Linear(torch.autograd.Function):
    """A linear layer whose three products are all oneDNN's."""

    @staticmethod
    def forward(ctx: Any, rows: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        ctx.save_for_backward(rows, weight)
        return _pointwise(rows, weight, bias)

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, Tensor | None, Tensor | None]:
        rows, weight = ctx.saved_tensors
        for_rows = _pointwise(gradient, weight.T) if ctx.needs_input_grad[0] else None
        for_weight = _outer(gradient, rows) if ctx.needs_input_grad[1] else None
        return for_rows, for_weight, gradient.sum(0) if ctx.needs_input_grad[2] else None


def _outer(left: Tensor, right: Tensor) -> Tensor:
    """``left^T right``, ``[m, n]`` of ``[tokens, m]`` and ``[tokens, n]``; oneDNN is faster where m is the smaller."""
    if left.shape[1] > right.shape[1]:
        return _pointwise(right.T, left.T).T
    return _pointwise(left.T, right.T)


def _pointwise(
    rows: Tensor, weight: Tensor, bias: Tensor | None = None, bend: str = "none", algorithm: str = ""
) -> Tensor:
    found: Tensor = torch.ops.mkldnn._linear_pointwise(rows, weight, bias, bend, [], algorithm)
    return found
