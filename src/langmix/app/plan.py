"""``langmix plan``: what the first batches of a configuration would contain."""

import argparse
from collections import Counter
from collections.abc import Sequence

from rich import box
from rich.table import Table

from langmix.app.configuration import add_config_dir, composed
from langmix.app.parts import corpus_and_sampler, hard_negatives
from langmix.app.shares import composition
from langmix.app.tables import console
from langmix.errors import LangmixError

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
    cfg = composed(options.overrides, options.config_dir)
    corpus, sampler = corpus_and_sampler(cfg)
    negatives = hard_negatives(cfg, corpus)
    out = console()
    out.print(
        f"{corpus.name}: {len(corpus)} pairs in {len(corpus.languages)} languages; sampler {sampler.name}, "
        f"batches of {sampler.batch_size}, seed {sampler.seed}, {sampler.steps_per_epoch} steps per epoch"
    )
    kinds = Table("kind of batch", "chance", "pairs it can draw", box=box.SIMPLE_HEAD)
    for kind, chance in sampler.probabilities_at(options.start).items():
        kinds.add_row(kind, f"{chance:.4f}", str(sampler.servable_rows[kind]))
    out.print(kinds)
    batches = Table("step", "kind", "query>passage languages", "first pairs", box=box.SIMPLE_HEAD)
    if negatives:
        batches.add_column("hard negatives")
    totals: Counter[tuple[str, str]] = Counter()
    hard: Counter[str] = Counter()
    for step in range(options.start, options.start + options.batches):
        plan = sampler.plan(step)
        pairs = plan.language_pairs()
        totals.update(pairs)
        ids = corpus.ids(plan.rows[:3])
        cells = [str(step), plan.kind, _shares(pairs), " ".join(ids)]
        if negatives:
            carried = negatives.plan(plan).by_language(corpus.languages)
            hard.update(carried)
            cells.append(_counts(carried))
        batches.add_row(*cells)
    out.print(batches)
    out.print(f"all {options.batches} batches: {_shares(dict(totals.most_common()))}", soft_wrap=True)
    if negatives:
        out.print(f"hard negatives in them: {_counts(dict(hard.most_common()))}", soft_wrap=True)
    for line in composition(corpus, sampler, cfg.training.max_steps):
        out.print(line, soft_wrap=True)


def _shares(pairs: dict[tuple[str, str], int]) -> str:
    shown = [f"{query}>{passage} {count}" for (query, passage), count in list(pairs.items())[:_PAIRS_SHOWN]]
    more = len(pairs) - len(shown)
    return ", ".join(shown) + (f", {more} more" if more > 0 else "")


def _counts(by_language: dict[str, int]) -> str:
    if not by_language:
        return "none"
    languages = ", ".join(f"{language} {count}" for language, count in by_language.items())
    return f"{sum(by_language.values())} ({languages})"
