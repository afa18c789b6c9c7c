"""Planned batches as tensors: corpus x sampler, as a Lightning data module."""

import multiprocessing
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import lightning.pytorch as pl
import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset
from torch.utils.data import Sampler as Order

from langmix.corpus import ParallelCorpus
from langmix.encoder.chunks import Chunks
from langmix.encoder.encoder import Encoder
from langmix.encoder.tokens import Tokenize
from langmix.negatives import Negatives, false_negatives
from langmix.sampling import BatchPlan, Sampler, SecondLanguages
from langmix.training.settings import Settings


@dataclass(frozen=True)
class Beside:
    """What training batches carry beside their pairs.

    Attributes:
        negatives: Hard negatives.
        seconds: Adds the language in which queries are read a second time.
        taught: How the texts are tokenised for a teacher.
        pivot: Code of the language in which the teacher reads all of them; None: it reads what the encoder reads.
    """

    negatives: Negatives | None = None
    seconds: SecondLanguages | None = None
    taught: Tokenize | None = None
    pivot: int | None = None


_NOTHING = Beside()


class Batch(NamedTuple):
    """One process's share of a training batch.

    Attributes:
        texts: The questions; the passages, of which number i answers question i; the questions in a second language,
            those that have one; and the hard negatives: further passages, which are candidates for all questions of the
            batch (of all processes).
        masked: Which candidates of the whole batch are no negatives of this process's questions, bool ``[questions,
            candidates]``: the passages of all processes, then their hard negatives.
        seconds: How many questions have a second language.
        has_second: Which they are, bool ``[questions]``; none where the loss needs none.
        taught: Questions, passages and hard negatives for a teacher.
    """

    texts: Chunks
    masked: Tensor
    seconds: int
    has_second: Tensor | None
    taught: Chunks | None


class StepsFrom(Order[int]):
    """The steps ``first .. steps - 1`` in order, as a sequence of ``steps``, for so many has an epoch that is resumed.

    Args:
        first: First step that has not been trained yet.
        steps: Steps of the whole training.
    """

    def __init__(self, first: int, steps: int) -> None:
        self._first, self._steps = first, steps

    def __iter__(self) -> Iterator[int]:
        return iter(range(self._first, self._steps))

    def __len__(self) -> int:
        return self._steps


class PlannedBatches(Dataset[Batch]):
    """The batches of a sampler, indexed by step: item ``step`` is the same whichever worker makes it."""

    def __init__(
        self,
        corpus: ParallelCorpus,
        sampler: Sampler,
        encoder: Encoder,
        chunk_tokens: int,
        rank: int = 0,
        world_size: int = 1,
        beside: Beside = _NOTHING,
    ) -> None:
        self._corpus = corpus
        self._sampler = sampler
        self._tokenize = encoder.tokenize  # a process that prepares batches gets no transformer
        self._chunk_tokens = chunk_tokens
        self._rank, self._world_size = rank, world_size
        self._beside = beside

    def __getitem__(self, step: int) -> Batch:
        whole = self._plan(step)
        plan = whole.share(self._rank, self._world_size)
        masked = false_negatives(self._corpus, whole, self._beside.negatives, plan)
        return Batch(
            Chunks.of(self._tokens(plan), self._chunk_tokens),
            torch.from_numpy(masked),
            int(plan.with_second.sum()),
            None if plan.second_languages is None else torch.from_numpy(plan.with_second),
            self._taught(plan),
        )

    def tokens_used(self, steps: Iterable[int]) -> set[int]:
        """Every token id in the batches of these steps, over all processes."""
        used: set[int] = set()
        for step in steps:
            used.update(*self._tokens(self._plan(step)))
        return used

    def _plan(self, step: int) -> BatchPlan:
        plan = self._sampler.plan(step)
        return plan if self._beside.seconds is None else self._beside.seconds.added(plan)

    def _tokens(self, plan: BatchPlan) -> list[list[int]]:
        queries = self._corpus.texts("query", plan.rows, plan.query_languages)
        passages = self._corpus.texts("passage", plan.rows, plan.passage_languages)
        ids = self._tokenize(queries, "query") + self._tokenize(passages, "passage")
        if plan.second_languages is not None:
            has = plan.with_second
            seconds = self._corpus.texts("query", plan.rows[has], plan.second_languages[has])
            ids += self._tokenize(seconds, "query")
        return ids + self._tokenize(self._hard(plan), "passage")

    def _hard(self, plan: BatchPlan) -> list[str]:
        return [] if self._beside.negatives is None else self._beside.negatives.texts(plan)

    def _taught(self, plan: BatchPlan) -> Chunks | None:
        if self._beside.taught is None:
            return None
        languages = plan.query_languages, plan.passage_languages
        if self._beside.pivot is not None:
            languages = (np.full(len(plan.rows), self._beside.pivot),) * 2
        queries, passages = (
            self._corpus.texts(side, plan.rows, read)
            for side, read in zip(("query", "passage"), languages, strict=True)
        )
        tokenize = self._beside.taught
        ids = tokenize(queries, "query") + tokenize(passages + self._hard(plan), "passage")
        return Chunks.of(ids, self._chunk_tokens)


class ParallelData(pl.LightningDataModule):
    """Training and validation batches.

    Args:
        train: Corpus and sampler of the training batches.
        validation: Corpus and sampler of the validation batches.
        encoder: Tokenises.
        settings: Hyper-parameters.
        beside: What training batches carry beside their pairs. Validation batches carry nothing, so that their loss
            means the same with and without.
    """

    def __init__(
        self,
        train: tuple[ParallelCorpus, Sampler],
        validation: tuple[ParallelCorpus, Sampler],
        encoder: Encoder,
        settings: Settings,
        beside: Beside = _NOTHING,
    ) -> None:
        super().__init__()
        self._train, self._validation = train, validation
        self._encoder = encoder
        self._settings = settings
        self._beside = beside
        if beside.negatives is not None:
            beside.negatives.candidates.prepare()  # here, and not in each process that prepares batches

    def tokens_used(self) -> set[int]:
        """Every token id that training or validation will see."""
        chunk_tokens, settings = self._settings.chunk_tokens, self._settings
        train = PlannedBatches(*self._train, self._encoder, chunk_tokens, beside=self._beside)
        validation = PlannedBatches(*self._validation, self._encoder, chunk_tokens)
        return train.tokens_used(range(settings.max_steps)) | validation.tokens_used(range(settings.validation_batches))

    def train_dataloader(self) -> DataLoader[Batch]:
        """Batches from the trainer's current step on: resuming continues with the first batch not yet trained on."""
        first = self.trainer.global_step if self.trainer else 0
        return self._loader(*self._train, StepsFrom(first, self._settings.max_steps), self._beside)

    def val_dataloader(self) -> DataLoader[Batch]:
        """The same batches at every validation."""
        return self._loader(*self._validation, StepsFrom(0, self._settings.validation_batches))

    def _loader(
        self, corpus: ParallelCorpus, sampler: Sampler, steps: StepsFrom, beside: Beside = _NOTHING
    ) -> DataLoader[Batch]:
        rank, world_size = (self.trainer.global_rank, self.trainer.world_size) if self.trainer else (0, 1)
        batches = PlannedBatches(corpus, sampler, self._encoder, self._settings.chunk_tokens, rank, world_size, beside)
        workers = self._settings.workers
        # An item is a whole batch, so the loader's own batching is off; `steps` is the order of the items.
        return DataLoader(
            batches,
            batch_size=None,
            sampler=steps,
            num_workers=workers,
            persistent_workers=workers > 0,
            multiprocessing_context=_start_method() if workers else None,
            worker_init_fn=_tokenize_alone,
        )


def _start_method() -> str:
    """Python's way to start a process; the platform's where a launcher put one in its place that serves it alone."""
    method, usual = multiprocessing.get_start_method(), multiprocessing.get_all_start_methods()
    return method if method in usual else usual[0]


def _tokenize_alone(worker: int) -> None:
    """Let a process that prepares batches tokenise in one thread: a forked tokenizer waits for threads it has not."""
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
