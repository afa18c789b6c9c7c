"""Validation batches, the same for every sampler."""

from collections.abc import Iterator

from langmix.corpus import ParallelCorpus
from langmix.errors import LangmixError
from langmix.sampling import Sampler, hybrid, x_x


def validation_sampler(corpus: ParallelCorpus, batch_size: int) -> Sampler:
    """What draws validation batches from a validation split.

    They are the same for every sampler, half of them in one language and half across languages, so that no arm is
    judged by a loss of its own making; a corpus with one language has only the former.

    Args:
        corpus: The validation split.
        batch_size: Pairs per batch.

    Raises:
        LangmixError: The pairs cannot fill a batch.
    """
    neutral = hybrid if len(corpus.languages) > 1 else x_x
    try:
        return neutral(corpus, batch_size, seed=0, name="validation")
    except LangmixError as error:
        remedy = "".join(
            f"; or raise validation_fraction: of corpus '{name}', {split} are held out"
            for name, split in corpus.splits.items()
            if split.fraction < 1
        )
        raise LangmixError(f"validation split: {error}{remedy}") from error


def told(corpus: ParallelCorpus) -> Iterator[str]:
    """Lines on how many pairs the validation split ``corpus`` holds."""
    for name, split in corpus.splits.items():
        yield f"validation on {name}: {split} are held out"
    if not corpus.splits:
        yield f"validation on {corpus.name}: {len(corpus)} pairs"
