"""What a loss needs of the training corpus beyond pairs, found before anything is trained."""

from collections.abc import Iterator

import numpy as np

from langmix.corpus import ParallelCorpus
from langmix.errors import LangmixError
from langmix.losses import Loss
from langmix.losses.loss import Bilingual, Taught
from langmix.negatives import Negatives
from langmix.sampling import SecondLanguages


def second_languages(loss: Loss, corpus: ParallelCorpus, seed: int) -> SecondLanguages | None:
    """What adds a second language to the queries of batch plans; None where the loss needs none.

    Raises:
        LangmixError: No question of the corpus has one.
    """
    return SecondLanguages(corpus, seed, loss.pivot, f"loss={loss.name}") if isinstance(loss, Bilingual) else None


def read_by_teacher(loss: Loss, corpus: ParallelCorpus, negatives: Negatives | None) -> int | None:
    """Code of the language in which a teacher reads every pair; None where it reads what the encoder reads, or none is.

    Raises:
        LangmixError: Some pair does not have it, or there are hard negatives, which need not have it.
    """
    if not isinstance(loss, Taught) or loss.pivot is None:
        return None
    asked = f"loss={loss.name} with loss.pivot={loss.pivot}"
    if negatives is not None:
        raise LangmixError(f"{asked}: hard negatives come in one language each; use loss.pivot=null, or negatives=none")
    have = " ".join(corpus.languages)
    if loss.pivot not in corpus.languages:
        raise LangmixError(f"{asked}: corpus '{corpus.name}' has no texts in it (it has: {have})")
    without = int(np.count_nonzero(~(corpus.exists("query", loss.pivot) & corpus.exists("passage", loss.pivot))))
    if without:
        raise LangmixError(
            f"{asked}: the teacher reads every question and passage in it, and {without} of {len(corpus)} pairs of "
            f"corpus '{corpus.name}' lack one; use loss.pivot=null"
        )
    return corpus.languages.index(loss.pivot)


def told(loss: Loss, corpus: ParallelCorpus, seed: int) -> Iterator[str]:
    """Lines on what the loss finds in the corpus."""
    seconds = second_languages(loss, corpus, seed)
    if seconds is not None:
        of = "in any other language" if seconds.pivot is None else f"in {seconds.pivot} and another language"
        yield f"loss {loss.name}: {seconds.pairs} of {len(corpus)} questions are there {of}; the others have no second"
