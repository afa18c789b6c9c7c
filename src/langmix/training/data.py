"""Planned batches as tensors: corpus x sampler, as a Lightning data module."""

from typing import NamedTuple

import lightning.pytorch as pl
import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from langmix.corpus import ParallelCorpus
from langmix.encoder.encoder import Encoder
from langmix.sampling import Sampler


class Batch(NamedTuple):
    """One process's share of a training batch.

    Attributes:
        query_ids: Token ids, ``[batch, tokens]``.
        query_mask: 1 where there is a token, ``[batch, tokens]``.
        passage_ids: As for queries; row i answers query i.
        passage_mask: As for queries.
        groups: Integer code of each pair's group, ``[batch]``.
    """

    query_ids: Tensor
    query_mask: Tensor
    passage_ids: Tensor
    passage_mask: Tensor
    groups: Tensor


class PlannedBatches(Dataset[Batch]):
    """The batches of a sampler, indexed by step: item ``step`` is the same whichever worker makes it."""

    def __init__(self, corpus: ParallelCorpus, sampler: Sampler, encoder: Encoder, rank: int, world_size: int) -> None:
        self._corpus = corpus
        self._sampler = sampler
        self._encoder = encoder
        self._rank, self._world_size = rank, world_size

    def __getitem__(self, step: int) -> Batch:
        plan = self._sampler.plan(step).share(self._rank, self._world_size)
        queries = self._corpus.texts("query", plan.rows, plan.query_languages)
        passages = self._corpus.texts("passage", plan.rows, plan.passage_languages)
        return Batch(
            *self._encoder.collate(self._encoder.tokenize(queries, "query")),
            *self._encoder.collate(self._encoder.tokenize(passages, "passage")),
            torch.from_numpy(self._corpus.groups[plan.rows].astype(np.int64)),
        )


class ParallelData(pl.LightningDataModule):
    """Training and validation batches.

    Args:
        train: Corpus and sampler of the training batches.
        validation: Corpus and sampler of the validation batches.
        encoder: Tokenises.
        steps: Training batches, numbered from 0.
        validation_batches: Validation batches; always the first ones of their sampler.
        workers: Processes that prepare batches.
    """

    def __init__(
        self,
        train: tuple[ParallelCorpus, Sampler],
        validation: tuple[ParallelCorpus, Sampler],
        encoder: Encoder,
        steps: int,
        validation_batches: int,
        workers: int,
    ) -> None:
        super().__init__()
        self._train, self._validation = train, validation
        self._encoder = encoder
        self._steps, self._validation_batches = steps, validation_batches
        self._workers = workers

    def train_dataloader(self) -> DataLoader[Batch]:
        """Batches from the trainer's current step on: resuming continues with the first batch not yet trained on."""
        first = self.trainer.global_step if self.trainer else 0
        return self._loader(*self._train, range(first, self._steps))

    def val_dataloader(self) -> DataLoader[Batch]:
        """The same batches at every validation."""
        return self._loader(*self._validation, range(self._validation_batches))

    def _loader(self, corpus: ParallelCorpus, sampler: Sampler, steps: range) -> DataLoader[Batch]:
        rank, world_size = (self.trainer.global_rank, self.trainer.world_size) if self.trainer else (0, 1)
        batches = PlannedBatches(corpus, sampler, self._encoder, rank, world_size)
        # An item is a whole batch, so the loader's own batching is off; `steps` is the order of the items.
        return DataLoader(
            batches,
            batch_size=None,
            sampler=steps,
            num_workers=self._workers,
            persistent_workers=self._workers > 0,
        )
