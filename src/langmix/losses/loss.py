"""What a loss is given, and what it says of itself."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from langmix.errors import LangmixError

if TYPE_CHECKING:
    from torch import Tensor, nn

    from langmix.encoder.backbone import Backbone


class Embedded(NamedTuple):
    """A whole batch, of all processes, as embeddings of unit length.

    Attributes:
        queries: ``[batch, dim]``.
        passages: Row i answers query i, ``[batch, dim]``.
        masked: Which candidates, the passages and then the negatives, are no negatives of which query, as they may
            answer it too: bool ``[batch, batch + negatives]``; not on the diagonal.
        negatives: Further passages (mined ones, say), which all queries share, ``[negatives, dim]``.
        seconds: The queries in a second language, those that have one, ``[some, dim]``; none where the loss needs none.
        has_second: Which queries these are, bool ``[batch]``.
        taught: Queries, passages and negatives as a teacher embeds them, ``[2 * batch + negatives, its dim]``; none
            where there is no teacher.
        done: Share of the training's steps that lie behind.
    """

    queries: "Tensor"
    passages: "Tensor"
    masked: "Tensor"
    negatives: "Tensor | None" = None
    seconds: "Tensor | None" = None
    has_second: "Tensor | None" = None
    taught: "Tensor | None" = None
    done: float = 0.0

    @property
    def lessons(self) -> "Tensor":
        """What the teacher says, see `taught`.

        Raises:
            LangmixError: There is no teacher.
        """
        if self.taught is None:
            raise LangmixError("nothing is taught here, and this loss needs a teacher")
        return self.taught

    @property
    def candidates(self) -> "Tensor":
        """What a query's own passage has to beat, itself among them, ``[batch + negatives, dim]``."""
        import torch

        return self.passages if self.negatives is None else torch.cat([self.passages, self.negatives])


@dataclass(frozen=True)
class Loss(ABC):
    """A loss over the embeddings of a batch.

    In which languages queries and passages are, the sampler decides, whatever the loss.

    Attributes:
        name: What runs and tables call it.
    """

    name: str

    @property
    def identity(self) -> dict[str, Any]:
        """All that decides the loss of given embeddings."""
        return dict(vars(self))

    @abstractmethod
    def __call__(
        self, batch: Embedded, temperature: "float | Tensor", projection: "nn.Module | None" = None
    ) -> "Tensor":
        """Loss of a batch, a scalar; in float32, under autocast too.

        Args:
            batch: The whole batch.
            temperature: What cosines are divided by; a tensor where it is learned.
            projection: From `projection`, as trained so far.
        """


@dataclass(frozen=True)
class Bilingual(Loss):
    """A loss that needs queries in a second language, too, see `Embedded.seconds`.

    Attributes:
        pivot: The second language; None: any other that the query has, drawn anew at every step, equally likely.
    """

    pivot: str | None = None


@dataclass(frozen=True)
class Taught(Loss):
    """A loss that needs the embeddings of a frozen encoder, see `Embedded.taught`.

    Attributes:
        teacher: Backbone of the frozen encoder.
        pivot: Language in which it reads everything; None: it reads what the encoder reads.
    """

    teacher: "Backbone | None" = None
    pivot: str | None = None

    @property
    def identity(self) -> dict[str, Any]:
        """See `Loss`."""
        return {**vars(self), "teacher": self.backbone.identity}

    @property
    def backbone(self) -> "Backbone":
        """The teacher.

        Raises:
            LangmixError: There is none.
        """
        if self.teacher is None:
            raise LangmixError(f"loss={self.name}: needs a teacher: backbone@loss.teacher=NAME")
        return self.teacher

    def projection(self, dim: int, taught_dim: int) -> "nn.Module | None":
        """What is trained along, from the encoder's embeddings to the teacher's, and not kept; None: nothing is."""
        return None


def check(name: str, value: float, low: float, high: float = float("inf")) -> None:
    """Refuse an option that is out of its range.

    Raises:
        LangmixError: It is.
    """
    if not low <= value <= high:
        wanted = f"from {low:g} to {high:g}" if high < float("inf") else f"{low:g} or more"
        raise LangmixError(f"loss.{name}={value:g}: must be {wanted}")
