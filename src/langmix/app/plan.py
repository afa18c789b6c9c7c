"""``langmix plan``: what the first batches of a configuration would contain."""

import argparse
from collections import Counter
from collections.abc import Sequence

from rich import box
from rich.table import Table

from langmix.app.parts import corpus_and_sampler, hard_negatives, validation_and_sampler
from langmix.configuration.composition import add_config_dir, read
from langmix.configuration.opened import ToTrain
from langmix.console import console, literal
from langmix.corpus import ParallelCorpus
from langmix.errors import LangmixError
from langmix.negatives import Negatives
from langmix.sampling import Sampler, SecondLanguages
from langmix.texts import one_line
from langmix.training import needs
from langmix.training.shares import composition, negatives_left
from langmix.training.validation import told

_PAIRS_SHOWN = 6


def main(arguments: Sequence[str]) -> None:
    """Print the plan of the batches asked for, without loading a model."""
    parser = argparse.ArgumentParser(
        prog="langmix plan", description="What training batches would contain; no model is loaded."
    )
    parser.add_argument("overrides", nargs="*", metavar="KEY=VALUE", help="as for langmix itself")
    parser.add_argument("--batches", type=int, default=10, help="how many (default: 10)")
    parser.add_argument("--start", type=int, default=0, help="first training step to show (default: 0)")
    add_config_dir(parser)
    options = parser.parse_intermixed_args(arguments)
    if options.batches < 1 or options.start < 0:
        raise LangmixError(f"--batches {options.batches} --start {options.start}: at least 1 batch, from step 0")
    asked = read(options.overrides, options.config_dir).to_train
    steps = asked.settings.max_steps
    corpus, sampler = corpus_and_sampler(asked)
    negatives = hard_negatives(asked, corpus)
    minimised = asked.loss.without("teacher").build()  # whom nobody asks here
    seconds = needs.second_languages(minimised, corpus, sampler.seed)
    needs.read_by_teacher(minimised, corpus, negatives)
    validation = _validation(asked, corpus)
    left = negatives_left(corpus, sampler, steps, negatives)
    out = console()
    out.print(
        one_line(corpus.name) + f": {len(corpus)} pairs in {len(corpus.languages)} languages; sampler {sampler.name}, "
        f"batches of {sampler.batch_size}, seed {sampler.seed}, {sampler.steps_per_epoch} steps per epoch"
    )
    kinds = Table("kind of batch", "chance", "pairs it can draw", box=box.SIMPLE_HEAD)
    for kind, chance in sampler.probabilities_at(options.start).items():
        kinds.add_row(kind, f"{chance:.4f}", str(sampler.servable_rows[kind]))
    out.print(kinds)
    _print_batches(range(options.start, options.start + options.batches), corpus, sampler, negatives, seconds)
    for line in (*composition(corpus, sampler, steps), *needs.told(minimised, corpus, sampler.seed)):
        out.print(line, soft_wrap=True)
    out.print(left[0], soft_wrap=True)
    for line in validation:
        out.print(line, soft_wrap=True)
    if left[1]:
        out.print(f"warning: {left[1]}", soft_wrap=True)


def _print_batches(
    steps: range,
    corpus: ParallelCorpus,
    sampler: Sampler,
    negatives: Negatives | None,
    seconds: SecondLanguages | None,
) -> None:
    """What is in the batches of some steps, one row each, and in all of them."""
    batches = Table("step", "kind", "query>passage languages", "first pairs", box=box.SIMPLE_HEAD)
    totals: Counter[tuple[str, str]] = Counter()
    beside: dict[str, Counter[str]] = {}
    for step in steps:
        plan = sampler.plan(step)
        pairs = plan.language_pairs()
        totals.update(pairs)
        row = [str(step), plan.kind, _shares(pairs), " ".join(corpus.ids(plan.rows[:3]))]
        carried = {}
        if negatives:
            carried["hard negatives"] = negatives.plan(plan).by_language(corpus.languages)
        if seconds:
            carried["second query languages"] = seconds.added(plan).second_by_language()
        for what, languages in carried.items():
            beside.setdefault(what, Counter()).update(languages)
        batches.add_row(*literal(*row, *map(_counts, carried.values())))
    for what in beside:
        batches.add_column(what)
    out = console()
    out.print(batches)
    out.print(f"all {len(steps)} batches: {_shares(dict(totals.most_common()))}", soft_wrap=True)
    for what, total in beside.items():
        out.print(f"{what} in them: {_counts(dict(total.most_common()))}", soft_wrap=True)


def _validation(asked: ToTrain, corpus: ParallelCorpus) -> list[str]:
    """Lines on the validation batches.

    Raises:
        LangmixError: There can be none, as training would say.
    """
    if (
        asked.validation == asked.corpus
        and corpus.splits
        and not any(split.fraction for split in corpus.splits.values())
    ):
        return ["validation: validation_fraction=0 holds nothing out; training needs corpus@validation=NAME then"]
    return list(told(validation_and_sampler(asked)[0]))


def _shares(pairs: dict[tuple[str, str], int]) -> str:
    shown = [f"{query}>{passage} {count}" for (query, passage), count in list(pairs.items())[:_PAIRS_SHOWN]]
    more = len(pairs) - len(shown)
    return ", ".join(shown) + (f", {more} more" if more > 0 else "")


def _counts(by_language: dict[str, int]) -> str:
    if not by_language:
        return "none"
    languages = ", ".join(f"{language} {count}" for language, count in by_language.items())
    return f"{sum(by_language.values())} ({languages})"
