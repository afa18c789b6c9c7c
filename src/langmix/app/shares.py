"""Says in words what the batches of a training run consist of, before it starts."""

from collections.abc import Iterator, Mapping

from langmix.corpus import ParallelCorpus
from langmix.sampling import Sampler
from langmix.sampling.shares import realised

COUNTED = 1000
"""Batches that are counted at most: some tenths of a second."""


def composition(corpus: ParallelCorpus, sampler: Sampler, steps: int) -> Iterator[str]:
    """Lines on what ``steps`` training steps draw: shares of languages and, of several corpora, shares of each.

    Shares are counted in the planned batches, evenly spread where there are more than `COUNTED`. With several corpora,
    further lines say which have which languages, and which are never drawn.
    """
    counted = range(0, steps, -(-steps // COUNTED))
    shares = realised(sampler, counted)
    if len(corpus.parts) > 1:
        missing = {
            part: [code for code in corpus.languages if code not in languages]
            for part, languages in corpus.part_languages.items()
        }
        for part, codes in missing.items():
            if codes:
                yield f"{part} lacks {' '.join(codes)}: it takes no part in batches that need them"
        for part in corpus.parts:
            if part not in sampler.drawable_parts:
                have = " ".join(corpus.part_languages[part])
                yield f"{part} is never drawn: sampler={sampler.name} has no batch for what it has ({have})"
        yield f"corpora in {shares.steps} of {steps} batches: {_percent(shares.corpora)}"
    yield f"languages of the questions in {shares.steps} of {steps} batches: {_percent(shares.queries)}"
    yield f"languages of the passages: {_percent(shares.passages)}"


def _percent(shares: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {100 * share:.3g} %" for name, share in shares.items())
