"""Batches, masks and collections of langmix for the trainer of Sentence-Transformers."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from datasets import Dataset
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.evaluation import SentenceEvaluator
from torch import Tensor, nn
from torch.utils.data import BatchSampler

from langmix.collection import Collection
from langmix.corpus import ParallelCorpus
from langmix.errors import LangmixError
from langmix.evaluation.evaluate import evaluate
from langmix.losses import Embedded, InfoNCE, Loss
from langmix.losses.loss import Bilingual, Taught
from langmix.negatives import false_negatives
from langmix.sampling import BatchPlan, Sampler, hybrid

_COLUMNS = ("anchor", "positive", "label")
_INFO_NCE = InfoNCE()


class PlannedBatches:
    """The first batches of a sampler, for ``SentenceTransformerTrainer``; those that ``langmix plan`` shows.

    Give `dataset` as ``train_dataset`` and this object itself as ``batch_sampler`` of the training arguments. Texts are
    without prefixes, which are ``prompts={"anchor": ..., "positive": ...}`` there.

    Args:
        corpus: Pairs to draw from.
        steps: How many batches.
        batch_size: Pairs per batch.
        sampler: How languages are mixed, one of `langmix.sampling`: ``partial(hybrid, alpha=0.3)``.
        seed: Selects all random choices.

    Raises:
        LangmixError: A value is wrong, or the corpus cannot serve the sampler.
    """

    def __init__(
        self,
        corpus: ParallelCorpus,
        steps: int,
        batch_size: int,
        sampler: Callable[[ParallelCorpus, int, int], Sampler] = hybrid,
        seed: int = 0,
    ) -> None:
        if steps < 1:
            raise LangmixError(f"steps={steps}: must be a whole number from 1")
        self.steps, self.batch_size = steps, batch_size
        self._corpus = corpus
        self._sampler = sampler(corpus, batch_size, seed)

    def plan(self, step: int) -> BatchPlan:
        """What is in the batch of a step, from 0."""
        return self._sampler.plan(step)

    @property
    def dataset(self) -> Dataset:
        """A row per pair, one batch after another: ``anchor``, ``positive``, and as ``label`` the row's number."""
        anchors: list[str] = []
        positives: list[str] = []
        for step in range(self.steps):
            plan = self.plan(step)
            anchors += self._corpus.texts("query", plan.rows, plan.query_languages)
            positives += self._corpus.texts("passage", plan.rows, plan.passage_languages)
        columns = (anchors, positives, range(len(anchors)))
        return Dataset.from_dict(dict(zip(_COLUMNS, map(list, columns), strict=True)))

    def masked(self, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
        """Which positives are no negatives of which anchors, as they answer them too, bool ``[rows, rows]``.

        Args:
            rows: Numbers of rows of one batch, or of a part of it.
        """
        step, places = divmod(rows, self.batch_size)
        if (step != step[0]).any():
            raise LangmixError("these rows are not of one batch; is this object the batch_sampler?")
        plan = self.plan(int(step[0]))
        return false_negatives(self._corpus, plan, None, plan)[np.ix_(places, places)]

    def __call__(self, dataset: Dataset, batch_size: int, **_: Any) -> BatchSampler:
        """What the trainer asks for.

        Raises:
            LangmixError: The dataset is not `dataset`, or the trainer's batches are of another size.
        """
        if tuple(dataset.column_names) != _COLUMNS or len(dataset) != self.steps * self.batch_size:
            raise LangmixError(
                f"the trainer's dataset has {len(dataset)} rows of {', '.join(dataset.column_names)}, these batches "
                f"have {self.steps * self.batch_size} of {', '.join(_COLUMNS)}: give it PlannedBatches.dataset"
            )
        if batch_size != self.batch_size:
            raise LangmixError(f"per_device_train_batch_size={batch_size}: must be {self.batch_size}, as batches are")
        return _InOrder(len(dataset), batch_size)


class _InOrder(BatchSampler):
    """Rows of one batch after another, in their order."""

    def __init__(self, rows: int, batch_size: int) -> None:
        super().__init__(range(rows), batch_size, drop_last=True)

    def __iter__(self) -> Iterator[list[int]]:
        for start in range(0, len(self) * self.batch_size, self.batch_size):
            yield list(range(start, start + self.batch_size))

    def set_epoch(self, epoch: int) -> None:
        """The trainer says so; a further epoch is the same batches."""


class PlannedLoss(nn.Module):
    """A loss of langmix over the model's embeddings, in which what answers an anchor is no negative of it.

    Args:
        model: What is trained.
        batches: Where the trainer's batches come from.
        loss: Which loss; one that needs nothing beyond pairs.
        temperature: What cosines are divided by; 1 / ``scale`` of ``MultipleNegativesRankingLoss``.

    Raises:
        LangmixError: The loss needs a second language or a teacher.
    """

    def __init__(
        self, model: SentenceTransformer, batches: PlannedBatches, loss: Loss = _INFO_NCE, temperature: float = 0.05
    ) -> None:
        super().__init__()
        if isinstance(loss, Bilingual | Taught):
            raise LangmixError(f"loss {loss.name}: needs more than pairs, which these batches do not hold")
        self.model = model
        self._batches, self._minimised, self._temperature = batches, loss, temperature

    def forward(self, sentence_features: Any, labels: Tensor) -> Tensor:
        """The loss of a batch, a scalar."""
        queries, passages = (
            nn.functional.normalize(self.model(features)["sentence_embedding"].float(), dim=1)
            for features in sentence_features
        )
        masked = torch.from_numpy(self._batches.masked(labels.cpu().numpy())).to(queries.device)
        return self._minimised(Embedded(queries, passages, masked), self._temperature)


class CollectionEvaluator(SentenceEvaluator):
    """Every figure of langmix on a collection, language bias in the pool of all languages among them.

    Args:
        collection: What is searched.
        batch_size: Texts that the model encodes at a time.
        primary: The figure that the best model is chosen by, ``collection/setting/measure``; the pooled mAP where
            it is left out.
    """

    def __init__(self, collection: Collection, batch_size: int = 32, primary: str = "") -> None:
        super().__init__()
        self._collection, self._batch_size = collection, batch_size
        self.primary_metric = primary or f"{collection.name}/multilingual/map"

    def __call__(
        self, model: SentenceTransformer, output_path: str | None = None, epoch: int = -1, steps: int = -1
    ) -> dict[str, float]:
        """Figures of the model as it is."""

        def encoded(texts: Sequence[str], side: str) -> npt.NDArray[np.float32]:
            encode = model.encode_query if side == "query" else model.encode_document
            rows = encode(list(texts), batch_size=self._batch_size, normalize_embeddings=True, show_progress_bar=False)
            return np.asarray(rows, np.float32)

        found = evaluate(encoded, self._collection)
        return dict(found.results.macro)
