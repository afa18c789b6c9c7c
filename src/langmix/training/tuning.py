"""Which weights of a transformer are trained: all, those of its last layers, or small ones added to its own."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from langmix.errors import LangmixError

if TYPE_CHECKING:
    from torch import nn
    from transformers import PreTrainedModel


@dataclass(frozen=True)
class Tuning(ABC):
    """What training may change of a transformer.

    Attributes:
        name: What runs and tables call it.
    """

    name: str

    @property
    def identity(self) -> dict[str, Any]:
        """All that it decides."""
        return dict(vars(self))

    @abstractmethod
    def begin(self, model: "PreTrainedModel", seed: int) -> None:
        """Leave a gradient to what is trained, before the first step.

        Args:
            model: Changed in place.
            seed: Of what is added.

        Raises:
            LangmixError: The model has no such weights.
        """

    def end(self, model: "PreTrainedModel") -> None:
        """Give the model its own weights back, with what was trained in them, and a gradient to all."""
        model.requires_grad_(requires_grad=True)


@dataclass(frozen=True)
class Full(Tuning):
    """All weights are trained."""

    name: str = "full"

    def begin(self, model: "PreTrainedModel", seed: int) -> None:
        """See `Tuning`."""


@dataclass(frozen=True)
class LastLayers(Tuning):
    """The last layers are trained and what comes after them; embeddings and the layers before stay as they are.

    Attributes:
        layers: How many; 0 trains only what comes after the last.
    """

    name: str = "last_layers"
    layers: int = 4

    def begin(self, model: "PreTrainedModel", seed: int) -> None:
        """See `Tuning`."""
        blocks = _blocks(self.name, model)
        if not 0 <= self.layers <= len(blocks):
            raise LangmixError(f"tuning.layers={self.layers}: must be from 0 to the model's {len(blocks)} layers")
        trained = {id(weight) for block in blocks[len(blocks) - self.layers :] for weight in block.parameters()}
        within = {id(weight) for block in blocks for weight in block.parameters()}
        behind = False  # of a model's parts, those after the layers are registered after them
        for weight in model.parameters():
            behind = behind or id(weight) in within
            weight.requires_grad_(id(weight) in trained or (behind and id(weight) not in within))
        if not any(weight.requires_grad for weight in model.parameters()):
            raise LangmixError(f"tuning.layers={self.layers}: a {model.config.model_type} has nothing after its layers")


@dataclass(frozen=True)
class LoRA(Tuning):
    """A product of two small matrices is added to every linear layer of the layers, and only those are trained.

    W + (alpha / rank) B A, A drawn at random as linear layers are, B zero at first (Hu et al. 2022, arXiv 2106.09685).
    At the end the sum is the weight, so that what is kept is a model like any other.

    Attributes:
        rank: Rows of A.
        alpha: See above.
    """

    name: str = "lora"
    rank: int = 16
    alpha: float = 32.0

    def __post_init__(self) -> None:
        if self.rank < 1:
            raise LangmixError(f"tuning.rank={self.rank}: must be a whole number from 1")
        if not self.alpha > 0:
            raise LangmixError(f"tuning.alpha={self.alpha:g}: must be greater than 0")

    def begin(self, model: "PreTrainedModel", seed: int) -> None:
        """See `Tuning`."""
        import torch
        from torch.nn.utils import parametrize

        from langmix.training.lora import Added

        blocks = _blocks(self.name, model)
        model.requires_grad_(requires_grad=False)
        torch.manual_seed(seed)
        for part in _linear(blocks):
            parametrize.register_parametrization(part, "weight", Added(part.weight, self.rank, self.alpha / self.rank))

    def end(self, model: "PreTrainedModel") -> None:
        """See `Tuning`."""
        from torch.nn.utils import parametrize

        for part in _linear(_blocks(self.name, model)):
            parametrize.remove_parametrizations(part, "weight", leave_parametrized=True)
        super().end(model)


def _blocks(name: str, model: "PreTrainedModel") -> "nn.ModuleList":
    """The layers of a transformer, in order."""
    from torch import nn

    count = getattr(model.config, "num_hidden_layers", None)
    for module in model.modules():
        if isinstance(module, nn.ModuleList) and len(module) == count:
            return module
    raise LangmixError(f"tuning={name}: a {model.config.model_type} has no layers one after another; use tuning=full")


def _linear(blocks: "nn.ModuleList") -> "list[nn.Linear]":
    from torch import nn

    return [module for module in blocks.modules() if isinstance(module, nn.Linear)]
