"""The validation batches of a configuration."""

from collections.abc import Iterator

from omegaconf import DictConfig

from langmix.app.parts import settings, shared
from langmix.corpus import ParallelCorpus
from langmix.errors import LangmixError
from langmix.sampling import Sampler, hybrid, x_x


def validation_and_sampler(cfg: DictConfig) -> tuple[ParallelCorpus, Sampler]:
    """The validation pairs of a configuration and the sampler over them.

    Validation batches are the same for every sampler, half of them in one language and half across languages, so that
    no arm is judged by a loss of its own making; a corpus with one language has only the former. They come from the
    training corpus's own validation split, or from the corpus at ``corpus@validation``.

    Raises:
        LangmixError: A value is wrong, or the pairs cannot fill a batch.
    """
    corpus: ParallelCorpus = shared(cfg.get("validation") or cfg.corpus, split="validation")
    neutral = hybrid if len(corpus.languages) > 1 else x_x
    try:
        return corpus, neutral(corpus, settings(cfg).batch_size, seed=0, name="validation")
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
