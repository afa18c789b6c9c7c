"""The five samplers of the literature. What arXiv 2408.10536 leaves open is an argument with its default."""

from langmix.corpus import ParallelCorpus
from langmix.errors import LangmixError
from langmix.sampling.kinds import BatchKind, different_languages, one_language, same_language
from langmix.sampling.sampler import Alternative, Sampler
from langmix.sampling.schedule import SHAPES, Schedule


def en_en(corpus: ParallelCorpus, batch_size: int, seed: int, name: str = "en_en") -> Sampler:
    """English questions with English passages only (En-En of LAReQA, Roy et al. 2020, arXiv 2004.05484)."""
    kinds = [BatchKind("en_en", (("en", "en"),))]
    return Sampler(name, corpus, batch_size, seed, [Alternative(1.0, kinds)], language_exponent=0.0)


def x_x(corpus: ParallelCorpus, batch_size: int, seed: int, name: str = "x_x") -> Sampler:
    """Question and passage share a language, one batch mixes languages (X-X of LAReQA).

    Most in-batch negatives are then in another language than the query, which teaches that a wrong language is a
    wrong answer: LAReQA measures it below English-only training. Kept as an arm for that reason.
    """
    kinds = [same_language(corpus.languages)]
    return Sampler(name, corpus, batch_size, seed, [Alternative(1.0, kinds)], language_exponent=0.0)


def x_x_mono(
    corpus: ParallelCorpus, batch_size: int, seed: int, language_exponent: float = 0.0, name: str = "x_x_mono"
) -> Sampler:
    """The whole batch is in one language (X-X-mono of LAReQA and of arXiv 2408.10536, section 2.2).

    Args:
        corpus: Pairs to draw from.
        batch_size: Pairs per batch.
        seed: Selects all random choices.
        language_exponent: See `Sampler`; 0, equally likely languages, is the paper's.
        name: What runs and tables call the sampler.
    """
    kinds = one_language(corpus.languages)
    return Sampler(name, corpus, batch_size, seed, [Alternative(1.0, kinds)], language_exponent)


def x_y(corpus: ParallelCorpus, batch_size: int, seed: int, name: str = "x_y") -> Sampler:
    """Question and passage always differ in language, one batch mixes languages (X-Y of arXiv 2408.10536).

    Each pair draws its ordered pair of languages from those it exists in, equally likely; the paper does not say how.
    """
    kinds = [different_languages(corpus.languages)]
    return Sampler(name, corpus, batch_size, seed, [Alternative(1.0, kinds)], language_exponent=0.0)


def hybrid(  # noqa: PLR0913 - each is a value of the configuration
    corpus: ParallelCorpus,
    batch_size: int,
    seed: int,
    alpha: float = 0.5,
    language_exponent: float = 0.0,
    name: str = "hybrid",
    *,
    alpha_schedule: str = "constant",
    alpha_end: float | None = None,
    alpha_steps: int = 1,
) -> Sampler:
    """Per batch, `x_x_mono` with probability ``alpha``, else `x_y` (arXiv 2408.10536, section 2.2).

    Args:
        corpus: Pairs to draw from.
        batch_size: Pairs per batch.
        seed: Selects all random choices.
        alpha: Chance of a monolingual batch; the paper uses 0.5 and calls 0.4 to 0.6 stable. Where there is a
            schedule, the chance at the first step.
        language_exponent: See `Sampler`; applies to the monolingual batches.
        name: What runs and tables call the sampler.
        alpha_schedule: How the chance gets from ``alpha`` to ``alpha_end``, see `Schedule`; not part of the paper.
        alpha_end: The chance at the last step; None with a constant schedule.
        alpha_steps: Steps the schedule is stretched over.

    Raises:
        LangmixError: A chance is no probability, or ``alpha_end`` and the schedule do not go together.
    """
    if alpha_schedule not in SHAPES:
        raise LangmixError(f"sampler.alpha_schedule={alpha_schedule}: must be {', '.join(SHAPES[:-1])} or {SHAPES[-1]}")
    if (alpha_end is None) != (alpha_schedule == "constant"):
        raise LangmixError(
            f"sampler.alpha_schedule={alpha_schedule} with sampler.alpha_end={alpha_end}: "
            "linear and cosine need an end, constant has none"
        )
    end = alpha if alpha_end is None else alpha_end
    for key, value in (("alpha", alpha), ("alpha_end", end)):
        if not 0 <= value <= 1:
            raise LangmixError(f"sampler.{key}={value:g}: must be a probability, from 0 (all x_y) to 1 (all x_x_mono)")
    alternatives = [
        Alternative(Schedule(alpha, end, alpha_steps, alpha_schedule), one_language(corpus.languages)),
        Alternative(Schedule(1 - alpha, 1 - end, alpha_steps, alpha_schedule), [different_languages(corpus.languages)]),
    ]
    return Sampler(name, corpus, batch_size, seed, alternatives, language_exponent)
