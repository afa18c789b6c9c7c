"""Whether intervals hold what they promise: one arm's seeds against others of the same arm, where nothing differs."""

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from langmix.errors import LangmixError
from langmix.measures.registry import measure
from langmix.statistics.cluster_sums import ALL
from langmix.statistics.compare import compare
from langmix.statistics.options import Options
from langmix.studies.answer import by_question, check
from langmix.studies.plan import Study
from langmix.studies.results import Results

COLUMNS = ("collection", "setting", "arm", "measure", "seeds", "splits", "excluded", "half", "spread")
_LEAST = 4  # two seeds in either half


def calibration(
    study: Study, results: Mapping[str, Results], splits: int = 200, resamples: int = 1_000, seed: int = 0
) -> pd.DataFrame:
    """Split the seeds of each trained arm in two at random, again and again, and hold the halves against each other.

    There is no true difference, so 95 % intervals may exclude 0 in one split of twenty at most; more would mean that a
    study finds what is not there. Splits of the same seeds are not independent of each other: few seeds tell little,
    however often they are split. A question is one value here, the mean over its lists.

    Args:
        study: Whose arms, collections, settings and measures.
        results: Of its grid, by collection.
        splits: How many, drawn without regard to which were drawn before.
        resamples: Of each joint draw of questions and seeds.
        seed: Of the splits.

    Returns:
        A row per collection, setting, arm and measure with `COLUMNS`: `seeds` of the arm; `excluded` the share of
        splits whose interval excludes 0; `half` the mean half length of the intervals, `spread` the standard deviation
        of the differences, both in the measure's unit.

    Raises:
        LangmixError: An arm has fewer than four seeds, or the results are not to be answered from.
    """
    for name in study.collections:
        check(study, name, results[name])
    rows = [
        row
        for collection, setting, arm, names in _cases(study)
        for row in _halves(study, results[collection], (collection, setting, arm), names, (splits, resamples, seed))
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _cases(study: Study) -> Iterator[tuple[str, str, str, list[str]]]:
    """Collection, setting, trained arm and names of measures, each once."""
    found: dict[tuple[str, str, str], dict[str, None]] = {}
    for each in study.contrasts:
        for collection in each.collections:
            for arm in (each.against, each.arm):
                if study.grid.is_trained(arm):
                    names = dict.fromkeys(measure(name).name for name in each.margins)
                    found.setdefault((collection, each.setting, arm), {}).update(names)
    yield from ((*case, list(names)) for case, names in found.items())


def _halves(
    study: Study, found: Results, case: tuple[str, str, str], names: list[str], how: tuple[int, int, int]
) -> Iterator[tuple[str | int | float, ...]]:
    (collection, setting, arm), (splits, resamples, seed) = case, how
    seeds = found.seeds([arm])
    if len(seeds) < _LEAST:
        raise LangmixError(
            f"{study.name}: {arm} on {collection} has {len(seeds)} seeds; to split them takes {_LEAST} or more"
        )
    tables = [_by_question(found.table(arm, each), setting, names) for each in seeds]
    rng, half = np.random.default_rng(seed), len(seeds) // 2
    directions, options = {name: measure(name).direction for name in names}, Options(resamples=resamples)
    compared = []
    for _ in range(splits):
        order = rng.permutation(len(seeds))
        sides = {
            side: [tables[at] for at in chosen]
            for side, chosen in (("one", order[:half]), ("other", order[half : 2 * half]))
        }
        table = compare(sides, "other", directions, options)
        compared.append(table[table["language"] == ALL])
    for name, rows in pd.concat(compared).groupby("measure", sort=False):
        excluded = (rows["pointwise_low"] > 0) | (rows["pointwise_high"] < 0)
        length = (rows["pointwise_high"] - rows["pointwise_low"]) / 2
        yield (
            *(collection, setting, arm, str(name), len(seeds), splits),
            *(float(excluded.mean()), float(length.mean()), float(rows["difference"].std())),
        )


def _by_question(table: pd.DataFrame, setting: str, names: list[str]) -> pd.DataFrame:
    here = table[table["setting"] == setting]
    return by_question(here.groupby(["dataset", "setting", "question"])[names].mean(), here, ALL)
