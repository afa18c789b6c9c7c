"""Says in words what the batches of a training run consist of, before it starts."""

from collections.abc import Iterator, Mapping

from langmix.corpus import ParallelCorpus
from langmix.errors import LangmixError
from langmix.negatives import Negatives, tally
from langmix.sampling import Sampler
from langmix.sampling.shares import realised

COUNTED = 1000
"""Batches that are counted at most: some tenths of a second."""

READ = 1024
"""Pairs whose texts are read at most to count negatives: about a second."""


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


def negatives_left(
    corpus: ParallelCorpus, sampler: Sampler, steps: int, negatives: Negatives | None = None
) -> tuple[str, str | None]:
    """A line on how many negatives a query has in ``steps`` steps, and a warning where they are few (else None).

    They are counted in the planned batches, evenly spread where there are more than have `READ` pairs.

    Raises:
        LangmixError: No query has any, so that every loss would be 0.
    """
    batches = max(1, READ // sampler.batch_size)
    counted = tally(corpus, sampler, range(0, steps, -(-steps // batches)), negatives)
    why = "pairs of one group, and pairs with an equal passage or question, are never each other's negatives"
    if not counted.mean:
        raise LangmixError(
            f"corpus '{corpus.name}': none of {counted.queries} queries in {counted.batches} batches of "
            f"sampler={sampler.name} has a negative, so nothing would be learned: {why}; name the groups by another "
            "column (corpus.columns.group), or leave out texts that repeat"
        )
    line = (
        f"negatives per query in {counted.batches} of {steps} batches of {sampler.name}: {counted.mean:.1f} of "
        f"{counted.candidates:.1f} on average (least {counted.least}); of {counted.queries} pairs, {counted.sharing} "
        "share a passage or question with a pair of another group in their batch, and "
        f"{counted.near} have a near copy of their passage for a negative"
    )
    if counted.without or counted.mean < counted.candidates / 2:
        return line, f"corpus '{corpus.name}' leaves few negatives ({counted.without} queries have none): {why}"
    return line, None


def _percent(shares: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {100 * share:.3g} %" for name, share in shares.items())
